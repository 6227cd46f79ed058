"""Changing a password, and choosing a new one by a link sent by email."""

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.accounts.entities import Account, Credentials, Outcome
from core.accounts.errors import OLD_PASSWORD_WRONG, PASSWORDS_DIFFER, RESET_TOKEN_INVALID
from core.accounts.letters import SecurityLetters
from core.accounts.passwords import MAX_LENGTH, PasswordRules
from core.accounts.ports import AccountStore, PasswordHasher, ResetStore
from core.accounts.sessions import Sessions
from core.accounts.settings import AccountSettings
from core.accounts.throttle import Throttle, kept_identifier, record_failure
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, FieldProblem, invalid, invalid_field, unauthenticated
from core.work import Delivery, Work, Works

SEND_RESET = "accounts_send_password_reset"
"""The job that looks the account up and sends the link: the request itself costs the same for every address."""


class ResetAsked(msgspec.Struct, frozen=True):
    """The payload of the job: the address that was typed."""

    email: str


class PasswordFields(msgspec.Struct, frozen=True):
    """The names that a request gives its fields, for its problems."""

    old: str = "old_password"
    new: str = "new_password"
    confirm: str = "confirm_password"
    token: str = "token"  # noqa: S105 - a field's name


DOCUMENTED_FIELDS = PasswordFields()


class PasswordChanges:
    """The use cases of passwords."""

    def __init__(
        self,
        works: Works,
        accounts: AccountStore,
        resets: ResetStore,
        hasher: PasswordHasher,
        rules: PasswordRules,
        letters: SecurityLetters,
        clock: Clock,
        settings: AccountSettings,
        sessions: Sessions,
        throttle: Throttle,
    ) -> None:
        self._works = works
        self._accounts = accounts
        self._resets = resets
        self._hasher = hasher
        self._rules = rules
        self._letters = letters
        self._clock = clock
        self._settings = settings
        self._sessions = sessions
        self._throttle = throttle

    async def change(
        self,
        caller: Caller,
        old: str,
        new: str,
        confirm: str | None = None,
        *,
        fields: PasswordFields = DOCUMENTED_FIELDS,
    ) -> None:
        """Change the caller's password.

        A wrong old password counts as a failed sign-in. Every other session of the account is revoked; the one that
        changed it goes on, since its holder has just proved the password. Raises `DomainError` of kind invalid that
        names every failing field.
        """
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.get(work, principal.account)
        if found is None or not found.account.active:
            raise unauthenticated()
        problems = self.new_password_problems(found.account, new, confirm, fields)
        attempt = await self._throttle.enter(caller, principal.account, principal.email, caller.organisation)
        try:
            encoded = found.password_hash if len(old) <= MAX_LENGTH else None
            verdict = await self._hasher.verify(encoded, old[:MAX_LENGTH])
        except DomainError:
            await self._throttle.abandon(caller, attempt)
            raise
        if not verdict.good:
            async with self._works.everywhere(caller) as work:
                await self._throttle.settle(work, attempt, Outcome.FAILED)
                record_failure(work, principal.account, found.account.email, caller.organisation, 400)
                await work.commit()
            raise invalid(FieldProblem((fields.old,), OLD_PASSWORD_WRONG), *problems)
        await self._throttle.abandon(caller, attempt)
        if problems:
            raise invalid(*problems)
        renewed = await self._hasher.hash(new)
        async with self._works.everywhere(caller) as work:
            held = await self._accounts.lock(work, principal.account)
            if held is None or not _same(held, found):
                raise invalid_field(fields.old, OLD_PASSWORD_WRONG)
            await self._write(work, principal.account, renewed, keep=principal.session)
            await work.commit()
        self._sessions.rights_changed()

    async def set(self, caller: Caller, account: UUID, new: str) -> None:
        """Set an account's password and revoke all its sessions: the command line. Raises `DomainError` of kind
        invalid on `password` where the rules refuse it."""
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.get(work, account)
        if found is None:
            raise unauthenticated()
        problems = self.new_password_problems(found.account, new, None, PasswordFields(new="password"))
        if problems:
            raise invalid(*problems)
        renewed = await self._hasher.hash(new)
        async with self._works.everywhere(caller) as work:
            await self._write(work, account, renewed)
            await work.commit()
        self._sessions.rights_changed()

    async def request_reset(self, caller: Caller, email: str) -> None:
        """Ask for a reset link. The answer, and what it costs, are the same whether the address is known or not: a job
        looks it up."""
        async with self._works.everywhere(caller) as work:
            work.ask(SEND_RESET, email=kept_identifier(email))
            await work.commit()

    async def send_reset(self, delivery: Delivery) -> None:
        """Handle the job `accounts_send_password_reset`: send the link to an active account's address, at most ten an
        hour. Only the SHA-256 of the token is kept; the link is good for an hour, once."""
        asked = msgspec.convert(delivery.payload, ResetAsked)
        now = self._clock.now()
        async with self._works.delivering(delivery) as work:
            found = await self._accounts.find(work, asked.email)
            account = found.account if found is not None else None
            if account is not None and account.active and account.email.lower() == asked.email:
                recent = await self._resets.asked_since(work, account.id, now - timedelta(hours=1))
                if recent < self._settings.resets_per_hour:
                    token = secrets.token_urlsafe(32)
                    expires_at = now + timedelta(seconds=self._settings.reset_seconds)
                    await self._resets.insert(work, account.id, _hash_of(token), now, expires_at)
                    link = f"{self._settings.public_url.rstrip('/')}/reset-password?token={quote(token)}"
                    self._letters.reset(work, account, link, self._settings.reset_seconds // 60)
            await work.commit()

    async def confirm_reset(
        self,
        caller: Caller,
        token: str,
        new: str,
        confirm: str | None = None,
        *,
        fields: PasswordFields = DOCUMENTED_FIELDS,
    ) -> None:
        """Choose a new password by the token of a reset link, which is used up.

        Every session and every other reset of the account ends; its second factor stays (DECISIONS.md section 0). The
        mailbox is proved by it. Raises `DomainError` of kind invalid on the token, the new password or both.
        """
        now = self._clock.now()
        async with self._works.everywhere(caller) as work:
            holder = await self._resets.holder(work, _hash_of(token), now)
            found = await self._accounts.get(work, holder) if holder else None
        account = found.account if found is not None and found.account.active else None
        problems = self.new_password_problems(account, new, confirm, fields)
        if account is None:
            problems.insert(0, FieldProblem((fields.token,), RESET_TOKEN_INVALID))
        if problems or account is None:
            raise invalid(*problems)
        renewed = await self._hasher.hash(new)
        async with self._works.everywhere(caller) as work:
            held = await self._accounts.lock(work, account.id)
            taken = await self._resets.take(work, _hash_of(token), now)
            if held is None or not held.account.active or taken != account.id:
                raise invalid_field(fields.token, RESET_TOKEN_INVALID)
            await self._resets.void(work, account.id, now)
            if held.account.email_verified_at is None:
                await self._accounts.update(work, account.id, {"email_verified_at": now})
            await self._write(work, account.id, renewed)
            await work.commit()
        self._sessions.rights_changed()

    def new_password_problems(
        self, account: Account | None, new: str, confirm: str | None, fields: PasswordFields
    ) -> list[FieldProblem]:
        """Every rule that a new password breaks, and a confirmation that differs."""
        about = (account.email, account.username, account.first_name, account.last_name) if account else ()
        problems = self._rules.problems(fields.new, new, about)
        if confirm is not None and confirm != new:
            problems.append(FieldProblem((fields.confirm,), PASSWORDS_DIFFER))
        return problems

    async def _write(self, work: Work, account: UUID, renewed: str, *, keep: UUID | None = None) -> None:
        await self._accounts.update(work, account, {"password_hash": renewed})
        await self._sessions.revoke_all(work, account, keep=keep)
        work.audit("UPDATE", "Utilisateur", account, account=account, details={"password": "changed"})


def _same(now: Credentials, before: Credentials) -> bool:
    return now.account.active and now.password_hash == before.password_hash


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
