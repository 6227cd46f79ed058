"""Accounts, their sessions, and what signing in gives."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from core.organisations.entities import Place
from core.primitives.locale import Locale


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person who can sign in. `number` is its integer id (DECISIONS.md section 0, "Accounts in two id forms")."""

    id: UUID
    number: int
    email: str
    username: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    picture: str | None
    department: str | None = None
    active: bool
    superuser: bool
    staff: bool
    email_verified_at: datetime | None
    last_login_at: datetime | None
    language: str
    created_at: datetime
    updated_at: datetime

    @property
    def locale(self) -> Locale:
        """The language of the messages it is sent."""
        return Locale.EN if self.language == Locale.EN.value else Locale.FR


class Credentials(msgspec.Struct, frozen=True):
    """An account and the hash of its password; None for one that never had a password."""

    account: Account
    password_hash: str | None


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A checked account that is about to be inserted; its password is hashed."""

    id: UUID
    email: str
    username: str
    password_hash: str | None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    department: str | None = None
    superuser: bool = False
    staff: bool = False
    email_verified_at: datetime | None = None
    language: str = "fr"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that holds until it expires or is revoked. `refresh_id` is its present refresh token's id."""

    id: UUID
    account: UUID
    organisation: UUID | None
    refresh_id: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > now


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a session and when they expire. `refresh` is None where the one that the client has stays."""

    access: str
    access_expires_at: datetime
    refresh: str | None
    refresh_expires_at: datetime


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that is complete. `place` is the membership that the session opened in, None where there is none."""

    account: Account
    place: Place | None
    session: Session
    tokens: Tokens


class FactorMethod(StrEnum):
    """How a second factor's code reaches its holder."""

    TOTP = "TOTP"
    SMS = "SMS"
    EMAIL = "EMAIL"


class ChallengeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The first proof was good; the second factor's code is asked for. `challenge` is an opaque token."""

    challenge: str
    method: FactorMethod
    expires_at: datetime


class Outcome(StrEnum):
    """What came of a sign-in attempt. Pending while the password is being verified; challenged where it was right and
    a code is awaited; abandoned where the server was too busy to verify it."""

    PENDING = "pending"
    FAILED = "failed"
    CHALLENGED = "challenged"
    SUCCEEDED = "succeeded"
    ABANDONED = "abandoned"


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """An account's second factor. `secret` is sealed; `last_step` is the last TOTP time step used."""

    account: UUID
    method: FactorMethod
    secret: bytes | None
    last_step: int
    confirmed_at: datetime | None


class Purpose(StrEnum):
    """What a challenge's code is asked for."""

    SIGN_IN = "sign_in"
    SET_UP = "setup"
    DISABLE = "disable"


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """A question for a code. `code_hash` is None where the code comes from an authenticator application; `sent` counts
    the codes that were sent."""

    id: UUID
    account: UUID
    purpose: Purpose
    code_hash: bytes | None
    failures: int
    sent: int
    attempt: int | None
    expires_at: datetime
    used_at: datetime | None = None
