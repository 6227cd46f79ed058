"""Rows of the jobs area and of the edge: outbox, workers, idempotent answers, rate windows, messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row, UuidRow


class OutboxRow(UuidRow):
    """A delivery on its way: one event for one subscriber, or one job.

    It is open until `done_at` or `failed_at` is set. `available_at` is when an open row may be taken (again): a lease
    moves it ahead, a failed attempt moves it by its back-off. `attempts` counts the handler's runs. The payload is
    wiped when the row is closed: it may hold a reset link or a code.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "available_at", postgresql_where=text("done_at is null and failed_at is null")),
        Index(
            "ix_outbox_open_subscriber",
            "subscriber",
            "topic",
            postgresql_where=text("done_at is null and failed_at is null"),
        ),
        Index("ix_outbox_done_at", "done_at", postgresql_where=text("done_at is not null")),
        Index("ix_outbox_failed_at", "failed_at", postgresql_where=text("failed_at is not null")),
    )

    topic: Mapped[str]
    subscriber: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB())
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    available_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class JobWorkerRow(UuidRow):
    """A running job worker. It renews `seen_at` every few seconds; a row not renewed is a worker that died."""

    __tablename__ = "job_worker"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    host: Mapped[str]
    process: Mapped[int]
    running: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class IdempotentAnswerRow(Row):
    """The first answer to a request with an `Idempotency-Key`."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_created_at", "created_at"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary())
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary())
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB())
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RateWindowRow(Row):
    """How often something happened in a window of time, counted across processes. Unlogged: a crash forgets it."""

    __tablename__ = "rate_window"
    __table_args__ = (
        Index("ix_rate_window_ends_at", "ends_at"),
        {"prefixes": ["UNLOGGED"]},
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime]


class MailboxRow(UuidRow):
    """A message of the development mailbox; empty in production."""

    __tablename__ = "development_message"
    __table_args__ = (Index("ix_development_message_recipient", "recipient", "sent_at"),)

    channel: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    sent_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class MessageDeliveryRow(UuidRow):
    """The log of a message sent through a channel. Its id is the outbox row's, so that a retry finds its row; the
    body is not kept."""

    __tablename__ = "message_delivery"
    __table_args__ = (
        Index("ix_message_delivery_account_id", "account_id", "created_at"),
        CheckConstraint("status in ('pending', 'sent', 'failed')", name="status"),
        {"info": {"grants": "select, insert, update"}},
    )

    channel: Mapped[str]
    template: Mapped[str]
    recipient: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="1")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[datetime | None]
