"""Companies: the organisations of the installation, as megahub makes, shows and changes them (contracts/megahub.md,
"Company core"). The installation's own organisation is none of them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from core.access.principal import ADMIN, Caller
from core.accounts.entities import Account
from core.accounts.errors import EMAIL_TAKEN, USERNAME_TAKEN
from core.accounts.people import AccountFields, Candidate, People
from core.accounts.sessions import Sessions
from core.organisations.entities import OWN_ORGANISATION, Organisation
from core.organisations.ports import NameTaken
from core.organisations.service import Organisations
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, FieldProblem, Kind, forbidden, invalid, missing
from core.primitives.ids import new_id
from core.primitives.page import ListQuery, Page, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works
from plugins.megahub.companies.domain import COMPANY_NAME_TAKEN, COMPANY_STATE, CompanyOpening

W = TypeVar("W")
W_co = TypeVar("W_co", covariant=True)

OBJECT_TYPE = "Entreprise"
OWN_FILTER = "id"
"""The filter that the store's listing declares, by which a list is narrowed to one company."""
ACCOUNT_FIELDS = AccountFields(email="admin_email", username="admin_username", password="admin_password")  # noqa: S106
_TAKEN = {EMAIL_TAKEN.code, USERNAME_TAKEN.code}

Founding = Callable[[Work, Organisation], Awaitable[None]]
"""What else a new company needs, made in the unit of work that makes the company."""

Expansion = Callable[[Work, int], Awaitable[Any]]
"""Reads what `expand` adds to a company, by its number."""


class CompanyStore(ResourceStore[W], Protocol[W]):
    """What the use cases need of the store, whose keys are numbers of organisations."""

    async def admin_details(self, work: Work, number: int) -> Any:
        """Return the account of a company's administrator, None where it has none."""
        ...


class Companies(Resource[W], Generic[W]):
    """The use cases of companies. A member sees its own, a superuser all (narrowed by `X-Organisation`, that one).

    `founding` and `expansions` are filled in by other slices when they are wired.
    """

    store: CompanyStore[W]

    def __init__(
        self,
        works: Works,
        store: CompanyStore[W],
        organisations: Organisations,
        people: People,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        super().__init__(works, store, object_type=OBJECT_TYPE)
        self._organisations = organisations
        self._people = people
        self._sessions = sessions
        self._clock = clock
        self.founding: list[Founding] = []
        self.expansions: dict[str, Expansion] = {"admin_details": store.admin_details}

    async def inside(self, caller: Caller, number: ResourceId) -> tuple[Caller, Organisation]:
        """Return the caller as it acts inside of a company, and the company: a superuser is narrowed to it. Raises
        `DomainError` of kind missing for another company's, and one that is not there or archived."""
        own = caller.organisation
        async with self.works.everywhere(caller) as work:
            found = await self._organisations.stores.organisations.by_number(work, int(number))
        if found is None or found.archived or found.id == OWN_ORGANISATION:
            raise missing(self.absent)
        if not caller.scope.everything and found.id != own:
            raise missing(self.absent)
        if caller.superuser:
            caller = msgspec.structs.replace(caller, narrowed_to=found.id)
        return caller, found

    async def page(self, caller: Caller, query: ListQuery) -> Page[W]:
        """Return a page of the companies that the caller may see."""
        async with self.works.within(caller) as work:
            if not work.scope.everything:
                own = await self._own(work, caller)
                if own is None:
                    return Page(0, [])
                query = msgspec.structs.replace(query, filters=(*query.filters, (OWN_FILTER, own)))
            return await self.store.page(work, query)

    async def get(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Return one that the caller may see. Raises `DomainError` of kind missing."""
        return (await self.expanded(caller, key, ()))[0]

    async def expanded(
        self, caller: Caller, key: ResourceId, names: tuple[str, ...]
    ) -> tuple[Versioned[W], Mapping[str, Any]]:
        """Return one, with what each of the `names` adds to it; unknown names add nothing (DECISIONS.md section 4).
        Raises as `get`."""
        inside, company = await self.inside(caller, key)
        async with self.works.within(inside) as work:
            found = await self.store.get(work, company.number)
            if found is None:
                raise missing(self.absent)
            added = {
                name: await self.expansions[name](work, company.number) for name in names if name in self.expansions
            }
        return found, added

    async def found(self, caller: Caller, opening: CompanyOpening) -> Versioned[W]:
        """Make a company with its administrator's account, who is its owner, and its slots, in one transaction.

        Raises `DomainError` of kind conflict where the name, the email or the username is taken, of kind invalid with
        every failing field. Nothing is made then.
        """
        caller = msgspec.structs.replace(caller, narrowed_to=None)
        candidate = Candidate(
            email=opening.admin_email,
            username=opening.admin_username,
            password=opening.admin_password,
            language=caller.locale.value,
        )
        async with self.works.within(caller) as work:
            refuse(await self._people.problems(work, candidate, ACCOUNT_FIELDS))
        new = await self._people.prepare(candidate)
        async with self.works.within(caller) as work:
            try:
                company = await self._organisations.stores.organisations.insert(
                    work,
                    new_id(),
                    {
                        "name": opening.name,
                        "sector": "",
                        "kind": "",
                        "address": "",
                        "size": 0,
                        "billing_email": opening.billing_email,
                        "name_unique": True,
                    },
                )
            except NameTaken as taken:
                raise DomainError(COMPANY_NAME_TAKEN, Kind.CONFLICT) from taken
            account = await self._account(work, new)
            role = await self._organisations.stores.roles.find(work, ADMIN)
            if role is None:
                raise LookupError(f"the role {ADMIN} is not seeded")
            await self._organisations.joining.add(work, account.id, company, role, owner=True)
            for make in self.founding:
                await make(work, company)
            work.audit("CREATE", OBJECT_TYPE, company.id, organisation=company.id)
            made = await self.store.get(work, company.number)
            if made is None:
                raise LookupError(f"company {company.number} was not made")
            await work.commit(made)
        return made

    async def _account(self, work: Work, new: Any) -> Account:
        try:
            return await self._people.insert(work, new, ACCOUNT_FIELDS)
        except DomainError as error:
            refuse(error.problems)
            raise

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change the given fields. Only a superuser switches a company on or off: switched off, the sessions in it
        end. Raises `DomainError` of kind forbidden, missing, conflict for a name that is taken, stale."""
        inside, company = await self.inside(caller, key)
        switched = values.get("is_active", company.is_active) != company.is_active
        if switched and not caller.superuser:
            raise forbidden(COMPANY_STATE)
        async with self.works.within(inside) as work:
            changed = await self.store.update(work, company.number, values, version)
            if changed is None:
                raise await self._absent(work, company.number, version)
            if values.get("is_active") is False:
                await self._sessions.revoke_in(work, company.id)
            work.audit("UPDATE", OBJECT_TYPE, company.id, organisation=company.id)
            await work.commit()
        if switched:
            self._sessions.rights_changed()
        return changed

    async def delete(self, caller: Caller, key: ResourceId, version: int | None = None) -> None:
        """Archive one: it and its data vanish from every answer, its members' sessions end, nothing is lost (`socle
        organisation restore`). Raises `DomainError` of kind missing, stale."""
        inside, company = await self.inside(caller, key)
        async with self.works.everywhere(inside) as work:
            organisations = self._organisations.stores.organisations
            if not await organisations.archive(work, company.id, self._clock.now(), version):
                raise await self._absent(work, company.number, version)
            await self._sessions.revoke_in(work, company.id)
            work.audit("DELETE", OBJECT_TYPE, company.id, organisation=company.id)
            await work.commit()
        self._sessions.rights_changed()

    async def _own(self, work: Work, caller: Caller) -> int | None:
        """The number of the company that the caller acts in: its membership carries it, a superuser's narrowing does
        not."""
        own = caller.organisation
        if own is None:
            return None
        place = caller.principal.membership if caller.principal else None
        if place is not None and place.organisation == own:
            return place.organisation_number
        found = await self._organisations.get(work, own)
        return None if found is None else found.number


def refuse(problems: tuple[FieldProblem, ...] | list[FieldProblem]) -> None:
    """Refuse what stands against an account, if anything does: where nothing but its email or username is taken it is
    a conflict (DECISIONS.md section 4), which raises `DomainError` of kind conflict, else of kind invalid."""
    if not problems:
        return
    if all(problem.message.code in _TAKEN for problem in problems):
        first = problems[0]
        raise DomainError(first.message, Kind.CONFLICT, first.params)
    raise invalid(*problems)
