"""What subscriptions publish. `user` is an account's number, `plan` the plan's name."""

from datetime import datetime

from core.primitives.events import Event


class SubscriptionActivated(Event, frozen=True, kw_only=True):
    """A subscription has begun, was renewed, or was upgraded: its benefits last to `date_fin`."""

    name = "spotvibe.subscription_activated"
    user: int
    plan: str
    date_fin: datetime


class SubscriptionExpiring(Event, frozen=True, kw_only=True):
    """A subscription ends soon."""

    name = "spotvibe.subscription_expiring"
    user: int
    plan: str
    date_fin: datetime


class SubscriptionExpired(Event, frozen=True, kw_only=True):
    """A subscription is over."""

    name = "spotvibe.subscription_expired"
    user: int
    plan: str


class RenewalLink(Event, frozen=True, kw_only=True):
    """An automatic renewal waits for its payer on the operator's page at `url`."""

    name = "spotvibe.renewal_link"
    user: int
    plan: str
    url: str
