"""The figures of the whole application (contracts/spotvibe.md section 3.1; DECISIONS.md section 2, "Figures")."""

from decimal import Decimal
from typing import Any, Protocol

import msgspec

from core.access.principal import SYSTEM
from core.work import Work, Works
from plugins.spotvibe.figures import Remembered


class UserCount(Protocol):
    """Counts users."""

    async def count(self, work: Work) -> int:
        """Count users, active or not."""
        ...


class Totals(msgspec.Struct, frozen=True):
    """What is counted, at most once in a minute."""

    users: int
    events: int
    subscriptions: int
    revenue: Decimal


class Stats:
    """Counts over all slices that are here; the figure of one that is not is 0."""

    def __init__(
        self, works: Works, users: UserCount, *, events: Any = None, subscriptions: Any = None, payments: Any = None
    ) -> None:
        self._works = works
        self._users = users
        self._events = events
        self._subscriptions = subscriptions
        self._payments = payments
        self._remembered = Remembered(self._count)

    async def totals(self) -> Totals:
        """Return what was counted within the last minute."""
        return await self._remembered.get()

    async def _count(self) -> Totals:
        async with self._works.everywhere(SYSTEM) as work:
            return Totals(
                users=await self._users.count(work),
                events=(await self._events.totals(work)).total_events if self._events is not None else 0,
                subscriptions=await self._subscriptions.active_count(work) if self._subscriptions is not None else 0,
                revenue=await self._payments.revenue(work) if self._payments is not None else Decimal(0),
            )
