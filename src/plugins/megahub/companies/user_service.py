"""Users of companies: members of the organisation but its owner, each of them in a user slot (DECISIONS.md section 4,
"Brands and users")."""

from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from core.access.principal import Caller
from core.accounts.people import Candidate, People
from core.organisations.members import Members
from core.organisations.service import Organisations
from core.primitives.errors import DomainError, missing
from core.primitives.page import ListQuery, Page, Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.megahub.companies.company_service import Companies, refuse
from plugins.megahub.companies.domain import ROLE_OF, NewUser

W = TypeVar("W")


class UserStore(ResourceStore[W], Protocol[W]):
    """What the use cases need of the store."""

    async def membership(self, work: Work, number: ResourceId) -> UUID | None:
        """Return the membership in scope of the account of this number, unless it is the owner's."""
        ...


class Users(Generic[W]):
    """The use cases of a company's users. All of them raise `DomainError` of kind missing for another company's."""

    def __init__(
        self,
        works: Works,
        store: UserStore[W],
        companies: Companies[Any],
        organisations: Organisations,
        people: People,
    ) -> None:
        self._works = works
        self._store = store
        self._companies = companies
        self._organisations = organisations
        self._people = people
        self._members: Members[W] = organisations.members(store)

    async def page(self, caller: Caller, company: ResourceId, query: ListQuery) -> Page[W]:
        """Return a page of a company's users."""
        inside, _ = await self._companies.inside(caller, company)
        async with self._works.reading(inside) as work:
            return await self._store.page(work, query)

    async def create(self, caller: Caller, company: ResourceId, new: NewUser) -> Versioned[W]:
        """Make an account and its membership; it signs in with its email.

        Raises `DomainError` of kind invalid with every failing field, or where the company's slots are full, of kind
        conflict where the email or the username has an account. Nothing is made then.
        """
        inside, owner = await self._companies.inside(caller, company)
        candidate = Candidate(
            email=new.email, username=new.username, password=new.password, language=caller.locale.value
        )
        async with self._works.within(inside) as work:
            refuse(await self._people.problems(work, candidate))
        prepared = await self._people.prepare(candidate)
        async with self._works.within(inside) as work:
            stores = self._organisations.stores
            joined = await stores.organisations.lock(work, owner.id)
            role = await stores.roles.find(work, ROLE_OF[new.user_type])
            if joined is None or joined.archived:
                raise missing()
            if role is None:
                raise LookupError(f"the role {ROLE_OF[new.user_type]} is not seeded")
            try:
                account = await self._people.insert(work, prepared)
            except DomainError as error:
                refuse(error.problems)
                raise
            await self._organisations.joining.add(work, account.id, joined, role)
            made = await self._store.find(work, "id", account.number)
            if made is None:
                raise LookupError(f"user {account.number} was not made")
            await work.commit(made)
        return made

    async def delete(self, caller: Caller, company: ResourceId, key: ResourceId) -> None:
        """Take a user out of the company: the slot is free again, the sessions in it end, the account stays
        (DECISIONS.md section 0, "One account, several products")."""
        inside, _ = await self._companies.inside(caller, company)
        async with self._works.within(inside) as work:
            membership = await self._store.membership(work, key)
        if membership is None:
            raise missing()
        await self._members.delete(inside, membership)
