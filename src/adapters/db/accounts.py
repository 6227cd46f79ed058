"""Rows of the accounts area."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row, Timestamps, UuidRow, Version, search_index


class AccountRow(UuidRow, Timestamps, Version):
    """A person who can sign in. A search finds both names in either order."""

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_email", text("lower(email)"), unique=True),
        Index("uq_account_username", text("lower(username)"), unique=True),
        search_index("account"),
    )

    number: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), unique=True)
    email: Mapped[str]
    username: Mapped[str]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    phone: Mapped[str | None]
    picture: Mapped[str | None]
    department: Mapped[str | None]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default="true")
    is_superuser: Mapped[bool] = mapped_column(server_default="false")
    is_staff: Mapped[bool] = mapped_column(server_default="false")
    email_verified_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(server_default="fr")
    search_text: Mapped[str] = mapped_column(
        Computed(
            "socle_fold(username || ' ' || coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' '"
            " || coalesce(first_name, ''))",
            persisted=True,
        )
    )


class SessionRow(UuidRow):
    """A sign-in that holds until it expires or is revoked. `refresh_id` is its present refresh token; one with another
    id was rotated out."""

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_account_id", "account_id"),
        Index("ix_session_organisation_id", "organisation_id"),
        Index("ix_session_expires_at", "expires_at"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    refresh_id: Mapped[UUID]
    address: Mapped[str]
    agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInAttemptRow(NumberedRow):
    """A sign-in that was tried, kept whatever came of it; the throttle counts the failures and those under way.

    `outcome`: pending while the password is being verified, challenged where it was right and a second factor's code
    is awaited, abandoned where the server was too busy to verify it.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_identifier", "identifier", "at", postgresql_where=text("account_id is null")),
        Index("ix_sign_in_attempt_account_id", "account_id", "at"),
        CheckConstraint(
            "outcome in ('pending', 'failed', 'challenged', 'succeeded', 'abandoned')",
            name="outcome",
        ),
        {"info": {"grants": "select, insert, update"}},
    )

    identifier: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    outcome: Mapped[str]
    address: Mapped[str]
    agent: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class PasswordResetRow(UuidRow):
    """A password reset that was asked for. Only the SHA-256 of its token is kept."""

    __tablename__ = "password_reset"
    __table_args__ = (Index("ix_password_reset_account_id", "account_id"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class SecondFactorRow(Row):
    """An account's second factor. `secret` is encrypted; `confirmed_at` is null until its first code was given;
    `last_step` is the last TOTP time step used, so that a code works once."""

    __tablename__ = "second_factor"
    __table_args__ = (CheckConstraint("method in ('TOTP', 'SMS', 'EMAIL')", name="method"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    method: Mapped[str]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary())
    last_step: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RecoveryCodeRow(UuidRow):
    """A one-time recovery code, kept as its keyed hash."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("uq_recovery_code_code_hash", "account_id", "code_hash", unique=True),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary())
    used_at: Mapped[datetime | None]


class ChallengeRow(UuidRow):
    """A question for a second factor's code: at sign-in, or when a factor is set up. It ends after 5 wrong codes."""

    __tablename__ = "challenge"
    __table_args__ = (
        Index("ix_challenge_account_id", "account_id"),
        CheckConstraint("failures between 0 and 5", name="failures"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary())
    failures: Mapped[int] = mapped_column(server_default="0")
    organisation_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB(), server_default=text("'{}'"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
