"""Slots on the wire (contracts/megahub.md, "Company slots"). Percentages have one decimal."""

from datetime import UTC, datetime, time

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import Quantity
from core.access.usage import Allowance
from core.primitives.locale import Locale
from plugins.megahub.companies.alerts_service import (
    MESSAGES,
    Alert,
    AlertKind,
    percentage,
    severity_of,
    type_of,
)
from plugins.megahub.slots.domain import HeldSlots, SlotFigures, Totals
from plugins.megahub.slots.stats_service import UsageStats


class CompanySlots(msgspec.Struct):
    """What a company may have, and has. `id` and `company` are its number."""

    id: int
    company: int
    company_name: str
    brands_slots: int
    users_slots: int
    current_brands_count: int
    current_users_count: int
    brands_usage_percentage: float
    users_usage_percentage: float
    available_brands_slots: int
    available_users_slots: int
    is_brands_limit_reached: bool
    is_users_limit_reached: bool


class SlotsBody(msgspec.Struct):
    """The slots of a company as a client writes them."""

    brands_slots: Quantity
    users_slots: Quantity


class SlotsUpgrade(msgspec.Struct):
    """The slots that a company is to have; what is left out stays."""

    brands_slots: Quantity | UnsetType = UNSET
    users_slots: Quantity | UnsetType = UNSET


class SlotsIncrease(msgspec.Struct):
    """How many slots are added."""

    brands_increment: Quantity = 0
    users_increment: Quantity = 0


class SlotsUpgraded(msgspec.Struct):
    """The slots after an upgrade."""

    message: str
    brands_slots: int
    users_slots: int
    brands_available: int
    users_available: int


class SlotChange(msgspec.Struct):
    """What became of one kind of slots."""

    old: int
    new: int
    increment: int


class SlotChanges(msgspec.Struct, omit_defaults=True):
    """What became of the slots; a kind that was not increased is left out."""

    brands_slots: SlotChange | UnsetType = UNSET
    users_slots: SlotChange | UnsetType = UNSET


class BothKinds(msgspec.Struct):
    """A number for each kind of slots."""

    brands: int
    users: int


class BothPercentages(msgspec.Struct):
    """A percentage for each kind of slots."""

    brands: float
    users: float


class SlotsIncreased(msgspec.Struct):
    """The slots after an increase."""

    message: str
    changes: SlotChanges
    available_slots: BothKinds


class CountsRefreshed(msgspec.Struct):
    """The slots after a recount."""

    message: str
    slots: CompanySlots


class UsageAlert(msgspec.Struct):
    """A limit that is near or reached."""

    type: str
    severity: str
    message: str
    percentage: float


class UsageAlerts(msgspec.Struct):
    """The limits of a company that are near or reached."""

    company: str
    alerts_count: int
    alerts: list[UsageAlert]


class RaisedAlert(msgspec.Struct):
    """An alert that was raised."""

    type: str
    message: str
    triggered_at: datetime


class LimitsChecked(msgspec.Struct):
    """The alerts that were raised since the limits were last checked."""

    company: str
    alerts_generated: int
    alerts: list[RaisedAlert]


class NearLimit(msgspec.Struct):
    """A company that uses 80 % of a limit or more."""

    company: str
    brands_percentage: float
    users_percentage: float


class SlotsOverview(msgspec.Struct):
    """The slots of all companies together, and the fullest companies."""

    total_slots: BothKinds
    total_used: BothKinds
    usage_percentages: BothPercentages
    companies_near_limit: list[NearLimit]
    companies_count: int


class SlotUse(msgspec.Struct):
    """What is used of one kind of slots."""

    total: int
    used: int
    percentage: float
    available: int


class SlotUses(msgspec.Struct):
    """What is used of both kinds of slots."""

    brands: SlotUse
    users: SlotUse


class MonthCount(msgspec.Struct):
    """How many brands were made in a month, named by its first day."""

    month: datetime
    count: int


class TypeCount(msgspec.Struct):
    """How many users are of a type."""

    user_type: str
    count: int


class Growth(msgspec.Struct):
    """How a company has grown in 12 months."""

    brands_by_month: list[MonthCount]
    users_by_type: list[TypeCount]


class ActivityShown(msgspec.Struct):
    """What happens in a company."""

    total_brands: int
    active_brands: int
    total_users: int
    recent_logins: int


class CompanyUsage(msgspec.Struct):
    """The figures of a company."""

    slots: SlotUses
    growth: Growth
    activity: ActivityShown


def _left(allowance: Allowance) -> int:
    return allowance.left or 0


def company_slots(figures: SlotFigures) -> CompanySlots:
    """Show a company's slots."""
    return CompanySlots(
        id=figures.id,
        company=figures.id,
        company_name=figures.company_name,
        brands_slots=figures.brands_slots,
        users_slots=figures.users_slots,
        current_brands_count=figures.brands_used,
        current_users_count=figures.users_used,
        brands_usage_percentage=percentage(figures.brands_used, figures.brands_slots),
        users_usage_percentage=percentage(figures.users_used, figures.users_slots),
        available_brands_slots=_left(figures.brands),
        available_users_slots=_left(figures.users),
        is_brands_limit_reached=figures.brands_used >= figures.brands_slots,
        is_users_limit_reached=figures.users_used >= figures.users_slots,
    )


def slots_upgraded(message: str, figures: SlotFigures) -> SlotsUpgraded:
    """Show the slots after an upgrade."""
    return SlotsUpgraded(
        message, figures.brands_slots, figures.users_slots, _left(figures.brands), _left(figures.users)
    )


def slots_increased(message: str, before: HeldSlots, figures: SlotFigures, asked: SlotsIncrease) -> SlotsIncreased:
    """Show the slots after an increase."""
    changes = SlotChanges()
    if asked.brands_increment:
        more = asked.brands_increment
        changes.brands_slots = SlotChange(before.brands_slots, before.brands_slots + more, more)
    if asked.users_increment:
        more = asked.users_increment
        changes.users_slots = SlotChange(before.users_slots, before.users_slots + more, more)
    return SlotsIncreased(message, changes, BothKinds(_left(figures.brands), _left(figures.users)))


def usage_alerts(figures: SlotFigures, locale: Locale) -> UsageAlerts:
    """Show the limits that are near or reached, as they are now."""
    alerts = []
    for kind, allowance in ((AlertKind.BRANDS, figures.brands), (AlertKind.USERS, figures.users)):
        severity = severity_of(allowance)
        if severity is None or allowance.limit is None:
            continue
        name = type_of(kind, severity)
        said = MESSAGES[name].say(locale, {"used": allowance.used, "limit": allowance.limit})
        alerts.append(UsageAlert(name, severity.value, said, percentage(allowance.used, allowance.limit)))
    return UsageAlerts(figures.company_name, len(alerts), alerts)


def limits_checked(company: str, alerts: list[Alert], locale: Locale) -> LimitsChecked:
    """Show the alerts that were raised."""
    raised = [RaisedAlert(alert.type, alert.say(locale), alert.triggered_at) for alert in alerts]
    return LimitsChecked(company, len(raised), raised)


def slots_overview(totals: Totals, near: list[SlotFigures]) -> SlotsOverview:
    """Show the slots of all companies together."""
    return SlotsOverview(
        BothKinds(totals.brands_slots, totals.users_slots),
        BothKinds(totals.brands_used, totals.users_used),
        BothPercentages(
            percentage(totals.brands_used, totals.brands_slots), percentage(totals.users_used, totals.users_slots)
        ),
        [
            NearLimit(
                each.company_name,
                percentage(each.brands_used, each.brands_slots),
                percentage(each.users_used, each.users_slots),
            )
            for each in near
        ],
        totals.companies,
    )


def company_usage(stats: UsageStats) -> CompanyUsage:
    """Show the figures of a company."""
    figures, activity = stats.slots, stats.activity
    return CompanyUsage(
        slots=SlotUses(_slot_use(figures.brands), _slot_use(figures.users)),
        growth=Growth(
            [MonthCount(datetime.combine(month, time(0), UTC), count) for month, count in stats.months],
            [TypeCount(kind.value, count) for kind, count in activity.users.items()],
        ),
        activity=ActivityShown(
            total_brands=activity.brands,
            active_brands=activity.active_brands,
            total_users=sum(activity.users.values()),
            recent_logins=activity.recent_logins,
        ),
    )


def _slot_use(allowance: Allowance) -> SlotUse:
    limit = allowance.limit or 0
    return SlotUse(limit, allowance.used, percentage(allowance.used, limit), _left(allowance))
