"""Payments, their attempts and refunds: what is kept of them, and which states there are."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from core.payments.gateway import Reason
from core.primitives.locale import Locale
from core.primitives.money import Money


class PaymentState(StrEnum):
    """Where a payment stands for who pays it. `expired` is for time alone; an operator's refusal, and a payer's, is
    `failed` (DECISIONS.md section 2)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


class AttemptState(StrEnum):
    """Where one attempt stands with the operator.

    `reserved`: committed, not sent. `sending`: an operator may have it. `pending`: it has it. `unknown`: nobody knows;
    a status read will tell. `lost`: the answer that later calls need is gone for good, nobody can pay it any more.
    """

    RESERVED = "reserved"
    SENDING = "sending"
    PENDING = "pending"
    UNKNOWN = "unknown"
    LOST = "lost"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def open(self) -> bool:
        """Whether the payer may still be asked, or has been and the end is not known. A payment has one at most."""
        return self in OPEN_ATTEMPTS


OPEN_ATTEMPTS = (AttemptState.RESERVED, AttemptState.SENDING, AttemptState.PENDING, AttemptState.UNKNOWN)


class RefundState(StrEnum):
    """Where a refund stands: asked for, decided on, on its way, done. `manual`: approved, and staff send the money."""

    REQUESTED = "requested"
    REJECTED = "rejected"
    APPROVED = "approved"
    SENDING = "sending"
    PENDING = "pending"
    UNKNOWN = "unknown"
    MANUAL = "manual"
    DONE = "done"
    FAILED = "failed"


OPEN_REFUNDS = (
    RefundState.REQUESTED,
    RefundState.APPROVED,
    RefundState.SENDING,
    RefundState.PENDING,
    RefundState.UNKNOWN,
    RefundState.MANUAL,
)


class RefundCause(StrEnum):
    """Why money goes back. `late`: it came after its payment had ended, or twice; the kernel refunds it by itself."""

    CANCELLED = "cancelled"
    REQUESTED = "requested"
    DUPLICATE = "duplicate"
    ERROR = "error"
    OTHER = "other"
    LATE = "late"


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment: the intent to pay an order once.

    - `order_type` and `order` name what is paid, for the plugin that owns orders of this type.
    - `commission` is the installation's share of `amount`; the rest is due to `payee`, an account of the ledger.
      Without a payee everything is the installation's.
    - `payer` is E.164 or None; `honoured` the attempt whose money paid the order; `refunded` what went back of it.
    """

    id: UUID
    number: int
    account: UUID | None
    order_type: str
    order: str
    gateway: str
    amount: Money
    commission: Decimal
    payee: str | None
    payer: str | None
    description: str
    locale: Locale
    return_url: str
    cancel_url: str
    state: PaymentState
    reason: Reason | None
    honoured: UUID | None
    refunded: Decimal
    created_at: datetime
    settled_at: datetime | None
    action_url: str | None = None

    @property
    def net(self) -> Decimal:
        """The amount without commission."""
        return self.amount.amount - self.commission


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to have the payer pay, under an operation id of its own.

    - `lease_ends_at` is until when whoever is `sending` may still be at it.
    - `window_ends_at` is until when the payer may answer, `watch_until` until when late money is looked for.
    - `captured`: its money has come; `refund_held` of it is refunded or on its way back.
    - `escalated` says what people must look at: the operator's statement does not fit what was sent.
    """

    id: UUID
    payment: UUID
    position: int
    gateway: str
    amount: Money
    payer: str | None
    state: AttemptState
    reason: Reason | None
    code: str
    operator_reference: str | None
    handles: Mapping[str, str]
    action_url: str | None
    captured: bool
    refund_held: Decimal
    escalated: str | None
    looks: int
    created_at: datetime
    sent_at: datetime | None
    lease_ends_at: datetime | None
    window_ends_at: datetime | None
    watch_until: datetime | None
    next_look_at: datetime | None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back from an attempt. Its id is its operation with the operator."""

    id: UUID
    number: int
    payment: UUID
    attempt: UUID
    gateway: str
    amount: Money
    cause: RefundCause
    description: str
    state: RefundState
    reason: Reason | None
    code: str
    payee: str | None
    requested_by: UUID | None
    decided_by: UUID | None
    operator_reference: str | None
    handles: Mapping[str, str]
    escalated: str | None
    looks: int
    created_at: datetime
    decided_at: datetime | None
    sent_at: datetime | None
    lease_ends_at: datetime | None
    next_look_at: datetime | None
    done_at: datetime | None
