"""Plans and subscriptions on the wire (contracts/spotvibe.md section 5)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from adapters.http.scalars import Amount, LongText, Name, Quantity, Rejected, check_amount
from core.payments.service import NextAction
from core.primitives import messages
from plugins.spotvibe.payments.wire import Methode, Otp, Telephone
from plugins.spotvibe.subscriptions.domain import Duree, TypePlan
from plugins.spotvibe.wire import Reference


def check_percent(value: Decimal) -> Decimal:
    """Round to two places; refuse what is not 0 to 100."""
    percent = check_amount(value)
    if percent > 100:
        raise Rejected(messages.TOO_LARGE, maximum=100)
    return percent


Percent = Annotated[
    Decimal,
    msgspec.Meta(
        extra={"check": check_percent},
        extra_json_schema={"type": "string", "format": "decimal", "examples": ["10.00"]},
    ),
]
"""A percentage of two decimals, 0 to 100; a string or a number."""


class Plan(msgspec.Struct):
    """A plan. `prix` is that of one period; without `max_evenements_par_mois` events are unlimited;
    `commission_reduite` is in percent."""

    id: int
    nom: str
    type_plan: str
    prix: Decimal
    duree: str
    description: str
    max_evenements_par_mois: int | None
    commission_reduite: Decimal
    support_prioritaire: bool


class Feature(msgspec.Struct):
    """What a plan holds, and how much of it."""

    nom: str
    inclus: bool
    limite: str | None


class PlanDetail(msgspec.Struct):
    """A plan with its features."""

    id: int
    nom: str
    type_plan: str
    prix: Decimal
    duree: str
    description: str
    max_evenements_par_mois: int | None
    commission_reduite: Decimal
    support_prioritaire: bool
    features: list[Feature]


class PlanBody(msgspec.Struct):
    """A plan as staff write it."""

    nom: Name
    type_plan: TypePlan
    prix: Amount
    commission_reduite: Percent
    duree: Duree = Duree.MENSUEL
    description: LongText = ""
    max_evenements_par_mois: Quantity | None = None
    support_prioritaire: bool = False


class Comparison(msgspec.Struct):
    """Plans side by side, and what all of them hold."""

    plans: list[PlanDetail]
    common_features: list[str]


class PlanNamed(msgspec.Struct):
    """A plan's id and name."""

    id: int
    nom: str


class Abonnement(msgspec.Struct):
    """A subscription of the list."""

    id: int
    plan_nom: str
    date_debut: datetime
    date_fin: datetime
    statut: str
    prix_paye: Decimal


class AbonnementDetail(msgspec.Struct):
    """A subscription whole. `evenements_crees_ce_mois` are its holder's."""

    id: int
    plan: PlanNamed
    date_debut: datetime
    date_fin: datetime
    statut: str
    prix_paye: Decimal
    renouvellement_automatique: bool
    evenements_crees_ce_mois: int


def abonnement_detail(key: int, plan: int, nom: str, *rest: Any) -> AbonnementDetail:
    """A subscription's columns as they are shown."""
    return AbonnementDetail(key, PlanNamed(plan, nom), *rest)


class Current(msgspec.Struct):
    """The subscription whose benefits hold. `days_remaining` are the whole days after today."""

    id: int
    plan: PlanNamed
    statut: str
    days_remaining: int


class Usage(msgspec.Struct):
    """What was used this month. Without `max_evenements_par_mois` events are unlimited; `days_remaining` is null
    without a subscription."""

    evenements_crees_ce_mois: int
    max_evenements_par_mois: int | None
    days_remaining: int | None


class Benefit(msgspec.Struct):
    """What the plan of a subscription gives."""

    nom: str
    description: str
    inclus: bool


class History(msgspec.Struct):
    """Something that happened to a subscription."""

    id: int
    action: str
    plan_nom: str
    date_action: datetime


class Stats(msgspec.Struct):
    """Figures of all subscriptions. Revenue is what was paid and has not gone back."""

    total_subscriptions: int
    active_subscriptions: int
    expired_subscriptions: int
    revenue_from_subscriptions: float


class PayBody(msgspec.Struct):
    """A plan to be paid for. A plan that costs nothing needs no method."""

    plan_id: Reference
    payment_method: Methode | None = None
    phone_number: Telephone | None = None
    otp: Otp = ""


class RenewBody(msgspec.Struct):
    """How a renewal is paid, where not as the last time."""

    payment_method: Methode | None = None
    phone_number: Telephone | None = None
    otp: Otp = ""


class UpgradeBody(msgspec.Struct):
    """A dearer plan, and how it is paid, where not as the last time."""

    new_plan_id: Reference
    payment_method: Methode | None = None
    phone_number: Telephone | None = None
    otp: Otp = ""


class Paying(msgspec.Struct):
    """A subscription that is being paid. A plan that costs nothing has no payment, and is active at once."""

    message: str
    payment_uuid: UUID | None
    next_action: NextAction | None


class Renewing(msgspec.Struct):
    """A renewal: it holds once its payment is confirmed, at once where it costs nothing."""

    message: str
    new_end_date: datetime
    payment_uuid: UUID | None
    next_action: NextAction | None


class Upgrading(msgspec.Struct):
    """An upgrade: it holds once the difference is paid, at once where there is none."""

    message: str
    new_plan: PlanNamed
    montant: Decimal
    payment_uuid: UUID | None
    next_action: NextAction | None


class Activation(msgspec.Struct):
    """What the activation webhook says. None of it is believed: it starts a status read."""

    payment_uuid: UUID
    status: Name
    transaction_id: Name | None = None
