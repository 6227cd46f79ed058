"""The organisations service: what the kernel hands to plugins."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

import msgspec

from core.access.permissions import KERNEL_RESOURCES
from core.access.principal import SYSTEM
from core.access.roles import DOCUMENTED_FIELDS as ROLE_FIELDS
from core.access.roles import RoleFields, Roles, RoleStore, seed_roles
from core.access.usage import Usage
from core.accounts.service import Accounts
from core.organisations.companies import Companies
from core.organisations.entities import OWN_ORGANISATION, Organisation
from core.organisations.joining import Joining
from core.organisations.members import DOCUMENTED_FIELDS as MEMBER_FIELDS
from core.organisations.members import MemberFields, Members
from core.organisations.ports import MembershipStore, OrganisationStore
from core.organisations.seats import Seats
from core.primitives.clock import Clock
from core.resources import ResourceStore
from core.work import Work, Works

W = TypeVar("W")


class OrganisationStores(msgspec.Struct, frozen=True, kw_only=True):
    """The stores of the organisations area."""

    organisations: OrganisationStore
    memberships: MembershipStore
    roles: RoleStore


class Organisations:
    """Organisations, their members and roles. `joining` makes members, `seats` counts them; `companies`, `members` and
    `roles` return the use cases of the resource over a store that reads into a product's wire struct.

    `resources` are the names that permissions may speak of: the kernel's and those of enabled plugins.
    """

    def __init__(
        self,
        works: Works,
        stores: OrganisationStores,
        accounts: Accounts,
        clock: Clock,
        usage: Usage,
        *,
        production: bool,
        resources: Collection[str] = KERNEL_RESOURCES,
    ) -> None:
        self._works = works
        self._clock = clock
        self._production = production
        self._resources = tuple(resources)
        self._sessions = accounts.sessions
        self.stores = stores
        self.seats = Seats(usage, stores.memberships)
        self.joining = Joining(
            works,
            stores.organisations,
            stores.memberships,
            stores.roles,
            accounts.people,
            accounts.sessions,
            self.seats,
            production=production,
        )

    def companies(self, store: ResourceStore[W]) -> Companies[W]:
        """The use cases of organisations over a product's store."""
        return Companies(
            self._works,
            store,
            self.stores.organisations,
            self._sessions,
            self._clock,
            production=self._production,
        )

    def members(self, store: ResourceStore[W], fields: MemberFields = MEMBER_FIELDS) -> Members[W]:
        """The use cases of members over a product's store."""
        return Members(
            self._works, store, self.stores.memberships, self.stores.roles, self._sessions, self.seats, fields=fields
        )

    def roles(self, store: ResourceStore[W], fields: RoleFields = ROLE_FIELDS) -> Roles[W]:
        """The use cases of roles over a product's store."""
        return Roles(
            self._works,
            store,
            self.stores.roles,
            resources=self._resources,
            fields=fields,
            rights_changed=self._sessions.rights_changed,
        )

    async def get(self, work: Work, organisation: UUID) -> Organisation | None:
        """Return an organisation within a unit of work, archived or not."""
        return await self.stores.organisations.get(work, organisation)

    async def seed(self, own_name: str) -> None:
        """Seed the roles and the installation's own organisation. Safe to run at every start, in parallel."""
        await seed_roles(self._works, self.stores.roles)
        await seed_own_organisation(self._works, self.stores.organisations, own_name)


async def seed_own_organisation(works: Works, organisations: OrganisationStore, name: str) -> Organisation:
    """Make the installation's own organisation, which accounts of the command line belong to, unless it exists."""
    async with works.everywhere(SYSTEM) as work:
        made = await organisations.insert_once(
            work, OWN_ORGANISATION, {"name": name, "sector": "", "kind": "", "address": "", "size": 0}
        )
        await work.commit()
    return made
