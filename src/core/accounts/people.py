"""Accounts themselves: checked, inserted, read, changed, switched off."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.accounts.entities import Account, NewAccount
from core.accounts.errors import EMAIL_TAKEN, USERNAME_INVALID, USERNAME_TAKEN
from core.accounts.passwords import PasswordRules
from core.accounts.ports import AccountStore, PasswordHasher, PlaceStore, Taken
from core.accounts.sessions import Sessions
from core.organisations.entities import Place
from core.primitives import messages
from core.primitives.email import normalise_email
from core.primitives.errors import FieldProblem, invalid, missing, unauthenticated
from core.primitives.ids import new_id
from core.primitives.phone import normalise_phone
from core.work import Work, Works

OBJECT_TYPE: Final = "Utilisateur"
_USERNAME = re.compile(r"[\w.@+-]{1,150}\Z")
MAX_NAME = 150


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody signs up with, unchecked. Without a username the email serves as one; without a password the
    account can only be signed in by another proof."""

    email: str
    password: str | None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    department: str | None = None
    superuser: bool = False
    staff: bool = False
    email_verified_at: datetime | None = None
    language: str = "fr"


class AccountFields(msgspec.Struct, frozen=True):
    """The names that a request gives its fields, for its problems."""

    email: str = "email"
    username: str = "username"
    password: str = "password"  # noqa: S105 - a field's name
    phone: str = "telephone"
    first_name: str = "first_name"
    last_name: str = "last_name"
    department: str = "department"


DOCUMENTED_FIELDS = AccountFields()


class Profile(msgspec.Struct, frozen=True):
    """An account as it sees itself, with the place that its session is in."""

    account: Account
    place: Place | None


class People:
    """The use cases of accounts.

    Making one takes two steps, since hashing never happens in a unit of work: `prepare` checks and hashes, `insert`
    writes within the unit of work of what the account is made for.
    """

    def __init__(
        self,
        works: Works,
        accounts: AccountStore,
        places: PlaceStore,
        hasher: PasswordHasher,
        rules: PasswordRules,
        sessions: Sessions,
        region: str,
    ) -> None:
        self._works = works
        self._accounts = accounts
        self._places = places
        self._hasher = hasher
        self._rules = rules
        self._sessions = sessions
        self._region = region

    async def problems(
        self, work: Work, candidate: Candidate, fields: AccountFields = DOCUMENTED_FIELDS
    ) -> list[FieldProblem]:
        """Return everything that stands against a candidate: form, password rules, and what is taken already."""
        problems: list[FieldProblem] = []
        email = normalise_email(candidate.email)
        if email is None:
            problems.append(FieldProblem((fields.email,), messages.NOT_EMAIL))
        username = candidate.username.strip() if candidate.username is not None else None
        if username is not None and not is_username(username, email):
            problems.append(FieldProblem((fields.username,), USERNAME_INVALID))
            username = None
        for field, name in (
            (fields.first_name, candidate.first_name),
            (fields.last_name, candidate.last_name),
            (fields.department, candidate.department),
        ):
            if name is not None and len(name) > MAX_NAME:
                problems.append(FieldProblem((field,), messages.TOO_LONG, {"maximum": MAX_NAME}))
        if candidate.phone and normalise_phone(candidate.phone, self._region) is None:
            problems.append(FieldProblem((fields.phone,), messages.NOT_PHONE))
        if candidate.password is not None:
            about = (candidate.email, candidate.username, candidate.first_name, candidate.last_name)
            problems += self._rules.problems(fields.password, candidate.password, about)
        taken = await self._accounts.taken(work, email, username)
        if "email" in taken:
            problems.append(FieldProblem((fields.email,), EMAIL_TAKEN))
        if "username" in taken:
            problems.append(FieldProblem((fields.username,), USERNAME_TAKEN))
        return problems

    async def prepare(self, candidate: Candidate) -> NewAccount:
        """Hash the password of a candidate without problems and return what is to be inserted. Outside of units of
        work."""
        email = normalise_email(candidate.email)
        if email is None:
            raise ValueError("a candidate with problems cannot be prepared")
        return NewAccount(
            id=new_id(),
            email=email,
            username=candidate.username.strip() if candidate.username else "",
            password_hash=await self._hasher.hash(candidate.password) if candidate.password is not None else None,
            first_name=candidate.first_name or None,
            last_name=candidate.last_name or None,
            phone=normalise_phone(candidate.phone, self._region) if candidate.phone else None,
            department=candidate.department or None,
            superuser=candidate.superuser,
            staff=candidate.staff,
            email_verified_at=candidate.email_verified_at,
            language=candidate.language,
        )

    async def insert(self, work: Work, new: NewAccount, fields: AccountFields = DOCUMENTED_FIELDS) -> Account:
        """Insert a prepared account. A race for its email or username ends in the same refusal as a look-up would:
        `DomainError` of kind invalid."""
        if not new.username:
            username = new.email
            if "username" in await self._accounts.taken(work, None, username):
                username = f"{new.email[:140]}-{new.id.hex[-8:]}"
            new = msgspec.structs.replace(new, username=username)
        try:
            account = await self._accounts.insert(work, new)
        except Taken as taken:
            raise refusal(taken, fields) from taken
        work.audit("CREATE", OBJECT_TYPE, account.id, account=work.caller.account or account.id)
        return account

    async def profile(self, caller: Caller) -> Profile:
        """Return the caller's own account. Raises `DomainError` of kind unauthenticated for an anonymous caller."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.get(work, principal.account)
            places = await self._places.places(work, principal.account)
        if found is None:
            raise unauthenticated()
        here = principal.membership.id if principal.membership else None
        return Profile(found.account, next((place for place in places if place.id == here), None))

    async def change_profile(
        self, caller: Caller, values: Mapping[str, Any], fields: AccountFields = DOCUMENTED_FIELDS
    ) -> Profile:
        """Change the caller's own `first_name`, `last_name`, `phone`, `picture`, `department`, `username` or
        `language`; other
        values are ignored. Raises `DomainError` of kind invalid."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        async with self._works.everywhere(caller) as work:
            if await self.change(work, principal.account, values, fields):
                await work.commit()
        return await self.profile(caller)

    async def change(
        self, work: Work, account: UUID, values: Mapping[str, Any], fields: AccountFields = DOCUMENTED_FIELDS
    ) -> bool:
        """Change an account as `change_profile` does, within a unit of work that sees everything. Returns whether
        there was anything to change. Raises `DomainError` of kind invalid."""
        found = await self._accounts.lock(work, account)
        if found is None:
            raise unauthenticated()
        changed = self._checked(values, found.account, fields)
        if changed:
            try:
                await self._accounts.update(work, account, changed)
            except Taken as taken:
                raise refusal(taken, fields) from taken
            work.audit("UPDATE", OBJECT_TYPE, account)
        return bool(changed)

    def _checked(self, values: Mapping[str, Any], account: Account, fields: AccountFields) -> dict[str, Any]:
        changed = {
            name: values[name]
            for name in ("first_name", "last_name", "phone", "picture", "department", "username", "language")
            if name in values
        }
        problems: list[FieldProblem] = []
        for name, field in (
            ("first_name", fields.first_name),
            ("last_name", fields.last_name),
            ("department", fields.department),
        ):
            if changed.get(name) and len(changed[name]) > MAX_NAME:
                problems.append(FieldProblem((field,), messages.TOO_LONG, {"maximum": MAX_NAME}))
        if changed.get("phone"):
            changed["phone"] = normalise_phone(changed["phone"], self._region)
            if changed["phone"] is None:
                problems.append(FieldProblem((fields.phone,), messages.NOT_PHONE))
        if "username" in changed and not is_username(changed["username"] or "", account.email):
            problems.append(FieldProblem((fields.username,), USERNAME_INVALID))
        if changed.get("language", "fr") not in ("fr", "en"):
            del changed["language"]
        if problems:
            raise invalid(*problems)
        return changed

    async def find(self, caller: Caller, identifier: str) -> Account | None:
        """Return the account of an email or username."""
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.find(work, identifier)
        return found.account if found is not None else None

    async def set_active(self, caller: Caller, account: UUID, *, active: bool) -> None:
        """Switch an account on or off; switched off, all its sessions end at once. For superusers and the command
        line: nobody else touches an account that is not his own (DECISIONS.md section 0)."""
        async with self._works.everywhere(caller) as work:
            if await self._accounts.lock(work, account) is None:
                raise missing()
            await self._accounts.update(work, account, {"active": active})
            if not active:
                await self._sessions.revoke_all(work, account)
            work.audit("UPDATE", OBJECT_TYPE, account, details={"active": active})
            await work.commit()
        self._sessions.rights_changed()


def is_username(text: str, email: str | None) -> bool:
    """Whether a text can be a username: one that looks like an address must be the account's own, or it would stand
    in for somebody else's at sign-in."""
    if not _USERNAME.match(text):
        return False
    return "@" not in text or text.lower() == (email or "").lower()


def refusal(taken: Taken, fields: AccountFields) -> Exception:
    """The refusal of an email or username that another account has."""
    if taken.field == "email":
        return invalid(FieldProblem((fields.email,), EMAIL_TAKEN))
    return invalid(FieldProblem((fields.username,), USERNAME_TAKEN))
