"""What the accounts area needs of the outside: hashing, signing, sealing, and its stores."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.accounts.entities import (
    Account,
    Challenge,
    ChallengeAsked,
    Credentials,
    NewAccount,
    Outcome,
    Purpose,
    SecondFactor,
    Session,
    SignedIn,
)
from core.organisations.entities import Place
from core.work import Work


class Verified(msgspec.Struct, frozen=True):
    """The verdict on a password. `outdated` tells that its hash was made with other parameters than today's."""

    good: bool
    outdated: bool = False


class PasswordHasher(Protocol):
    """Hashes and verifies passwords, at a cost that is felt: never inside a unit of work.

    Both raise `DomainError` of kind unavailable where too many are waiting already.
    """

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a password."""
        ...

    async def verify(self, encoded: str | None, password: str) -> Verified:
        """Compare a password with a hash; without a hash it takes as long and is never good."""
        ...


class TokenKind(StrEnum):
    """What a token is good for."""

    ACCESS = "access"
    REFRESH = "refresh"
    CHALLENGE = "challenge"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. `subject` is the account, `session` the session (of a challenge: the challenge), `id` the
    token's own id (of a refresh token: the session's `refresh_id`)."""

    kind: TokenKind
    subject: UUID
    session: UUID
    id: UUID
    issued_at: datetime
    expires_at: datetime


class TokenSigner(Protocol):
    """Signs and reads tokens."""

    def issue(self, claims: Claims) -> str:
        """Return a signed token."""
        ...

    def read(self, token: str, kind: TokenKind) -> Claims | None:
        """Return the claims of a good token of this kind: signed by us, complete, not expired; else None."""
        ...


class Authenticator(Protocol):
    """Time-based one-time passwords (RFC 6238)."""

    def new_secret(self) -> str:
        """Return a random secret in base 32."""
        ...

    def matching_step(self, secret: str, code: str, at: datetime) -> int | None:
        """Return the time step that a code belongs to, within one step of the present one; None for a wrong code."""
        ...

    def qr_code(self, secret: str, account: str) -> str:
        """Return a data URI of a PNG that an authenticator application scans."""
        ...


class Vault(Protocol):
    """Seals what must be read again, under the installation's key."""

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Encrypt; it opens in the same context only."""
        ...

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt. Raises `ValueError` where the key or the context is another one."""
        ...


class Taken(Exception):
    """Another account has this `field` ("email" or "username") already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class AccountStore(Protocol):
    """Keeps accounts."""

    async def find(self, work: Work, identifier: str) -> Credentials | None:
        """Return the account of an email or username, without regard to case; an email comes first."""
        ...

    async def get(self, work: Work, account: UUID) -> Credentials | None:
        """Return an account."""
        ...

    async def lock(self, work: Work, account: UUID) -> Credentials | None:
        """Return an account and hold it until the transaction ends."""
        ...

    async def taken(self, work: Work, email: str | None, username: str | None) -> set[str]:
        """Return which of "email" and "username" belong to an account already."""
        ...

    async def insert(self, work: Work, account: NewAccount) -> Account:
        """Insert an account. Raises `Taken`."""
        ...

    async def update(self, work: Work, account: UUID, values: Mapping[str, Any]) -> Account:
        """Change fields of an account, by the names of `Account` (and `password_hash`). Raises `Taken`."""
        ...


class Door(Protocol):
    """A product's own terms of a sign-in, asked once the proof was good."""

    @property
    def lifetime(self) -> timedelta:
        """How long the session and its access token last: there is no refresh token."""
        ...

    async def admit(self, work: Work, account: Account, *, entering: bool) -> None:
        """Return for an account that may come in; else raise `DomainError`. With `entering` this unit of work opens the
        session; without, a second factor's code is awaited first. What it has written when it raises is kept."""
        ...


class PasswordSource(Protocol):
    """Where passwords are held: by our own accounts, or in a directory."""

    async def sign_in(
        self, caller: Caller, login: str, password: str, account: Account | None, door: Door
    ) -> SignedIn | ChallengeAsked:
        """Sign in through a door by the login and password that the source knows. `account` is the one that the
        product has under this login, None where it has none.

        Raises `DomainError` of kind unauthenticated for wrong credentials, of kind limited after too many of them, of
        kind unavailable where the source does not answer, and what the door raises.
        """
        ...


class Directory(Protocol):
    """A directory that knows people's passwords."""

    async def accepts(self, login: str, password: str) -> bool:
        """Whether the password is the login's; an empty one never is. Raises `DomainError` of kind unavailable where
        the directory cannot tell."""
        ...


class PlaceStore(Protocol):
    """Reads places in organisations, across tenants: its units of work see everything."""

    async def places(self, work: Work, account: UUID | None) -> list[Place]:
        """Return all places of an account, whatever their status; none for no account, in the same time."""
        ...


class SessionStore(Protocol):
    """Keeps sessions."""

    async def insert(self, work: Work, session: Session, address: str, agent: str) -> None:
        """Insert a session."""
        ...

    async def get(self, work: Work, session: UUID) -> Session | None:
        """Return a session."""
        ...

    async def rotate(self, work: Work, session: UUID, old: UUID, new: UUID, expires_at: datetime) -> bool:
        """Replace its refresh token's id, if `old` is the present one and the session is not revoked."""
        ...

    async def revoke(self, work: Work, session: UUID, at: datetime) -> bool:
        """Revoke a session; False where it was revoked before."""
        ...

    async def revoke_all(
        self,
        work: Work,
        at: datetime,
        *,
        account: UUID | None = None,
        organisation: UUID | None = None,
        keep: UUID | None = None,
    ) -> int:
        """Revoke the sessions of an account, of an organisation, or (both) of an account in an organisation, but the
        one to keep. Returns how many. Raises `ValueError` where neither is given."""
        ...


class Blocked(msgspec.Struct, frozen=True):
    """Too many sign-ins failed; the next one is possible in `retry_after` seconds."""

    retry_after: int


class Busy(msgspec.Struct, frozen=True):
    """Those under way may yet fail: ask again when they are decided."""


class AttemptStore(Protocol):
    """Keeps sign-in attempts and counts them across processes."""

    async def reserve(
        self,
        work: Work,
        *,
        account: UUID | None,
        identifier: str,
        now: datetime,
        since: datetime,
        limit: int,
    ) -> int | Blocked | Busy:
        """Record a pending attempt and return its id, unless `limit` have failed since, or might with those pending.

        Attempts of an account count together whatever the identifier; those of no account count by identifier.
        Parallel calls are decided one after the other.
        """
        ...

    async def record(self, work: Work, *, account: UUID, identifier: str, now: datetime) -> int:
        """Record a pending attempt that nothing limits, and return its id."""
        ...

    async def settle(self, work: Work, attempt: int, outcome: Outcome) -> None:
        """Record what came of an attempt."""
        ...


class ResetStore(Protocol):
    """Keeps password resets."""

    async def asked_since(self, work: Work, account: UUID, since: datetime) -> int:
        """Return how many resets were asked for an account since."""
        ...

    async def insert(self, work: Work, account: UUID, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
        """Insert a reset."""
        ...

    async def holder(self, work: Work, token_hash: bytes, now: datetime) -> UUID | None:
        """Return whose reset this is, None where it is unknown, used or expired."""
        ...

    async def take(self, work: Work, token_hash: bytes, now: datetime) -> UUID | None:
        """Use a reset up and return whose it was; None as for `holder`."""
        ...

    async def void(self, work: Work, account: UUID, now: datetime) -> None:
        """Use up all open resets of an account."""
        ...


class FactorStore(Protocol):
    """Keeps second factors and recovery codes."""

    async def get(self, work: Work, account: UUID) -> SecondFactor | None:
        """Return an account's factor, confirmed or not."""
        ...

    async def put(self, work: Work, factor: SecondFactor) -> bool:
        """Write an unconfirmed factor over another unconfirmed one; False where a confirmed one stands."""
        ...

    async def confirm(self, work: Work, account: UUID, at: datetime) -> None:
        """Mark a factor as confirmed."""
        ...

    async def advance(self, work: Work, account: UUID, step: int) -> bool:
        """Use a TOTP time step up; False where it, or a later one, was used before."""
        ...

    async def remove(self, work: Work, account: UUID) -> None:
        """Delete an account's factor and recovery codes."""
        ...

    async def put_recovery_codes(self, work: Work, account: UUID, hashes: Sequence[bytes]) -> None:
        """Replace an account's recovery codes."""
        ...

    async def use_recovery_code(self, work: Work, account: UUID, code_hash: bytes, at: datetime) -> bool:
        """Use a recovery code up; False where it is unknown or was used before."""
        ...


class ChallengeStore(Protocol):
    """Keeps challenges."""

    async def insert(self, work: Work, challenge: Challenge, now: datetime) -> None:
        """Insert a challenge."""
        ...

    async def lock(self, work: Work, challenge: UUID) -> Challenge | None:
        """Return a challenge and hold it until the transaction ends."""
        ...

    async def lock_latest(self, work: Work, account: UUID, purpose: Purpose) -> Challenge | None:
        """Return an account's newest challenge of a purpose and hold it until the transaction ends."""
        ...

    async def resend(self, work: Work, challenge: UUID, code_hash: bytes) -> None:
        """Replace a challenge's code and count the sending."""
        ...

    async def fail(self, work: Work, challenge: UUID) -> None:
        """Count a wrong code."""
        ...

    async def close(self, work: Work, challenge: UUID, at: datetime) -> None:
        """Mark a challenge as used."""
        ...

    async def close_all(self, work: Work, account: UUID, at: datetime) -> None:
        """Mark all open challenges of an account as used."""
        ...
