"""What an installation may set about subscriptions."""

from datetime import timedelta
from typing import Annotated

import msgspec

Days = Annotated[int, msgspec.Meta(ge=1, le=60)]


class SubscriptionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reminder_days` are the days before its end on which a subscription is reminded of, once each; `renewal_hours` is
    how long before its end an automatic renewal asks its payer."""

    reminder_days: tuple[Days, ...] = (7, 1)
    renewal_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 14)] = 24

    @property
    def renewal_lead(self) -> timedelta:
        """How long before its end a subscription is renewed."""
        return timedelta(hours=self.renewal_hours)
