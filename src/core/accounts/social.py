"""Proofs of identity from elsewhere: what a provider says of the holder of a token (Google, Facebook)."""

from typing import Protocol
from uuid import UUID

import msgspec

from core.accounts.challenges import Challenges
from core.accounts.entities import Account, Credentials
from core.accounts.ports import AccountStore, FactorStore, ResetStore
from core.accounts.sessions import Sessions
from core.primitives.clock import Clock
from core.work import Work


class VerifiedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a token was issued to. `subject` is the provider's own id of the person, never given to another;
    `email_verified` tells whether the provider itself has proved that the address is the person's."""

    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    picture: str | None = None


class TokenVerifier(Protocol):
    """A provider of identities."""

    async def verify(self, token: str) -> VerifiedIdentity | None:
        """Ask the provider whom a token was issued to. None for a token that is not good, or was issued to another
        application than ours: such a token proves nothing here (OpenID Connect Core section 3.1.3.7, "aud").

        Network: never inside a unit of work. Raises `DomainError` of kind unavailable where the provider cannot tell.
        """
        ...


class EmailProofs:
    """What follows when the holder of an account's address proves it from elsewhere. The methods work inside the unit
    of work of their caller."""

    def __init__(
        self,
        accounts: AccountStore,
        factors: FactorStore,
        resets: ResetStore,
        challenges: Challenges,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._factors = factors
        self._resets = resets
        self._challenges = challenges
        self._sessions = sessions
        self._clock = clock

    async def verify(self, work: Work, account: UUID) -> None:
        """Record that an account's address was verified by its mailbox."""
        await self._accounts.update(work, account, {"email_verified_at": self._clock.now()})

    async def take_over(self, work: Work, held: Credentials) -> Account:
        """Hand a locked account whose address was never verified to whom the address belongs: whoever made it may be
        somebody else. Its password, sessions, second factor, open codes and resets end (DECISIONS.md section 2,
        "Google, Facebook"). The caller tells `Sessions.rights_changed` once committed."""
        account, now = held.account.id, self._clock.now()
        await self._sessions.revoke_all(work, account)
        await self._factors.remove(work, account)
        await self._challenges.close_all(work, account)
        await self._resets.void(work, account, now)
        changed = await self._accounts.update(work, account, {"password_hash": None, "email_verified_at": now})
        work.audit("UPDATE", "Utilisateur", account, account=account, details={"taken_over": True})
        return changed
