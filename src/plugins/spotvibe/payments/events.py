"""What payments tell the rest of spotvibe. `user` is an account's number, `refund` a refund's."""

from decimal import Decimal
from uuid import UUID

from core.primitives.events import Event


class PaymentFailed(Event, frozen=True, kw_only=True):
    """A payment ended without money, and not because its payer cancelled it. `motif` is the kernel's reason."""

    name = "spotvibe.payment_failed"
    user: int
    payment: UUID
    type_paiement: str
    motif: str | None


class RefundDecided(Event, frozen=True, kw_only=True):
    """Staff have approved or rejected what a buyer asked for. `statut` is "APPROUVE" or "REJETE"."""

    name = "spotvibe.refund_decided"
    user: int
    refund: int
    montant: Decimal
    statut: str


class RefundDone(Event, frozen=True, kw_only=True):
    """Money of a payment has gone back."""

    name = "spotvibe.refund_done"
    user: int
    refund: int
    montant: Decimal
