"""Reading reports: what they answer to, and their figures and first lines."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import Caller
from core.files.service import unrecorded
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field
from core.primitives.page import Comparison, Filter, FilterKind, Listing
from core.work import Work, Works
from plugins.crm.clients.client_service import LISTING as CLIENTS
from plugins.crm.opportunites.service import LISTING as OPPORTUNITES
from plugins.crm.projets.projet_service import LISTING as PROJETS
from plugins.crm.rapports.domain import MAX_LINES, PERIOD_REVERSED, Asked, Rapport
from plugins.crm.rapports.resumes import of_clients, of_opportunites, of_performances, of_pipeline, of_projets

FIRST, LAST = "date_debut", "date_fin"
"""The filters of a report's period."""


def _within_period(listing: Listing, column: str) -> Listing:
    """A resource's listing with the filters of a period on a column. They stand before a field of the same name."""
    own = tuple(declared for declared in listing.filters if declared.name not in (FIRST, LAST))
    period = (
        Filter(FIRST, FilterKind.DAY, column, (), Comparison.AT_LEAST),
        Filter(LAST, FilterKind.DAY, column, (), Comparison.AT_MOST),
    )
    return msgspec.structs.replace(listing, filters=(*period, *own))


def _unordered(listing: Listing) -> Listing:
    """A listing whose lines have an order of their own."""
    return msgspec.structs.replace(listing, ordering=(), default_ordering=())


LISTINGS: Final[Mapping[Rapport, Listing]] = {
    Rapport.CLIENTS: _within_period(CLIENTS, "date_creation"),
    Rapport.PROJETS: _within_period(PROJETS, "date_creation"),
    Rapport.OPPORTUNITES: _within_period(OPPORTUNITES, "date_creation"),
    Rapport.PIPELINE: _unordered(_within_period(OPPORTUNITES, "date_creation")),
    Rapport.PERFORMANCES: _unordered(_within_period(OPPORTUNITES, "date_cloture")),
}
"""What each report answers to: the filters, search and orders of the resource's list, and the period."""


class Source(Protocol):
    """Where a report reads: the rows of a resource in scope."""

    async def hold_still(self, work: Work) -> None:
        """Have everything that is read in a new unit of work be of one moment."""
        ...

    async def groups(self, work: Work, asked: Asked, **parameters: Any) -> list[Any]:
        """The groups of the rows that match."""
        ...

    async def first(self, work: Work, asked: Asked, limit: int) -> list[Any]:
        """The first lines."""
        ...

    def batches(self, work: Work, asked: Asked) -> AsyncIterator[Sequence[Any]]:
        """All lines, in batches."""
        ...


class Figures(msgspec.Struct, frozen=True):
    """The figures of a report, and how many lines it has. `lines` are all of them where they come of the figures, None
    where they are read."""

    resume: Any
    total: int
    lines: list[Any] | None = None


class Report(msgspec.Struct, frozen=True):
    """A report: its figures, its first lines, and what was asked."""

    rapport: Rapport
    genere_le: datetime
    asked: Asked
    figures: Figures
    lines: list[Any]


class Reading:
    """Reads reports. `sources` are those of clients, projects, opportunities (and the pipeline), and performances."""

    def __init__(self, works: Works, sources: Mapping[Rapport, Source], clock: Clock, zone: ZoneInfo) -> None:
        self._works = works
        self._sources = sources
        self._clock = clock
        self.zone = zone

    async def report(self, caller: Caller, rapport: Rapport, asked: Asked) -> Report:
        """Read the figures and the first lines of a report. Raises `DomainError` of kind invalid on `date_debut` where
        the period ends before it begins."""
        check_period(asked)
        async with self._works.within(unrecorded(caller)) as work:
            figures = await self.figures(work, rapport, asked)
            return await self.read(work, rapport, asked, figures)

    async def read(self, work: Work, rapport: Rapport, asked: Asked, figures: Figures) -> Report:
        """Read the first lines in the unit of work that the figures were read in."""
        lines = figures.lines
        if lines is None:
            lines = await self._sources[rapport].first(work, asked, MAX_LINES)
        return Report(rapport, self._clock.now(), asked, figures, lines[:MAX_LINES])

    async def figures(self, work: Work, rapport: Rapport, asked: Asked) -> Figures:
        """Read the figures alone, as the first thing in a unit of work: what is read after them agrees with them."""
        source = self._sources[rapport]
        await source.hold_still(work)
        if rapport is Rapport.CLIENTS:
            clients = of_clients(await source.groups(work, asked, nouveaux_depuis=self._new_since(asked)))
            return Figures(clients, clients.total)
        groups = await source.groups(work, asked)
        if rapport is Rapport.PROJETS:
            projets = of_projets(groups)
            return Figures(projets, projets.total)
        if rapport is Rapport.OPPORTUNITES:
            opportunites = of_opportunites(groups)
            return Figures(opportunites, opportunites.total)
        resume, lines = of_pipeline(groups) if rapport is Rapport.PIPELINE else of_performances(groups)
        return Figures(resume, len(lines), list(lines))

    async def batches(
        self, work: Work, rapport: Rapport, asked: Asked, figures: Figures
    ) -> AsyncIterator[Sequence[Any]]:
        """All lines of a report in batches, each line a sequence of its values."""
        if figures.lines is not None:
            yield [msgspec.structs.astuple(line) for line in figures.lines]
            return
        async for batch in self._sources[rapport].batches(work, asked):
            yield batch

    def _new_since(self, asked: Asked) -> datetime:
        """From when on clients are new: the period's beginning, or that of the month which it ends in."""
        given = dict(asked.filters)
        if FIRST in given:
            return self._begins(given[FIRST])
        last = given.get(LAST, self._clock.now())
        day = last.astimezone(self.zone).date() if isinstance(last, datetime) and last.tzinfo else last
        return self._begins(date(day.year, day.month, 1))

    def _begins(self, asked: date) -> datetime:
        if isinstance(asked, datetime):
            return asked if asked.tzinfo else asked.replace(tzinfo=self.zone)
        return datetime.combine(asked, time(0, tzinfo=self.zone))


def check_period(asked: Asked) -> None:
    """Refuse a period that ends before it begins. Raises `DomainError` of kind invalid on `date_debut`."""
    given = dict(asked.filters)
    first, last = (_day(given.get(name)) for name in (FIRST, LAST))
    if first is not None and last is not None and first > last:
        raise invalid_field(FIRST, PERIOD_REVERSED)


def _day(asked: Any) -> date | None:
    return asked.date() if isinstance(asked, datetime) else asked
