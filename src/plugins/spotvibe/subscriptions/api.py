"""What other slices may call of subscriptions."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.primitives.clock import Clock
from core.work import Work
from plugins.spotvibe.subscriptions.membership_service import Memberships


class Counted(Protocol):
    """What the api needs of subscriptions."""

    async def active_count(self, work: Work, now: datetime) -> int:
        """Count the subscriptions whose benefits hold."""
        ...


class SubscriptionsApi:
    """Subscriptions as other slices see them; every method works inside the unit of work of its caller."""

    def __init__(self, memberships: Memberships, store: Counted, clock: Clock) -> None:
        self._memberships = memberships
        self._store = store
        self._clock = clock

    async def commission_of(self, work: Work, number: int) -> Decimal | None:
        """The commission in percent that an organiser's plan gives him on tickets; None without a subscription whose
        benefits hold."""
        allowed = await self._memberships.allowed(work, number)
        return None if allowed is None else allowed.commission_reduite

    async def active_count(self, work: Work) -> int:
        """How many subscriptions hold."""
        return await self._store.active_count(work, self._clock.now())
