"""Rows of the payments area: intents, attempts, refunds, callbacks, the ledger. Migration 0007 adds what Core cannot
say: a ledger transaction is balanced at commit, and nothing in the ledger is ever changed."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps, UuidRow
from core.payments.entities import OPEN_ATTEMPTS, AttemptState, PaymentState, RefundCause, RefundState
from core.payments.gateway import Reason
from core.payments.ledger import Movement


def _one_of(column: str, values: Any) -> str:
    listed = ", ".join(f"'{each.value}'" for each in values)
    return f"{column} in ({listed})"


_NOW = text("now()")


class PaymentRow(UuidRow, Timestamps):
    """A payment. `honoured` is the attempt whose money paid the order."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("number"),
        ForeignKeyConstraint(
            ["honoured", "id"],
            ["payment_attempt.id", "payment_attempt.payment_id"],
            "fk_payment_honoured",
            use_alter=True,
        ),
        CheckConstraint("amount > 0 and amount < 1e12", name="amount"),
        CheckConstraint("commission >= 0 and commission <= amount", name="commission"),
        CheckConstraint("refunded >= 0 and refunded <= amount", name="refunded"),
        CheckConstraint(_one_of("state", PaymentState), name="state"),
        CheckConstraint(_one_of("reason", Reason), name="reason"),
        CheckConstraint(
            "(honoured is not null) = (state in ('succeeded', 'refunded', 'partially_refunded'))", name="honoured"
        ),
        Index("ix_payment_account_id", "account_id", text("created_at desc"), text("id desc")),
        Index("ix_payment_order", "order_type", "order_key"),
        Index("ix_payment_state", "state", text("created_at desc")),
        Index("ix_payment_honoured", "honoured", "id"),
    )

    number: Mapped[int] = mapped_column(BigInteger(), Identity(always=True))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    order_type: Mapped[str]
    order_key: Mapped[str]
    gateway: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    commission: Mapped[Decimal]
    payee: Mapped[str | None]
    payer: Mapped[str | None]
    description: Mapped[str]
    locale: Mapped[str]
    return_url: Mapped[str]
    cancel_url: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="pending")
    reason: Mapped[str | None]
    honoured: Mapped[UUID | None]
    refunded: Mapped[Decimal] = mapped_column(server_default=text("0"))
    settled_at: Mapped[datetime | None]


class PaymentAttemptRow(UuidRow):
    """An attempt; its id is the operation that the operator knows, its number what people see."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("payment_id", "position"),
        UniqueConstraint("id", "payment_id"),
        CheckConstraint("amount > 0 and amount < 1e12", name="amount"),
        CheckConstraint(
            "refund_held >= 0 and refund_held <= case when captured then amount else 0 end", name="refund_held"
        ),
        CheckConstraint("captured = (state = 'succeeded')", name="captured"),
        CheckConstraint(_one_of("state", AttemptState), name="state"),
        CheckConstraint(_one_of("reason", Reason), name="reason"),
        Index(
            "uq_payment_attempt_open", "payment_id", unique=True, postgresql_where=text(_one_of("state", OPEN_ATTEMPTS))
        ),
        Index("ix_payment_attempt_next_look_at", "next_look_at", postgresql_where=text("next_look_at is not null")),
        Index(
            "ix_payment_attempt_operator_reference",
            "gateway",
            "operator_reference",
            postgresql_where=text("operator_reference is not null"),
        ),
        Index(
            "ix_payment_attempt_handles",
            "handles",
            postgresql_using="gin",
            postgresql_ops={"handles": "jsonb_path_ops"},
        ),
        Index("ix_payment_attempt_escalated", "id", postgresql_where=text("escalated is not null")),
    )

    number: Mapped[int] = mapped_column(BigInteger(), Identity(always=True))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    position: Mapped[int]
    gateway: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    payer: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    code: Mapped[str] = mapped_column(server_default="")
    operator_reference: Mapped[str | None]
    handles: Mapped[dict[str, Any]] = mapped_column(JSONB(), server_default="{}")
    action_url: Mapped[str | None]
    captured: Mapped[bool] = mapped_column(server_default=text("false"))
    refund_held: Mapped[Decimal] = mapped_column(server_default=text("0"))
    escalated: Mapped[str | None]
    looks: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    sent_at: Mapped[datetime | None]
    lease_ends_at: Mapped[datetime | None]
    window_ends_at: Mapped[datetime | None]
    watch_until: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]


class RefundRow(UuidRow):
    """A refund; its id is the operation that the operator knows."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("number"),
        ForeignKeyConstraint(
            ["attempt_id", "payment_id"], ["payment_attempt.id", "payment_attempt.payment_id"], "fk_refund_attempt_id"
        ),
        CheckConstraint("amount > 0 and amount < 1e12", name="amount"),
        CheckConstraint(_one_of("cause", RefundCause), name="cause"),
        CheckConstraint(_one_of("state", RefundState), name="state"),
        CheckConstraint("(done_at is not null) = (state = 'done')", name="done_at"),
        CheckConstraint(_one_of("reason", Reason), name="reason"),
        Index("ix_refund_payment_id", "payment_id", "created_at"),
        Index("ix_refund_attempt_id", "attempt_id", "payment_id"),
        Index("ix_refund_requested_by", "requested_by"),
        Index("ix_refund_decided_by", "decided_by"),
        Index("ix_refund_next_look_at", "next_look_at", postgresql_where=text("next_look_at is not null")),
        Index("ix_refund_state", "state", text("created_at desc")),
    )

    number: Mapped[int] = mapped_column(BigInteger(), Identity(always=True))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    attempt_id: Mapped[UUID]
    gateway: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    cause: Mapped[str]
    description: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    code: Mapped[str] = mapped_column(server_default="")
    payee: Mapped[str | None]
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    operator_reference: Mapped[str | None]
    handles: Mapped[dict[str, Any]] = mapped_column(JSONB(), server_default="{}")
    escalated: Mapped[str | None]
    looks: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    decided_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    lease_ends_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class PaymentCallbackRow(UuidRow):
    """A callback as it came, counted where it came again."""

    __tablename__ = "payment_callback"
    __table_args__ = (
        CheckConstraint("verdict in ('hint', 'forged', 'unreadable', 'unknown')", name="verdict"),
        Index(
            "uq_payment_callback_digest",
            "gateway",
            "operation_id",
            "digest",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_payment_callback_received_at", "received_at"),
    )

    gateway: Mapped[str]
    operation_id: Mapped[UUID | None]
    digest: Mapped[bytes] = mapped_column(LargeBinary())
    verdict: Mapped[str]
    method: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary())
    times: Mapped[int] = mapped_column(server_default="1")
    received_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class LedgerTransactionRow(UuidRow):
    """A movement of money, posted once under its key."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint(_one_of("movement", Movement), name="movement"),
        CheckConstraint("(refund_id is not null) = (movement = 'refund')", name="refund_id"),
        Index("ix_ledger_transaction_payment_id", "payment_id"),
        Index("ix_ledger_transaction_attempt_id", "attempt_id"),
        Index("ix_ledger_transaction_refund_id", "refund_id"),
        {"info": {"grants": "select, insert"}},
    )

    key: Mapped[str]
    movement: Mapped[str]
    currency: Mapped[str]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempt.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refund.id"))
    posted_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class LedgerEntryRow(NumberedRow):
    """A line of a ledger transaction."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount <> 0 and amount > -1e12 and amount < 1e12", name="amount"),
        Index("ix_ledger_entry_transaction_id", "transaction_id"),
        Index("ix_ledger_entry_account", "account"),
        {"info": {"grants": "select, insert"}},
    )

    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transaction.id"))
    account: Mapped[str]
    amount: Mapped[Decimal]
