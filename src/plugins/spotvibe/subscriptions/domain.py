"""What holds of plans and subscriptions, whoever asks (contracts/spotvibe.md section 5; DECISIONS.md section 2): their
words, how long a period lasts, and what an upgrade costs."""

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from core.primitives.amounts import round_amount
from core.primitives.money import Money

ORDER_TYPE: Final = "spotvibe_subscriptions.abonnement"
"""The kernel's order type; its orders are ids of purchases."""

FEATURE: Final = "spotvibe_evenements"
"""The counted feature that a plan sells: events that are created in a month. The events slice declares it."""


class TypePlan(StrEnum):
    """The kinds of plans."""

    STANDARD = "STANDARD"
    PREMIUM = "PREMIUM"
    GOLD = "GOLD"


class Duree(StrEnum):
    """How long one period of a plan lasts."""

    MENSUEL = "MENSUEL"
    TRIMESTRIEL = "TRIMESTRIEL"
    SEMESTRIEL = "SEMESTRIEL"
    ANNUEL = "ANNUEL"


MONTHS: Final[Mapping[Duree, int]] = {Duree.MENSUEL: 1, Duree.TRIMESTRIEL: 3, Duree.SEMESTRIEL: 6, Duree.ANNUEL: 12}
"""The months of each."""


class Statut(StrEnum):
    """How a subscription stands. There is none before its payment is confirmed: what waits is a purchase.

    ACTIF until its end, cancelled or not; EXPIRE after it; REMPLACE by a dearer plan; ANNULE where its money went back.
    """

    ACTIF = "ACTIF"
    EXPIRE = "EXPIRE"
    ANNULE = "ANNULE"
    REMPLACE = "REMPLACE"


class Nature(StrEnum):
    """What a purchase is for."""

    SOUSCRIPTION = "SOUSCRIPTION"
    RENOUVELLEMENT = "RENOUVELLEMENT"
    MISE_A_NIVEAU = "MISE_A_NIVEAU"


class StatutAchat(StrEnum):
    """How a purchase stands: ECHOUE where its payment ended without money, PAYE once it is delivered."""

    EN_ATTENTE = "EN_ATTENTE"
    PAYE = "PAYE"
    ECHOUE = "ECHOUE"
    REMBOURSE = "REMBOURSE"


class Action(StrEnum):
    """The entries of a subscription's history (contracts/spotvibe.md section 5.4)."""

    SOUSCRIPTION = "SOUSCRIPTION"
    RENOUVELLEMENT = "RENOUVELLEMENT"
    MISE_A_NIVEAU = "MISE_A_NIVEAU"
    ANNULATION = "ANNULATION"
    EXPIRATION = "EXPIRATION"


class Plan(msgspec.Struct, frozen=True):
    """A plan as purchases need it; `prix` is that of one period, in the installation's currency."""

    id: int
    nom: str
    prix: Decimal
    duree: Duree


class Abonnement(msgspec.Struct, frozen=True):
    """A subscription as its rules need it.

    - `prix_periode` is the plan's price when its last period was bought, `jours_periode` that period's days.
    - `methode` and `telephone` are those of its last payment.
    """

    id: int
    user_id: int
    plan_id: int
    plan_nom: str
    statut: Statut
    date_debut: datetime
    date_fin: datetime
    prix_periode: Decimal
    jours_periode: int
    renouvellement_automatique: bool
    methode: str | None
    telephone: str | None

    def runs(self, now: datetime) -> bool:
        """Whether its benefits hold."""
        return self.statut is Statut.ACTIF and self.date_fin > now


class Achat(msgspec.Struct, frozen=True):
    """A purchase: what a payment pays for.

    - `depuis_id` is the subscription that is renewed or upgraded, `abonnement_id` the one that the purchase made or
      extended once it was paid, from `debut` to `fin`.
    - `credit` is what an upgrade took into account of the old plan, `jours_offerts` the days beyond a whole period.
    - `automatique`: nobody asked for it but the job that renews.
    """

    id: int
    user_id: int
    nature: Nature
    plan_id: int
    plan_nom: str
    duree: Duree
    depuis_id: int | None
    abonnement_id: int | None
    statut: StatutAchat
    montant: Decimal
    prix_periode: Decimal
    credit: Decimal
    jours_offerts: int
    automatique: bool
    methode: str | None
    telephone: str | None
    debut: datetime | None
    fin: datetime | None


class Difference(msgspec.Struct, frozen=True):
    """What an upgrade costs: `montant` is to be paid, `credit` was taken into account, `jours_offerts` are the days
    that a credit above the new price buys beyond the period."""

    montant: Decimal
    credit: Decimal
    jours_offerts: int


def last_day(first: date, months: int) -> date:
    """The last day of a period of calendar months: the day before the same day of a later month, or that month's last
    day where it is shorter. A month from 1 July ends on 31 July, from 31 January on 28 (or 29) February."""
    month = first.month - 1 + months
    if first.day == 1:
        return first.replace(year=first.year + month // 12, month=month % 12 + 1) - timedelta(days=1)
    year, month = first.year + month // 12, month % 12 + 1
    return date(year, month, min(first.day - 1, calendar.monthrange(year, month)[1]))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day in the installation's zone, at which subscriptions end (contracts/spotvibe.md section
    5.2), in UTC."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day of a moment in the installation's zone."""
    return moment.astimezone(zone).date()


def period_end(first: date, duree: Duree, zone: ZoneInfo, more_days: int = 0) -> datetime:
    """The end of a period that begins on a day, in UTC."""
    return end_of_day(last_day(first, MONTHS[duree]) + timedelta(days=more_days), zone)


def extension(present_end: datetime, duree: Duree, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The next period of a subscription: from the day after its end, or from now where it is over already; returns its
    beginning and its end."""
    if present_end <= now:
        return now, period_end(local_day(now, zone), duree, zone)
    first = local_day(present_end, zone) + timedelta(days=1)
    return datetime.combine(first, time(), zone).astimezone(UTC), period_end(first, duree, zone)


def days_remaining(end: datetime, now: datetime, zone: ZoneInfo) -> int:
    """The whole days that are left after today: on the last day 0."""
    return max(0, (local_day(end, zone) - local_day(now, zone)).days)


def period_days(first: date, duree: Duree) -> int:
    """The days of a period that begins on a day, both ends included."""
    return (last_day(first, MONTHS[duree]) - first).days + 1


def credit_of(present: Abonnement, now: datetime, zone: ZoneInfo) -> Decimal:
    """What the unused days of a subscription are worth: price of its plan x days after today / days of the period that
    was bought last."""
    return present.prix_periode * days_remaining(present.date_fin, now, zone) / present.jours_periode


def more_days(value: Decimal, prix: Decimal, duree: Duree, first: date) -> int:
    """The whole days beyond a period that what is above its price buys, rounded down."""
    surplus = value - prix
    if surplus <= 0 or prix <= 0:
        return 0
    return int((surplus * period_days(first, duree) / prix).to_integral_value(ROUND_FLOOR))


def difference(present: Abonnement, plan: Plan, now: datetime, zone: ZoneInfo, currency: str) -> Difference:
    """What an upgrade costs today (DECISIONS.md section 2, "pro-rata difference").

    credit = price of the present plan x unused days / days of its period, where the unused days are those after today
    and the period is the last one that was bought, both ends included. To be paid: price of the new plan - credit,
    rounded half up to the currency's unit, never below 0; the new plan begins today with a whole period. A credit
    above the new price (periods that were bought ahead) buys whole days of the new plan beyond that, rounded down.
    """
    credit = credit_of(present, now, zone)
    to_pay = round_amount(Money(max(Decimal(0), plan.prix - credit), currency).rounded().amount)
    more = more_days(credit, plan.prix, plan.duree, local_day(now, zone))
    return Difference(to_pay, round_amount(credit), more)


def credited_time(achat: Achat) -> timedelta:
    """How much of the period that an upgrade made was paid by the old plan's credit: it goes when that plan's own money
    goes back."""
    if achat.debut is None or achat.fin is None or not achat.credit:
        return timedelta()
    share = achat.credit / max(achat.prix_periode, achat.credit)
    return (achat.fin - achat.debut) * float(share)


def bought_time(achat: Achat) -> timedelta:
    """How much time a purchase has added to its subscription: from its first second to the end of its last."""
    if achat.debut is None or achat.fin is None:
        return timedelta()
    return achat.fin - achat.debut + timedelta(seconds=1)


FARTHEST: Final = timedelta(days=3 * 366)
"""How far ahead an end may be and still be renewed."""
