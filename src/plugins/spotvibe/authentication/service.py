"""The use cases of signing in through providers (contracts/spotvibe.md section 1; DECISIONS.md section 2, "Google,
Facebook"): an address that the provider has not verified never links to an account; linking to an account whose own
address was never verified hands it to whom the address belongs."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.accounts.entities import Account, ChallengeAsked, SignedIn
from core.accounts.people import MAX_NAME, Candidate
from core.accounts.service import Accounts
from core.accounts.social import TokenVerifier, VerifiedIdentity
from core.primitives.clock import Clock
from core.primitives.email import normalise_email
from core.primitives.errors import DomainError, invalid_field, invalid_request, unauthenticated
from core.primitives.ids import new_id
from core.primitives.page import ListQuery, Page
from core.work import Work, Works
from plugins.spotvibe.authentication.domain import (
    ACCOUNT_CLOSED,
    EMAIL_NEEDED,
    EMAIL_UNPROVED,
    LAST_WAY_IN,
    NOT_LINKED,
    OTHER_LINKED,
    PROVIDER_CLOSED,
    TOKEN_REFUSED,
    Provider,
)
from plugins.spotvibe.users.api import UsersApi

TOKEN = "access_token"  # noqa: S105 - a field's name
RACES = 3
"""How often an account is looked for anew where a parallel request has just made it."""


class SocialStore(Protocol):
    """What social accounts need of their store."""

    async def holder(self, work: Work, provider: str, subject: str) -> UUID | None:
        """Return the account that a provider's person signs in to."""
        ...

    async def link(self, work: Work, number: int, provider: str, identity: VerifiedIdentity) -> bool:
        """Link a provider's person to a user; False where either is linked already."""
        ...

    async def refresh(self, work: Work, provider: str, identity: VerifiedIdentity) -> None:
        """Take over what a provider tells of a linked person today."""
        ...

    async def unlink_all(self, work: Work, number: int) -> None:
        """End every link of a user."""
        ...

    async def unlink(self, work: Work, number: int, provider: str) -> bool:
        """End a link; False where there is none."""
        ...

    async def has_others(self, work: Work, number: int, provider: str) -> bool:
        """Whether a user is linked to a person of another provider."""
        ...

    async def shown(self, work: Work, account: UUID) -> Any:
        """Return an account as a sign-in shows it."""
        ...

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's social accounts."""
        ...

    async def attempts(self, work: Work, account: UUID, query: ListQuery) -> Page[Any]:
        """Return an account's sign-in attempts, newest first."""
        ...


class Entered(msgspec.Struct, frozen=True):
    """Somebody who has come in, and how he is shown."""

    signed_in: SignedIn
    user: Any


class Status(msgspec.Struct, frozen=True):
    """How the caller is signed in."""

    account: Account
    second_factor: bool

    @property
    def last_login(self) -> datetime | None:
        """When the account was signed in to."""
        return self.account.last_login_at


class _Raced(Exception):
    """A parallel request has made what this one was about to make."""


class Authentication:
    """Signing in through providers, and what an account may know of its sign-ins. `verifiers` are the providers that
    the installation has."""

    def __init__(
        self,
        works: Works,
        store: SocialStore,
        accounts: Accounts,
        users: UsersApi,
        clock: Clock,
        verifiers: Mapping[Provider, TokenVerifier],
    ) -> None:
        self._works = works
        self._store = store
        self._accounts = accounts
        self._users = users
        self._clock = clock
        self._verifiers = verifiers

    async def enter(self, caller: Caller, provider: Provider, token: str) -> Entered | ChallengeAsked:
        """Sign in by a provider's token; the account is found, linked or made. Raises `DomainError` of kind invalid on
        `access_token` where the token, its address or the account do not allow it, of kind unavailable where the
        provider does not answer."""
        verifier = self._verifiers.get(provider)
        if verifier is None:
            raise invalid_request(PROVIDER_CLOSED, provider=provider.value.title())
        identity = await verifier.verify(token)
        if identity is None:
            raise invalid_field(TOKEN, TOKEN_REFUSED)
        account, attempt = await self._resolve(caller, provider, identity)
        answer = await self._accounts.sign_in.by_proof(caller, account, attempt=attempt)
        if isinstance(answer, ChallengeAsked):
            return answer
        async with self._works.reading(caller) as work:
            return Entered(answer, await self._store.shown(work, account))

    async def _resolve(self, caller: Caller, provider: Provider, identity: VerifiedIdentity) -> tuple[UUID, int]:
        for _ in range(RACES):
            try:
                return await self._find(caller, provider, identity)
            except _Raced:
                continue
        raise invalid_field(TOKEN, OTHER_LINKED)

    async def _find(self, caller: Caller, provider: Provider, identity: VerifiedIdentity) -> tuple[UUID, int]:
        """Return the account to sign in to, and the attempt that is noted for it."""
        async with self._works.everywhere(caller) as work:
            account = await self._store.holder(work, provider, identity.subject)
            if account is not None:
                held = await self._accounts.stores.accounts.get(work, account)
                if held is None or not held.account.active:
                    raise invalid_field(TOKEN, ACCOUNT_CLOSED)
                await self._store.refresh(work, provider, identity)
                return await self._noted(work, held.account)
            email = normalise_email(identity.email) if identity.email else None
            if email is None:
                raise invalid_field(TOKEN, EMAIL_NEEDED)
            found = await self._accounts.stores.accounts.find(work, email)
        if found is not None and found.account.email.lower() == email:
            return await self._link(caller, provider, identity, found.account.id)
        return await self._make(caller, provider, identity, email)

    async def _link(
        self, caller: Caller, provider: Provider, identity: VerifiedIdentity, account: UUID
    ) -> tuple[UUID, int]:
        if not identity.email_verified:
            raise invalid_field(TOKEN, EMAIL_UNPROVED)
        async with self._works.everywhere(caller) as work:
            held = await self._accounts.stores.accounts.lock(work, account)
            if held is None or held.account.email.lower() != normalise_email(identity.email or ""):
                raise _Raced
            if not held.account.active:
                raise invalid_field(TOKEN, ACCOUNT_CLOSED)
            holder, taken_over = held.account, held.account.email_verified_at is None
            if taken_over:
                # whoever made the account may have linked a provider's person of his own
                await self._store.unlink_all(work, holder.number)
                holder = await self._accounts.email_proofs.take_over(work, held)
            await self._users.enter(work, holder)
            if not await self._store.link(work, holder.number, provider, identity):
                if await self._store.holder(work, provider, identity.subject) is not None:
                    raise _Raced
                raise invalid_field(TOKEN, OTHER_LINKED)
            work.audit("CREATE", "SocialAccount", holder.number, account=holder.id, details={"provider": provider})
            noted = await self._noted(work, holder)
        if taken_over:
            self._accounts.sessions.rights_changed()
        return noted

    async def _make(
        self, caller: Caller, provider: Provider, identity: VerifiedIdentity, email: str
    ) -> tuple[UUID, int]:
        candidate = Candidate(
            email=email,
            password=None,
            username=_username(identity, email),
            first_name=identity.first_name[:MAX_NAME] or None,
            last_name=identity.last_name[:MAX_NAME] or None,
            email_verified_at=self._clock.now() if identity.email_verified else None,
            language=caller.locale.value,
        )
        new = await self._accounts.people.prepare(candidate)
        async with self._works.everywhere(caller) as work:
            try:
                made = await self._accounts.people.insert(work, new)
            except DomainError as taken:
                raise _Raced from taken
            await self._users.enter(work, made)
            if not await self._store.link(work, made.number, provider, identity):
                raise _Raced
            return await self._noted(work, made)

    async def _noted(self, work: Work, account: Account) -> tuple[UUID, int]:
        attempt = await self._accounts.throttle.note(work, account.id, account.email)
        await work.commit()
        return account.id, attempt

    async def disconnect(self, caller: Caller, name: str) -> None:
        """End the caller's link to a provider. Raises `DomainError` of kind invalid where there is none, and where it
        is his last way in."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        provider = name.upper()
        async with self._works.everywhere(caller) as work:
            # held, so that two parallel requests do not each leave the other's link
            held = await self._accounts.stores.accounts.lock(work, principal.account)
            if held is None:
                raise unauthenticated()
            others = await self._store.has_others(work, principal.number, provider)
            if not await self._store.unlink(work, principal.number, provider):
                raise invalid_request(NOT_LINKED)
            if held.password_hash is None and not others:
                raise invalid_request(LAST_WAY_IN)
            work.audit("DELETE", "SocialAccount", principal.number, details={"provider": provider})
            await work.commit()

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's social accounts."""
        if caller.principal is None:
            raise unauthenticated()
        async with self._works.reading(caller) as work:
            return await self._store.page(work, caller.principal.number, query)

    async def attempts(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's sign-in attempts."""
        if caller.principal is None:
            raise unauthenticated()
        async with self._works.reading(caller) as work:
            return await self._store.attempts(work, caller.principal.account, query)

    async def status(self, caller: Caller) -> Status:
        """Return how the caller is signed in."""
        if caller.principal is None:
            raise unauthenticated()
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.stores.accounts.get(work, caller.principal.account)
            factor = await self._accounts.stores.factors.get(work, caller.principal.account)
        if found is None:
            raise unauthenticated()
        return Status(found.account, factor is not None and factor.confirmed_at is not None)


def _username(identity: VerifiedIdentity, email: str) -> str:
    """A username that nobody has: readable, with an end of its own."""
    readable = re.sub(r"[^a-z0-9._-]+", "_", (identity.name or email.partition("@")[0]).lower()).strip("._-")
    return f"{readable[:40] or 'utilisateur'}_{new_id().hex[-6:]}"
