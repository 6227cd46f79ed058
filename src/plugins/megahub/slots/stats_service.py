"""What a company uses, how it grows, and who is active in it (contracts/megahub.md, "Usage Stats")."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import msgspec

from core.access.principal import Caller
from core.primitives.clock import Clock
from core.primitives.errors import missing
from core.resources import ResourceId
from core.work import Work, Works
from plugins.megahub.companies.company_service import Companies
from plugins.megahub.companies.domain import UserType
from plugins.megahub.slots.domain import SlotFigures
from plugins.megahub.slots.slot_service import SlotStore

MONTHS = 12
RECENT = timedelta(days=30)


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What happens in a company. `users` counts them by type, logins are of the last 30 days."""

    brands: int
    active_brands: int
    users: dict[UserType, int]
    recent_logins: int


class StatsStore(Protocol):
    """Reads the rows of the company in scope."""

    async def brands_by_month(self, work: Work, months: int) -> Sequence[tuple[date, int]]:
        """Return how many brands were made in each of the last months, the present one among them, by its first day
        in the installation's time zone; months without any are left out."""
        ...

    async def activity(self, work: Work, since: datetime) -> Activity:
        """Return what happens in the company; `since` is the moment that recent logins are counted from."""
        ...


class UsageStats(msgspec.Struct, frozen=True):
    """The figures of a company."""

    slots: SlotFigures
    months: Sequence[tuple[date, int]]
    activity: Activity


class Stats:
    """The use case."""

    def __init__(
        self, works: Works, store: StatsStore, slots: SlotStore, companies: Companies[Any], clock: Clock
    ) -> None:
        self._works = works
        self._store = store
        self._slots = slots
        self._companies = companies
        self._clock = clock

    async def usage(self, caller: Caller, key: ResourceId) -> UsageStats:
        """Return a company's figures. Raises `DomainError` of kind missing for another company's."""
        inside, company = await self._companies.inside(caller, key)
        async with self._works.within(inside) as work:
            figures = await self._slots.get(work, company.number)
            if figures is None:
                raise missing()
            return UsageStats(
                figures.value,
                await self._store.brands_by_month(work, MONTHS),
                await self._store.activity(work, self._clock.now() - RECENT),
            )
