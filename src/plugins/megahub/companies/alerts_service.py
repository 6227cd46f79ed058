"""Alerts of companies: raised once when what is used crosses 80 % or 100 % of a limit, told to the administrator,
cleared when it falls back (DECISIONS.md section 4, "Alerts")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.usage import Allowance
from core.notifications.service import Notifications
from core.notifications.templates import template
from core.primitives.errors import Message, message
from core.primitives.locale import Locale
from core.work import Work

WARNING_PERCENT = 80


class AlertKind(StrEnum):
    """What an alert speaks of."""

    BRANDS = "brands"
    USERS = "users"
    FEATURE = "feature"


class Severity(StrEnum):
    """How near the limit is: a warning from 80 %, an error at 100 %."""

    WARNING = "warning"
    ERROR = "error"


_SUFFIX = {Severity.WARNING: "warning", Severity.ERROR: "limit"}

MESSAGES: Mapping[str, Message] = {
    "brands_warning": message(
        "megahub_brands_warning",
        fr="Limite de marques bientôt atteinte ({used}/{limit})",
        en="Brand limit nearly reached ({used}/{limit})",
    ),
    "brands_limit": message(
        "megahub_brands_limit",
        fr="Limite de marques atteinte ({used}/{limit})",
        en="Brand limit reached ({used}/{limit})",
    ),
    "users_warning": message(
        "megahub_users_warning",
        fr="Limite d'utilisateurs bientôt atteinte ({used}/{limit})",
        en="User limit nearly reached ({used}/{limit})",
    ),
    "users_limit": message(
        "megahub_users_limit",
        fr="Limite d'utilisateurs atteinte ({used}/{limit})",
        en="User limit reached ({used}/{limit})",
    ),
    "feature_warning": message(
        "megahub_feature_warning",
        fr="Limite d'utilisation de {feature} bientôt atteinte ({used}/{limit})",
        en="Usage limit of {feature} nearly reached ({used}/{limit})",
    ),
    "feature_limit": message(
        "megahub_feature_limit",
        fr="Limite d'utilisation de {feature} atteinte ({used}/{limit})",
        en="Usage limit of {feature} reached ({used}/{limit})",
    ),
}
"""What alerts say, by their type."""

LETTER = template(
    "megahub_alert",
    subject_fr="{company} : {text}",
    subject_en="{company}: {text}",
    body_fr="Bonjour,\n\nL'entreprise {company} vous signale :\n\n{text}\n",
    body_en="Hello,\n\nThis concerns the company {company}:\n\n{text}\n",
)
TEMPLATES = (LETTER,)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert: its type ("brands_limit"), what its message names, and when it was raised."""

    type: str
    params: dict[str, Any]
    triggered_at: datetime

    def say(self, locale: Locale) -> str:
        """Its message in one language."""
        return MESSAGES[self.type].say(locale, self.params)


class Administrator(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a company's alerts are told to."""

    company: str
    account: UUID
    email: str
    locale: Locale


class AlertStore(Protocol):
    """Keeps alerts: at most one open of a company, type and subscription."""

    async def clear(self, work: Work, number: int, types: Sequence[str], subscription: int | None) -> None:
        """Close the open alerts of these types."""
        ...

    async def open(
        self, work: Work, number: int, types: Sequence[str], params: Mapping[str, Any], subscription: int | None
    ) -> set[str]:
        """Open alerts of these types where none is open; return the types that were opened."""
        ...

    async def tell(self, work: Work, number: int, types: Sequence[str]) -> list[Alert]:
        """Return the open alerts of these types that were not told yet, and note that they are now."""
        ...

    async def administrator(self, work: Work, number: int) -> Administrator | None:
        """Return the administrator of a company, else its owner."""
        ...


def severity_of(allowance: Allowance) -> Severity | None:
    """How near a limit is, None below 80 % of it and without one."""
    if allowance.limit is None or allowance.used <= 0:
        return None
    if allowance.used >= allowance.limit:
        return Severity.ERROR
    return Severity.WARNING if allowance.used * 100 >= allowance.limit * WARNING_PERCENT else None


def percentage(used: int, limit: int) -> float:
    """What is used of a limit, in per cent with one decimal, rounded half up; 0.0 of a limit of 0 (DECISIONS.md
    section 4)."""
    return (2000 * used + limit) // (2 * limit) / 10 if limit > 0 else 0.0


def type_of(kind: AlertKind, severity: Severity) -> str:
    """The type of an alert: "brands_warning", "users_limit"."""
    return f"{kind}_{_SUFFIX[severity]}"


class Alerts:
    """Raises and clears alerts, in the unit of work of what crosses a threshold."""

    def __init__(self, store: AlertStore, notifications: Notifications) -> None:
        self._store = store
        self._notifications = notifications

    async def raise_or_clear(
        self,
        work: Work,
        organisation_number: int,
        kind: AlertKind,
        allowance: Allowance,
        *,
        subscription: int | None = None,
        feature: str = "",
    ) -> None:
        """Bring a company's alerts to what is used now. Whoever calls it holds the counter, or the limit.

        While 100 % is reached the warning stays open below it, so that falling back to it raises nothing again. The
        administrator gets one letter for each crossing. `feature` names what is used, of a subscription.
        """
        severity = severity_of(allowance)
        reached = {
            None: [],
            Severity.WARNING: [type_of(kind, Severity.WARNING)],
            Severity.ERROR: [type_of(kind, Severity.WARNING), type_of(kind, Severity.ERROR)],
        }[severity]
        over = [name for name in (type_of(kind, each) for each in Severity) if name not in reached]
        if over:
            await self._store.clear(work, organisation_number, over, subscription)
        if not reached:
            return
        params = {"used": allowance.used, "limit": allowance.limit, "feature": feature}
        opened = await self._store.open(work, organisation_number, reached, params, subscription)
        if reached[-1] in opened:
            await self.notify(work, organisation_number, MESSAGES[reached[-1]], params)

    async def notify(self, work: Work, organisation_number: int, said: Message, params: Mapping[str, Any]) -> None:
        """Ask for a letter to a company's administrator, who hears of it in his language, once the work is
        committed."""
        administrator = await self._store.administrator(work, organisation_number)
        if administrator is None:
            return
        self._notifications.ask_email(
            work,
            LETTER,
            administrator.email,
            administrator.locale,
            {"company": administrator.company, "text": said.say(administrator.locale, params)},
            administrator.account,
        )

    async def tell(self, work: Work, organisation_number: int, *kinds: AlertKind) -> list[Alert]:
        """Return the alerts of some kinds that nobody was told of by an answer yet, the gravest of each kind."""
        types = [type_of(kind, severity) for kind in kinds for severity in Severity]
        told = {alert.type: alert for alert in await self._store.tell(work, organisation_number, types)}
        gravest = []
        for kind in kinds:
            error, warning = type_of(kind, Severity.ERROR), type_of(kind, Severity.WARNING)
            found = told.get(error) or told.get(warning)
            if found is not None:
                gravest.append(found)
        return gravest
