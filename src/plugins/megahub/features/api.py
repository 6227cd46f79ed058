"""What other slices may ask of subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from core.primitives.clock import Clock
from core.work import Work
from plugins.megahub.features.figure_service import Owned


class OwnedStore(Protocol):
    """What a company has."""

    async def owned(self, work: Work, number: int, now: datetime) -> Sequence[Owned]:
        """Return a company's subscriptions, by type and by their order in the catalogue."""
        ...


class SubscriptionInfo(msgspec.Struct):
    """A company's subscriptions, as `expand=subscription_info` shows them."""

    total_features: int
    active_features: int
    features: Sequence[Owned]


class FeaturesApi:
    """Subscriptions for other slices."""

    def __init__(self, store: OwnedStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def subscription_info(self, work: Work, company: int) -> SubscriptionInfo:
        """Return a company's subscriptions."""
        owned = await self._store.owned(work, company, self._clock.now())
        return SubscriptionInfo(len(owned), sum(each.is_active for each in owned), owned)
