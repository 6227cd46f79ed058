"""The people of the demonstration: who they are, how they are made once in an installation where nobody else is, and
what is said of them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from adapters.db.work import PgWork
from core.access.principal import SYSTEM
from core.accounts.entities import Account, NewAccount
from core.accounts.people import Candidate
from core.organisations.entities import OWN_ORGANISATION, Organisation
from core.primitives.ids import new_id
from socle.composition import Composition

PASSWORD: Final = "Dantokpa-Jour-2"  # noqa: S105 - printed at every start in development
MEMBERS: Final = """
join membership on membership.account_id = account.id and membership.status = 'actif'
join organisation on organisation.id = membership.organisation_id and organisation.archived_at is null
"""
"""Joins an account to the organisation that it works in."""

Occupied = Callable[[PgWork], Awaitable[bool]]
"""Whether an installation is somebody's already."""


class Person(Protocol):
    """Somebody of the demonstration."""

    @property
    def prenom(self) -> str:
        """The first name."""
        ...

    @property
    def nom(self) -> str:
        """The last name."""
        ...

    @property
    def email(self) -> str:
        """The address."""
        ...


class Member(msgspec.Struct, frozen=True):
    """A person of an organisation. The first of an organisation is its owner."""

    prenom: str
    nom: str
    email: str
    role: str


def candidate_of(person: Person, **more: Any) -> Candidate:
    """What a person signs up with; `more` are further fields of a candidate."""
    return Candidate(email=person.email, password=PASSWORD, first_name=person.prenom, last_name=person.nom, **more)


def strangers(known: Sequence[str], *tables: str) -> Occupied:
    """Whether there are accounts but those of `known` addresses, or a row in one of the tables."""
    used = "".join(f" or exists (select from {table})" for table in tables)
    query = f"select exists (select from account where email <> all($1::text[])){used}"  # noqa: S608 - names of our own

    async def occupied(work: PgWork) -> bool:
        found: bool = await work.connection.fetchval(query, known)
        return found

    return occupied


async def make_once(
    composition: Composition,
    occupied: Occupied,
    candidates: Iterable[Candidate],
    make: Callable[[PgWork, list[NewAccount]], Awaitable[None]],
) -> None:
    """Where the installation is nobody's yet, prepare the candidates, then `make` them and what is theirs in one
    transaction. Safe to run at every start, in parallel."""
    async with composition.works.everywhere(SYSTEM) as work:
        if await occupied(work):
            return
    kernel = composition.kernel
    accounts = [await kernel.accounts.people.prepare(each) for each in candidates]
    async with composition.works.everywhere(SYSTEM) as work:
        # whoever prepares the same installation meanwhile waits here, and finds it done
        await kernel.organisations.stores.organisations.lock(work, OWN_ORGANISATION)
        if await occupied(work):
            return
        await make(work, accounts)
        await work.commit()


async def open_organisation(composition: Composition, work: PgWork, values: Mapping[str, Any]) -> Organisation:
    """Make an organisation."""
    made = await composition.kernel.organisations.stores.organisations.insert(work, new_id(), dict(values))
    work.audit("CREATE", "Entreprise", made.id, organisation=made.id)
    return made


async def join(
    composition: Composition,
    work: PgWork,
    organisation: Organisation,
    members: Sequence[Member],
    prepared: Sequence[NewAccount],
) -> list[Account]:
    """Insert the accounts of an organisation's members, the first of them its owner. Raises `LookupError` for a role
    that is not seeded."""
    kernel = composition.kernel
    accounts = []
    for index, (member, new) in enumerate(zip(members, prepared, strict=True)):
        role = await kernel.organisations.stores.roles.find(work, member.role)
        if role is None:
            raise LookupError(f"the role {member.role} is not seeded")
        account = await kernel.accounts.people.insert(work, new)
        await kernel.organisations.joining.add(work, account.id, organisation, role, owner=index == 0)
        accounts.append(account)
    return accounts


def member_lines(members: Sequence[Member], place: str) -> dict[str, str]:
    """What is said of each member of an organisation, by address."""
    return {
        each.email: line(each.email, "propriétaire" if each is members[0] else each.role, place) for each in members
    }


def line(name: str, role: str, place: str) -> str:
    """What is said of one account."""
    return f"  {name:<36} {role:<13} {place}"


async def said(work: PgWork, title: str, lines: Mapping[str, str], joins: str = MEMBERS) -> str:
    """A title above the lines of those who are there and in what `joins` joins `account` to; "" where nobody is."""
    query = f"select account.email from account {joins} where account.email = any($1::text[]) and account.is_active"  # noqa: S608 - no value of anybody
    present = {row["email"] for row in await work.connection.fetch(query, list(lines))}
    shown = [text for email, text in lines.items() if email in present]
    return "\n".join([title, *shown]) if shown else ""
