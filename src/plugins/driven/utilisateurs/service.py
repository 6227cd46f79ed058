"""The use cases of utilisateurs. Each is linked to an account (`id_utilisateur` is its integer id), and nothing here
changes that account's email, password or second factor (DECISIONS.md section 0, "One account, several products")."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from core.access.principal import Caller
from core.accounts.entities import Account
from core.accounts.errors import EMAIL_TAKEN, USERNAME_INVALID, USERNAME_TAKEN
from core.accounts.people import AccountFields, Candidate, People, is_username
from core.accounts.ports import AccountStore
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, FieldProblem, Kind, Message, invalid, invalid_field, message, missing
from core.primitives.page import Filter, FilterKind, Listing, Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.driven.tracking import TrackedResource
from plugins.driven.utilisateurs.domain import Eligibilite, Held, Statut, eligibilite, prolonged

W = TypeVar("W")

_ORDERING = (
    "id_utilisateur",
    "nom",
    "prenom",
    "login",
    "email",
    "statut",
    "date_expiration",
    "profil",
    "id_entite",
    "creer_a",
    "modifier_a",
)
LISTING = Listing(ordering=_ORDERING, default_ordering=("id_utilisateur",))
FILTERS = (Filter("id_entite", FilterKind.ID), Filter("role_id", FilterKind.ID))
"""What the paths of an entity's and of a role's utilisateurs narrow by."""

FIELDS = AccountFields(username="login", first_name="prenom", last_name="nom")
"""What the account's fields are called here."""

UTILISATEUR_NOT_FOUND = message("driven_utilisateur_not_found", fr="Utilisateur non trouvé", en="User not found")
LOGIN_USED = message(
    "driven_login_used", fr="Un utilisateur avec ce login existe déjà", en="A user with this login already exists"
)
EMAIL_USED = message(
    "driven_email_used", fr="Un utilisateur avec cet email existe déjà", en="A user with this email already exists"
)
LAST_ADMIN = message(
    "driven_last_admin",
    fr="C'est le dernier administrateur actif du portail : donnez d'abord ce rôle à un autre",
    en="This is the last active administrator of the portal: give another user that role first",
)
DATE_PAST = message(
    "driven_date_past", fr="La date d'expiration est déjà passée", en="The expiry date has already passed"
)


class LinkedAccount(NamedTuple):
    """The account that an utilisateur is to be linked to. `accepted` tells whether its holder need not be asked: it is
    made here, or links itself."""

    account: Account
    accepted: bool


class Invitations(Protocol):
    """Asks the holders of accounts, where signing in does not prove that they accept a link (a directory knows other
    passwords than their accounts')."""

    async def invite(self, work: Work, id_utilisateur: int) -> None:
        """Send the holder of the account a link to accept by."""
        ...


class UtilisateurStore(ResourceStore[W], Protocol[W]):
    """What utilisateurs need of their store."""

    async def hold(self, work: Work, key: ResourceId) -> Held | None:
        """Return what decides about an utilisateur, and hold it until the transaction ends."""
        ...

    async def taken(self, work: Work, login: str, email: str, account_email: str, key: int | None) -> set[str]:
        """Return which of "login" and "email" somebody else has: another utilisateur, and for a login another account
        that signs in by it. `account_email` is that of the account linked, `key` the utilisateur's own."""
        ...

    async def hold_admins(self, work: Work) -> list[int]:
        """Return the active administrators of the portal. Until the transaction ends nobody else gets an answer, so
        that of two who take one away each the second sees what the first has done."""
        ...

    async def has_role_in(self, work: Work, key: ResourceId, app_id: int) -> bool:
        """Whether an utilisateur has a role in an application."""
        ...

    async def find_held(self, work: Work, key: ResourceId) -> Held | None:
        """Return what decides about an utilisateur."""
        ...

    async def find_by_login(self, work: Work, login: str) -> UUID | None:
        """Return the account that is linked under a login, without regard to case."""
        ...

    async def accept(self, work: Work, key: int, at: datetime) -> None:
        """Record that the holder of the account accepts the link."""
        ...

    async def make_admin(self, work: Work, key: int) -> None:
        """Give an utilisateur the role of the portal's administrators."""
        ...


class _Overtaken(Exception):
    """Somebody else has taken the email or login since it was looked for."""

    def __init__(self, refusal: DomainError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Utilisateurs(TrackedResource[W]):
    """Utilisateurs. `invitations` is set where a directory holds the passwords."""

    store: UtilisateurStore[W]

    def __init__(
        self, works: Works, store: UtilisateurStore[W], accounts: AccountStore, people: People, clock: Clock
    ) -> None:
        super().__init__(works, store, object_type="Utilisateur", key="id_utilisateur", absent=UTILISATEUR_NOT_FOUND)
        self.invitations: Invitations | None = None
        self._accounts = accounts
        self._people = people
        self._clock = clock

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Create one, linked to the account of its email. Where there is none an account without password is made and
        the link holds at once; the holder of one that was there before must accept it. Raises `DomainError` of kind
        conflict for a login or email in use, of kind invalid for other faults."""
        try:
            return await self._create(caller, values)
        except _Overtaken:
            # what was free is taken now: look again, and say so
            pass
        try:
            return await self._create(caller, values)
        except _Overtaken as overtaken:
            raise overtaken.refusal from overtaken

    async def _create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        async with self.works.within(caller) as work:
            linked = await self._linked_account(work, values)
            now = self._clock.now()
            given = {**values, "id_utilisateur": linked.account.number, "accepte_a": now if linked.accepted else None}
            made = await self.store.insert(work, await self.prepare(work, given, None))
            if not linked.accepted and self.invitations is not None:
                await self.invitations.invite(work, linked.account.number)
            self.record(work, "CREATE", made)
            await work.commit(made)
        return made

    async def _linked_account(self, work: Work, values: Mapping[str, Any]) -> LinkedAccount:
        login, email = values["login"], values["email"]
        await self._require_free(work, login, email, account_email=email, key=None)
        found = await self._accounts.find(work, email)
        if found is not None and found.account.email == email:
            return LinkedAccount(found.account, accepted=found.account.id == work.caller.account)
        candidate = Candidate(
            email=email, password=None, username=login, first_name=values["prenom"], last_name=values["nom"]
        )
        problems = await self._people.problems(work, candidate, FIELDS)
        if problems and all(problem.message in (EMAIL_TAKEN, USERNAME_TAKEN) for problem in problems):
            raise _Overtaken(_of_problems(problems))
        if problems:
            raise invalid(*problems)
        new = await self._people.prepare(candidate)
        try:
            return LinkedAccount(await self._people.insert(work, new, FIELDS), accepted=True)
        except DomainError as refusal:
            raise _Overtaken(_of_problems(refusal.problems)) from refusal

    async def change(
        self,
        caller: Caller,
        key: ResourceId,
        values: Mapping[str, Any],
        version: int | None = None,  # noqa: ARG002
    ) -> Versioned[W]:
        """Change the given fields. A new login under which a directory would let somebody else in must be accepted
        anew. Raises `DomainError` of kind missing, invalid, or conflict (a login or email in use, the last
        administrator)."""
        closing = self._closes(values) or (self.invitations is not None and "login" in values)
        return await self._change(caller, key, lambda _: values, may_close=closing)

    async def prolonger(self, caller: Caller, key: ResourceId, date_expiration: datetime | None) -> Versioned[W]:
        """Put the expiry off, to a date or by 30 days. Raises `DomainError` of kind invalid for a date in the past."""
        now = self._clock.now()
        if date_expiration is not None and date_expiration <= now:
            raise invalid_field("date_expiration", DATE_PAST)

        def later(held: Held) -> dict[str, Any]:
            return {"date_expiration": date_expiration or prolonged(held.date_expiration, now)}

        return await self._change(caller, key, later, may_close=False)

    async def _change(
        self, caller: Caller, key: ResourceId, values_of: Callable[[Held], Mapping[str, Any]], *, may_close: bool
    ) -> Versioned[W]:
        async with self.works.within(caller) as work:
            # before the utilisateur itself, as everywhere: whoever holds the one never waits for the other
            admins = await self.store.hold_admins(work) if may_close else []
            held = await self.store.hold(work, key)
            if held is None:
                raise missing(self.absent)
            values = dict(values_of(held))
            login, email = values.get("login", held.login), values.get("email", held.email)
            if (login, email) != (held.login, held.email):
                await self._require_free(work, login, email, account_email=held.account_email, key=held.id_utilisateur)
            invitations = self.invitations if login.lower() != held.login.lower() else None
            if invitations is not None:
                values["accepte_a"] = None
            if admins == [key] and (invitations is not None or self._closes(values)):
                raise DomainError(LAST_ADMIN, Kind.CONFLICT)
            changed = await self.store.update(work, key, await self.prepare(work, values, key), None)
            if changed is None:
                raise missing(self.absent)
            if invitations is not None:
                await invitations.invite(work, held.id_utilisateur)
            self.record(work, "UPDATE", changed)
            await work.commit()
        return changed

    def _closes(self, values: Mapping[str, Any]) -> bool:
        """Whether a change closes the door to an utilisateur who was welcome."""
        expiry = values.get("date_expiration")
        return values.get("statut", Statut.ACTIF) != Statut.ACTIF or (
            expiry is not None and expiry <= self._clock.now()
        )

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Raise `DomainError` of kind conflict for the last administrator. Roles go with the utilisateur, the account
        stays."""
        if await self.store.hold_admins(work) == [key]:
            raise DomainError(LAST_ADMIN, Kind.CONFLICT)

    async def eligibilite(self, caller: Caller, key: ResourceId, app_id: int) -> Eligibilite:
        """Judge whether an utilisateur may use an application. Raises `DomainError` of kind missing."""
        async with self.works.within(caller) as work:
            held = await self.store.find_held(work, key)
            if held is None:
                raise missing(self.absent)
            has_role = await self.store.has_role_in(work, key, app_id)
        return eligibilite(held, has_role=has_role, now=self._clock.now())

    async def _require_free(self, work: Work, login: str, email: str, *, account_email: str, key: int | None) -> None:
        """Raise `DomainError` of kind invalid for a login that cannot sign in, of kind conflict for what is taken."""
        if not is_username(login, account_email):
            raise invalid_field("login", USERNAME_INVALID)
        taken = await self.store.taken(work, login, email, account_email, key)
        if taken:
            raise conflict(taken)


_TAKEN: Mapping[str, Message] = {"login": LOGIN_USED, "email": EMAIL_USED}


def _of_problems(problems: Iterable[FieldProblem]) -> DomainError:
    return conflict({str(problem.path[0]) for problem in problems})


def conflict(fields: set[str]) -> DomainError:
    """The refusal of a login, an email or both that somebody else has."""
    problems = tuple(FieldProblem((field,), said) for field, said in _TAKEN.items() if field in fields)
    return DomainError(problems[0].message, Kind.CONFLICT, problems=problems)
