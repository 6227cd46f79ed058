"""Features and subscriptions on the wire (contracts/megahub.md, "Company features")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from adapters.http.scalars import LongText, Name, PositiveQuantity, Quantity, Rejected
from core.primitives import messages
from core.primitives.ids import MAX_INTEGER_ID

Type = Literal["websites", "templates", "tasks", "analytics", "crm", "integrations"]
Id = Annotated[int, Meta(ge=0, le=MAX_INTEGER_ID)]


def check_moment(value: datetime) -> datetime:
    """Refuse years that a time zone could carry out of the calendar."""
    if not 1900 <= value.year <= 9998:
        raise Rejected(messages.NOT_INSTANT)
    return value


Moment = Annotated[datetime, Meta(extra={"check": check_moment}, extra_json_schema={"format": "date-time"})]
"""A moment; without a zone it is the installation's."""


class Feature(msgspec.Struct):
    """A feature of the catalogue."""

    id: int
    name: str
    display_name: str
    description: str
    feature_type: Type
    is_active: bool
    is_premium: bool
    sort_order: int
    subscribed_companies_count: int


class FeatureBody(msgspec.Struct):
    """A feature as a superuser writes it."""

    name: Name
    display_name: Name
    feature_type: Type
    description: LongText = ""
    is_active: bool = True
    is_premium: bool = False
    sort_order: Quantity = 0


class Subscription(msgspec.Struct):
    """A company's subscription to a feature."""

    id: int
    company: int
    company_name: str
    feature: int
    feature_name: str
    feature_type: Type
    is_enabled: bool
    usage_limit: int | None
    current_usage: int
    subscribed_at: datetime
    expires_at: datetime | None
    is_active_status: bool
    usage_percentage: float
    is_usage_limit_reached_status: bool
    days_until_expiry: int | None


class SubscriptionBody(msgspec.Struct):
    """A subscription as it is written; without `company` it is the caller's own."""

    feature: Id
    company: Id | UnsetType = UNSET
    is_enabled: bool = True
    usage_limit: Quantity | None = None
    expires_at: Moment | None = None


class Increment(msgspec.Struct):
    """How much was used."""

    amount: PositiveQuantity = 1


class Incremented(msgspec.Struct):
    """What is used after an increment."""

    message: str
    current_usage: int
    usage_limit: int | None
    usage_percentage: float
    limit_reached: bool


class Reset(msgspec.Struct):
    """A usage that begins anew."""

    message: str
    old_usage: int
    current_usage: int


class Toggled(msgspec.Struct):
    """A subscription that was switched."""

    message: str
    is_enabled: bool
    is_active: bool


class UsageInfo(msgspec.Struct):
    """What is used of a subscription; without limit it is `unlimited` and nothing else."""

    unlimited: bool
    current: int | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    percentage: float | UnsetType = UNSET
    limit_reached: bool | UnsetType = UNSET


class CompanyFeature(msgspec.Struct):
    """A subscription among a company's."""

    id: int
    feature_name: str
    is_enabled: bool
    usage_info: UsageInfo


class CompanyFeatures(msgspec.Struct):
    """A company's subscriptions by type."""

    company_id: int
    features_by_type: Mapping[str, list[CompanyFeature]]
    total_features: int
    active_features: int


class GlobalStats(msgspec.Struct):
    """Figures of subscriptions; `activation_rate` is in percent."""

    total_features: int
    active_features: int
    over_limit_features: int
    activation_rate: float


class TypeStats(msgspec.Struct):
    """Figures of the subscriptions to one type of features."""

    total: int
    active: int
    over_limit: int
    total_usage: int


class UsageStats(msgspec.Struct):
    """Figures of subscriptions, in all and by type."""

    global_stats: GlobalStats
    stats_by_type: Mapping[str, TypeStats]


class CompanyOverview(msgspec.Struct):
    """Figures of one company's subscriptions."""

    company_id: int
    company_name: str
    total_features: int
    active_features: int
    premium_features: int
    features_expiring_soon: int
    features_over_limit: int


class CompaniesOverview(msgspec.Struct):
    """Figures of all companies' subscriptions."""

    companies_count: int
    companies: list[CompanyOverview]
