"""Payments as spotvibe shows them (contracts/spotvibe.md section 6)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import Amount, LongText, check_free_text, check_text
from core.payments.service import NextAction
from plugins.spotvibe.payments.domain import Raison, Type
from plugins.spotvibe.wire import Reference

Methode = Annotated[str, msgspec.Meta(min_length=1, max_length=40, extra={"check": check_text})]
"""A payment method of the document, as a request names it."""
Telephone = Annotated[str, msgspec.Meta(max_length=32, extra={"check": check_free_text})]
"""A phone number as it was typed."""
Otp = Annotated[str, msgspec.Meta(max_length=20, extra={"check": check_free_text})]
"""A code that the payer has from the operator."""


class PaymentStarted(msgspec.Struct):
    """A payment that was begun. The `type` of `next_action` is "prompt" (on the phone), "otp" or "redirect"; its `url`
    is null until the operator has made the page: the payment's detail shows it then."""

    message: str
    payment_uuid: UUID
    next_action: NextAction


class Initiation(msgspec.Struct):
    """A payment to be begun: `subscription_id` is a plan's id, `event_ticket_id` any ticket of an order whose payment
    failed or expired."""

    type_paiement: Type
    montant: Amount
    methode_paiement: Methode
    telephone_paiement: Telephone | None = None
    subscription_id: Reference | None = None
    event_ticket_id: Reference | None = None
    otp: Otp = ""


class PaymentNamed(msgspec.Struct):
    """A payment by its UUID."""

    payment_uuid: UUID


class Retry(msgspec.Struct):
    """A payment to be tried again, by another method or number where they are given."""

    payment_uuid: UUID
    methode_paiement: Methode | UnsetType = UNSET
    telephone_paiement: Telephone | None | UnsetType = UNSET
    otp: Otp = ""


class Payeur(msgspec.Struct):
    """Whose payment, or refund, it is."""

    id: int
    username: str


class Paiement(msgspec.Struct):
    """A payment of the list."""

    uuid: UUID
    type_paiement: str
    montant: Decimal
    statut: str
    date_creation: datetime


class PaiementDetail(msgspec.Struct):
    """A payment whole. `motif` says why it failed; `next_action` is there while it waits for its payer."""

    uuid: UUID
    utilisateur: Payeur | None
    type_paiement: str
    montant: Decimal
    frais: Decimal
    montant_net: Decimal
    montant_rembourse: Decimal
    statut: str
    motif: str | None
    methode_paiement: str
    telephone_paiement: str | None
    date_creation: datetime
    date_confirmation: datetime | None
    next_action: NextAction | None


class Verified(msgspec.Struct):
    """How a payment stands."""

    payment_uuid: UUID
    status: str
    message: str


class RefundRequest(msgspec.Struct):
    """A buyer's request for his money."""

    payment_uuid: UUID
    raison: Raison
    description: LongText = ""


class Remboursement(msgspec.Struct):
    """A refund of the list."""

    id: int
    payment_original_uuid: UUID
    montant_remboursement: Decimal
    statut: str
    date_demande: datetime


class PaiementOriginal(msgspec.Struct):
    """The payment that a refund gives back."""

    uuid: UUID
    montant: Decimal


class RemboursementDetail(msgspec.Struct):
    """A refund whole."""

    id: int
    payment_original: PaiementOriginal
    demandeur: Payeur | None
    montant_remboursement: Decimal
    raison: str
    description: str
    statut: str
    date_demande: datetime
    date_decision: datetime | None
    date_traitement: datetime | None


class Stats(msgspec.Struct):
    """Figures of all payments."""

    total_payments: int
    successful_payments: int
    total_revenue: int | float


class MethodePaiement(msgspec.Struct):
    """A payment method, and whether it can be used now."""

    code: str
    name: str
    active: bool


class Summary(msgspec.Struct):
    """Somebody's own payments in short. What was refunded is not spent."""

    total_spent: Decimal
    last_payment_date: datetime | None
    pending_payments_count: int


class Transaction(msgspec.Struct):
    """One try with an operator. `transaction_id` is the operator's own."""

    id: int
    payment_uuid: UUID
    operateur: str
    numero_telephone: str | None
    transaction_id: str | None
    statut: str
    date_initiation: datetime


class Commission(msgspec.Struct):
    """The installation's part of a payment."""

    id: int
    type_commission: str
    montant_commission: Decimal
    statut: str
    event_titre: str | None
