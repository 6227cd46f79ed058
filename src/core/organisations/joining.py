"""Joining an organisation: registration over HTTP, accounts made by others, the command line."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from core.access.permissions import GUARDED_RESOURCES, Role
from core.access.principal import ADMIN, SUPER_ADMIN, Caller
from core.access.roles import RoleStore
from core.accounts.entities import Account, SignedIn
from core.accounts.people import DOCUMENTED_FIELDS, AccountFields, Candidate, People
from core.accounts.sessions import Sessions
from core.organisations.entities import OWN_ORGANISATION, MemberStatus, Organisation, Place
from core.organisations.errors import (
    ORGANISATION_UNKNOWN,
    ROLE_NOT_FOR_ASKING,
    ROLE_UNKNOWN,
    SUPER_ADMIN_NEVER,
)
from core.organisations.ports import MembershipStore, NewPlace, OrganisationStore
from core.organisations.seats import Seats
from core.primitives.errors import DomainError, FieldProblem, invalid, invalid_field
from core.work import Work, Works

DEFAULT_ROLE = "VENTES"
"""The role of an account that the command line makes without saying which."""


Enrol = Callable[[Work, Account], Awaitable[None]]
"""Makes what a product keeps of a new account."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A registration. `signed_in` is None where an administrator must first activate it."""

    account: Account
    place: Place
    signed_in: SignedIn | None


class JoiningFields(msgspec.Struct, frozen=True):
    """The names that a request gives its fields, for its problems."""

    organisation: str = "entreprise"
    role: str = "role"


FIELDS = JoiningFields()


class Joining:
    """The use cases of joining. The first account of an organisation becomes its owner."""

    def __init__(
        self,
        works: Works,
        organisations: OrganisationStore,
        memberships: MembershipStore,
        roles: RoleStore,
        people: People,
        sessions: Sessions,
        seats: Seats,
        *,
        production: bool,
    ) -> None:
        self._works = works
        self._organisations = organisations
        self._memberships = memberships
        self._roles = roles
        self._people = people
        self._sessions = sessions
        self._seats = seats
        self._production = production

    async def register(
        self,
        caller: Caller,
        candidate: Candidate,
        organisation: UUID | None,
        role: str,
        problems: tuple[FieldProblem, ...] = (),
        *,
        fields: JoiningFields = FIELDS,
        account_fields: AccountFields = DOCUMENTED_FIELDS,
    ) -> Registered:
        """Register into an organisation (DECISIONS.md section 1, "Register").

        `role` is a name or an id; `organisation` None stands for an id that cannot be one; `problems` are those that
        the edge found already (passwords that differ), told together with the rest. The owner is active at once, a
        later account in development only. Raises `DomainError` of kind invalid with every failing field.
        """
        async with self._works.everywhere(caller) as work:
            found = await self._find(work, organisation, lock=False)
            first = found is not None and not await self._memberships.any_in(work, found.id)
            asked = await self._roles.find(work, role)
            against = [*problems, *await self._people.problems(work, candidate, account_fields)]
            if found is None:
                against.append(FieldProblem((fields.organisation,), ORGANISATION_UNKNOWN))
            against += self._against_role(asked, first or found is None, fields)
        if against or found is None or asked is None:
            raise invalid(*against)
        new = await self._people.prepare(candidate)
        async with self._works.everywhere(caller) as work:
            # whoever joins meanwhile has come before: look again, now that nobody else can
            place_of = await self._find(work, found.id, lock=True)
            if place_of is None:
                raise invalid_field(fields.organisation, ORGANISATION_UNKNOWN)
            owner = not await self._memberships.any_in(work, place_of.id)
            late = self._against_role(asked, owner, fields)
            if late:
                raise invalid(*late)
            await self._seat(work, place_of, owner, fields.organisation)
            account = await self._people.insert(work, new, account_fields)
            status = MemberStatus.PENDING if self._production and not owner else MemberStatus.ACTIVE
            place = await self._memberships.insert(
                work,
                NewPlace(account=account.id, organisation=place_of.id, role=asked, status=status, owner=owner),
            )
            if owner:
                await self._organisations.appoint(work, place_of.id, account.id)
            work.audit("CREATE", "Membre", place.id, account=account.id, organisation=place_of.id)
            signed_in = await self._sessions.open(work, account, place) if place.usable else None
            await work.commit()
        return Registered(account=signed_in.account if signed_in else account, place=place, signed_in=signed_in)

    async def _find(self, work: Work, organisation: UUID | None, *, lock: bool) -> Organisation | None:
        if organisation is None or organisation == OWN_ORGANISATION:
            return None
        read = self._organisations.lock if lock else self._organisations.get
        found = await read(work, organisation)
        return found if found is not None and found.is_active and not found.archived else None

    def _against_role(self, role: Role | None, owner: bool, fields: JoiningFields) -> list[FieldProblem]:
        if role is None:
            return [FieldProblem((fields.role,), ROLE_UNKNOWN)]
        if role.name == SUPER_ADMIN:
            return [FieldProblem((fields.role,), SUPER_ADMIN_NEVER)]
        guarded = not role.seeded and any(resource in GUARDED_RESOURCES for resource, _ in role.pairs)
        if guarded or (role.name == ADMIN and not owner):
            return [FieldProblem((fields.role,), ROLE_NOT_FOR_ASKING)]
        return []

    async def _seat(self, work: Work, organisation: Organisation, owner: bool, field: str) -> None:
        """Take the seat of a new member, who is not the owner. Raises `DomainError` of kind invalid on the field where
        none is left."""
        if owner:
            return
        try:
            await self._seats.take(work, organisation.number)
        except DomainError as full:
            raise invalid(FieldProblem((field,), full.message, full.params)) from full

    async def add(
        self, work: Work, account: UUID, organisation: Organisation, role: Role, *, owner: bool = False
    ) -> Place:
        """Give an account an active place, within the unit of work of whoever may do so: a company made with its
        administrator, who is its owner, or a user of it. Raises `AlreadyMember`, and `DomainError` of kind invalid
        where no seat is left for who is not the owner."""
        if not owner:
            await self._seats.take(work, organisation.number)
        return await self._admit(work, account, organisation, role, owner=owner)

    async def _admit(self, work: Work, account: UUID, organisation: Organisation, role: Role, *, owner: bool) -> Place:
        place = await self._memberships.insert(
            work, NewPlace(account=account, organisation=organisation.id, role=role, owner=owner)
        )
        if owner:
            await self._organisations.appoint(work, organisation.id, account)
        work.audit("CREATE", "Membre", place.id, organisation=organisation.id)
        return place

    async def create_account(
        self,
        caller: Caller,
        candidate: Candidate,
        organisation: UUID | None = None,
        role: str | None = None,
        *,
        enrol: Enrol | None = None,
    ) -> Account:
        """Create an account as the command line does: its address counts as verified, it belongs to the installation's
        own organisation unless told otherwise. `enrol` makes what products keep of it, in the same unit of work.

        A superuser's role is SUPER_ADMIN, another's VENTES unless told otherwise. The first member of another
        organisation than the own one becomes its owner. Raises `DomainError` of kind invalid with every failing field.
        """
        target = organisation or OWN_ORGANISATION
        name = role or (SUPER_ADMIN if candidate.superuser else DEFAULT_ROLE)
        async with self._works.everywhere(caller) as work:
            found = await self._organisations.get(work, target)
            granted = await self._roles.find(work, name)
            problems = await self._people.problems(work, candidate)
            if found is None or found.archived:
                problems.append(FieldProblem(("organisation",), ORGANISATION_UNKNOWN))
            if granted is None:
                problems.append(FieldProblem(("role",), ROLE_UNKNOWN))
        if problems or granted is None:
            raise invalid(*problems)
        new = await self._people.prepare(candidate)
        async with self._works.everywhere(caller) as work:
            joined = await self._organisations.lock(work, target)
            if joined is None:
                raise invalid_field("organisation", ORGANISATION_UNKNOWN)
            owner = target != OWN_ORGANISATION and not await self._memberships.any_in(work, target)
            await self._seat(work, joined, owner, "organisation")
            account = await self._people.insert(work, new)
            await self._admit(work, account.id, joined, granted, owner=owner)
            if enrol is not None:
                await enrol(work, account)
            await work.commit()
        return account
