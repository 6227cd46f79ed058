"""Reading the dashboard: its figures, what is recent, what is under way, what is due."""

from collections.abc import Sequence
from typing import Any, Final, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from core.access.principal import Caller
from core.primitives.clock import Clock
from core.primitives.page import ListQuery, Order, Page
from core.work import Work, Works
from plugins.crm.dashboard.domain import Decided, Performance, Stage, Stats, performance_of
from plugins.crm.taches.api import SEEN_BY, sees_all

W = TypeVar("W")
P = TypeVar("P")
O = TypeVar("O")  # noqa: E741 - of opportunities
T = TypeVar("T")

RECENT: Final = 10
MOST: Final = 500
"""An array shows so many at most; the header `X-Total-Count` tells how many there are."""
ACTIVE: Final = "active"
COMING: Final = "a_venir"
DAYS_AHEAD: Final = 7


class Pages(Protocol[W]):
    """Lists of the slices that the dashboard looks at."""

    async def page(self, work: Work, query: ListQuery) -> Page[W]:
        """Return a page of what is in scope."""
        ...


class FigureStore(Protocol):
    """Reads figures. All are of what is in scope, without archived organisations."""

    async def stats(self, work: Work, seen_by: int | None) -> Stats:
        """Count what there is; of tasks those that an account created or does, where one is given."""
        ...

    async def decided(self, work: Work) -> Sequence[Decided]:
        """Add up what was decided, by month in the installation's zone."""
        ...

    async def stages(self, work: Work) -> Sequence[Stage]:
        """Add up what is open, by stage."""
        ...


class Dashboard(Generic[W, P, O, T]):
    """The use cases of the dashboard; each reads in one or two statements."""

    def __init__(
        self,
        works: Works,
        figures: FigureStore,
        clock: Clock,
        zone: ZoneInfo,
        *,
        clients: Pages[W],
        projets: Pages[P],
        opportunites: Pages[O],
        taches: Pages[T],
    ) -> None:
        self._works = works
        self._figures = figures
        self._clock = clock
        self._zone = zone
        self._clients = clients
        self._projets = projets
        self._opportunites = opportunites
        self._taches = taches

    async def stats(self, caller: Caller) -> Stats:
        """Return what there is."""
        async with self._works.within(caller) as work:
            return await self._figures.stats(work, _seen_by(caller))

    async def performance(self, caller: Caller) -> Performance:
        """Return how selling goes."""
        today = self._clock.now().astimezone(self._zone).date()
        async with self._works.within(caller) as work:
            return performance_of(await self._figures.decided(work), today)

    async def stages(self, caller: Caller) -> Sequence[Stage]:
        """Return the pipeline by stage."""
        async with self._works.within(caller) as work:
            return await self._figures.stages(work)

    async def recent_clients(self, caller: Caller) -> list[W]:
        """Return the clients added last, the newest first."""
        async with self._works.reading(caller) as work:
            return (await self._clients.page(work, ListQuery(page_size=RECENT))).items

    async def recent_projets(self, caller: Caller) -> list[P]:
        """Return the projects added last, the newest first."""
        async with self._works.reading(caller) as work:
            return (await self._projets.page(work, ListQuery(page_size=RECENT))).items

    async def active_opportunites(self, caller: Caller) -> Page[O]:
        """Return the opportunities that are not at "conclusion", the newest first."""
        query = ListQuery(page_size=MOST, filters=((ACTIVE, True),))
        async with self._works.reading(caller) as work:
            return await self._opportunites.page(work, query)

    async def coming_taches(self, caller: Caller) -> Page[T]:
        """Return the unfinished tasks that are due within 7 days or overdue, and that the caller sees, the most
        pressing first."""
        filters: list[tuple[str, Any]] = [(COMING, True)]
        number = _seen_by(caller)
        if number is not None:
            filters.append((SEEN_BY, number))
        query = ListQuery(page_size=MOST, filters=tuple(filters), ordering=(Order("date_echeance"),))
        async with self._works.reading(caller) as work:
            return await self._taches.page(work, query)


def _seen_by(caller: Caller) -> int | None:
    """The account whose tasks alone are shown; None for who sees all."""
    return None if sees_all(caller) or caller.principal is None else caller.principal.number
