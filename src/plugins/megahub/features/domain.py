"""Features, subscriptions, what is left of them (contracts/megahub.md, "Company features"; DECISIONS.md section 4)."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

USAGE: Final = "megahub_subscriptions"
"""The kernel's counted feature behind `current_usage`; its subjects are ids of subscriptions."""
EXPIRING_DAYS: Final = 30
"""A subscription that ends within these days is "expiring soon"."""
WARNINGS: Final = (7, 1)
"""How many days before its end a company is warned, once each."""


class FeatureType(StrEnum):
    """What a feature is about."""

    WEBSITES = "websites"
    TEMPLATES = "templates"
    TASKS = "tasks"
    ANALYTICS = "analytics"
    CRM = "crm"
    INTEGRATIONS = "integrations"


class Subscription(msgspec.Struct, frozen=True):
    """A subscription that is held: what its rules need. `company` is the organisation's number; `is_on` says that it is
    enabled and that neither its feature nor its company is switched off."""

    id: int
    company: int
    feature: int
    usage_limit: int | None
    expires_at: datetime | None
    is_enabled: bool
    is_on: bool

    def is_active(self, now: datetime) -> bool:
        """Whether it may be used: enabled, not expired, company active, feature active."""
        return self.is_on and (self.expires_at is None or self.expires_at > now)
