"""Organisations as a resource: listed, read, created, changed, archived (DECISIONS.md section 1, "Tenants")."""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.accounts.sessions import Sessions
from core.organisations.entities import OWN_ORGANISATION
from core.organisations.errors import OWN_ORGANISATION_STAYS
from core.organisations.ports import OrganisationStore
from core.primitives.clock import Clock
from core.primitives.errors import forbidden, invalid_request, missing, unauthenticated
from core.primitives.page import ListQuery, Page, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")

OBJECT_TYPE: Final = "Entreprise"
OWN_FILTER: Final = "id"
"""The filter that the store's listing declares, by which a list is narrowed to one organisation."""


class Companies(Resource[W], Generic[W]):
    """The use cases of organisations. `store` reads into the product's wire struct and hides archived ones.

    In production a signed-in account sees its own organisation, a superuser all; in development everybody sees all.
    """

    def __init__(
        self,
        works: Works,
        store: ResourceStore[W],
        organisations: OrganisationStore,
        sessions: Sessions,
        clock: Clock,
        *,
        production: bool,
    ) -> None:
        super().__init__(works, store, object_type=OBJECT_TYPE)
        self._organisations = organisations
        self._sessions = sessions
        self._clock = clock
        self._production = production

    async def page(self, caller: Caller, query: ListQuery) -> Page[W]:
        """Return a page of the organisations that the caller may see."""
        if self._production and not caller.superuser:
            own = caller.organisation
            if own is None:
                return Page(0, [])
            kept = tuple(pair for pair in query.filters if pair[0] != OWN_FILTER)
            query = msgspec.structs.replace(query, filters=(*kept, (OWN_FILTER, own)))
        return await super().page(caller, query)

    async def get(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Return one that the caller may see. Raises `DomainError` of kind missing."""
        if self._production and not caller.superuser and key != caller.organisation:
            raise missing()
        return await super().get(caller, key)

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change one. Raises `DomainError` of kind forbidden for who does not administer it."""
        await self._require_administrator(caller, key)
        return await super().change(caller, key, values, version)

    async def delete(self, caller: Caller, key: ResourceId, version: int | None = None) -> None:
        """Archive one: it and its data vanish from every answer, its members' sessions end, nothing is lost.

        Raises `DomainError` of kind forbidden for who does not administer it, of kind invalid for the installation's
        own organisation.
        """
        await self._require_administrator(caller, key)
        if key == OWN_ORGANISATION:
            raise invalid_request(OWN_ORGANISATION_STAYS)
        organisation = _uuid(key)
        # everything: the sessions of an organisation are not in the caller's tenant alone
        async with self.works.everywhere(caller) as work:
            if not await self._organisations.archive(work, organisation, self._clock.now(), version):
                raise await self._absent(work, key, version)
            await self._sessions.revoke_in(work, organisation)
            work.audit("DELETE", OBJECT_TYPE, organisation, organisation=organisation)
            await work.commit()
        self._sessions.rights_changed()

    def record(self, work: Work, action: str, written: Versioned[W]) -> None:
        """Record the audit entry of a write: a change belongs to the organisation's own trail. A creation cannot: who
        makes an organisation is not in it yet, and may write into no other tenant."""
        key: UUID = written.value.id  # type: ignore[attr-defined]
        work.audit(action, OBJECT_TYPE, key, organisation=key if action == "UPDATE" else None)

    async def _require_administrator(self, caller: Caller, key: ResourceId) -> None:
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        async with self.works.within(caller) as work:
            if await self.store.get(work, key) is None:
                raise missing()
        if not principal.superuser and not (principal.administers and caller.organisation == key):
            raise forbidden()


def _uuid(key: ResourceId) -> UUID:
    if not isinstance(key, UUID):
        raise missing()
    return key
