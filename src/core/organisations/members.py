"""Members of an organisation, as its owner and ADMINs see and change them (DECISIONS.md section 1, "Members").

What is changed is the membership row: never the account's email, password or second factor (section 0).
"""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec

from core.access.permissions import Role
from core.access.principal import SUPER_ADMIN, Caller, Principal
from core.access.roles import RoleStore
from core.accounts.sessions import Sessions
from core.organisations.entities import MemberStatus, Place
from core.organisations.errors import (
    OWNER_STAYS,
    ROLE_NOT_GRANTABLE,
    ROLE_UNKNOWN,
    STATUS_NOT_GIVEN,
    SUPER_ADMIN_NEVER,
)
from core.organisations.ports import MembershipStore
from core.organisations.seats import Seats
from core.primitives.errors import FieldProblem, forbidden, invalid, invalid_request, missing, unauthenticated
from core.primitives.page import Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")

OBJECT_TYPE: Final = "Membre"


class MemberFields(msgspec.Struct, frozen=True):
    """The names that a product gives the fields that can be changed."""

    role: str = "role"
    status: str = "status"


DOCUMENTED_FIELDS = MemberFields()


class Members(Resource[W], Generic[W]):
    """The use cases of members: list, read, change role or status, remove. They are made by joining.

    `store` reads into the product's wire struct and writes `role_id` and `status`; a change takes effect at once:
    the sessions of a member who loses access end.
    """

    def __init__(
        self,
        works: Works,
        store: ResourceStore[W],
        memberships: MembershipStore,
        roles: RoleStore,
        sessions: Sessions,
        seats: Seats,
        *,
        fields: MemberFields = DOCUMENTED_FIELDS,
    ) -> None:
        super().__init__(works, store, object_type=OBJECT_TYPE)
        self._memberships = memberships
        self._roles = roles
        self._sessions = sessions
        self._seats = seats
        self._fields = fields

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change a member's role (a name or an id), its status ("actif" or "inactif"), or both.

        Raises `DomainError` of kind invalid, also where the owner would lose anything or the caller lacks permissions
        that the role gives.
        """
        principal = _administrator(caller)
        async with self.works.within(caller) as work:
            place = await self._held(work, key)
            role, status, problems = await self._asked(work, principal, place, values)
            if problems:
                raise invalid(*problems)
            changed = await self.store.update(work, key, {"role_id": role.id, "status": status.value}, version)
            if changed is None:
                raise await self._absent(work, key, version)
            if status is not MemberStatus.ACTIVE:
                await self._sessions.revoke_in(work, place.organisation, place.account)
            work.audit(
                "UPDATE",
                OBJECT_TYPE,
                place.id,
                organisation=place.organisation,
                details={"role": role.name, "status": status.value},
            )
            await work.commit()
        self._sessions.rights_changed()
        return changed

    async def delete(self, caller: Caller, key: ResourceId, version: int | None = None) -> None:
        """Remove a member, whose seat is free again; its account stays. Raises `DomainError` of kind invalid for the
        owner."""
        _administrator(caller)
        async with self.works.within(caller) as work:
            place = await self._held(work, key)
            if place.owner:
                raise invalid_request(OWNER_STAYS)
            if await self.store.delete(work, key, version) is None:
                raise await self._absent(work, key, version)
            await self._seats.give_back(work, place.organisation_number)
            await self._sessions.revoke_in(work, place.organisation, place.account)
            work.audit("DELETE", OBJECT_TYPE, place.id, organisation=place.organisation)
            await work.commit()
        self._sessions.rights_changed()

    async def _held(self, work: Work, key: ResourceId) -> Place:
        place = await self._memberships.lock(work, key) if isinstance(key, UUID) else None
        if place is None:
            raise missing()
        return place

    async def _asked(
        self, work: Work, principal: Principal, place: Place, values: Mapping[str, Any]
    ) -> tuple[Role, MemberStatus, list[FieldProblem]]:
        problems: list[FieldProblem] = []
        role, status = place.role, place.status
        if self._fields.status in values:
            asked = values[self._fields.status]
            if asked in (MemberStatus.ACTIVE.value, MemberStatus.INACTIVE.value):
                status = MemberStatus(asked)
            elif asked != place.status.value:
                problems.append(FieldProblem((self._fields.status,), STATUS_NOT_GIVEN))
        if self._fields.role in values:
            found = await self._roles.find(work, str(values[self._fields.role]))
            if found is None:
                problems.append(FieldProblem((self._fields.role,), ROLE_UNKNOWN))
            elif found.id != role.id:
                role = found
                problems += self._against_grant(principal, found)
        if place.owner and role.id != place.role.id:
            problems.append(FieldProblem((self._fields.role,), OWNER_STAYS))
        if place.owner and status is not MemberStatus.ACTIVE:
            problems.append(FieldProblem((self._fields.status,), OWNER_STAYS))
        return role, status, problems

    def _against_grant(self, principal: Principal, role: Role) -> list[FieldProblem]:
        if role.name == SUPER_ADMIN:
            return [FieldProblem((self._fields.role,), SUPER_ADMIN_NEVER)]
        if not may_grant(principal, role):
            return [FieldProblem((self._fields.role,), ROLE_NOT_GRANTABLE)]
        return []


def may_grant(principal: Principal, role: Role) -> bool:
    """Nobody grants a role with permissions that he lacks (DECISIONS.md section 0, "Powers")."""
    place = principal.membership
    if principal.superuser or (place is not None and place.owner):
        return True
    return place is not None and role.pairs <= place.permissions


def _administrator(caller: Caller) -> Principal:
    if caller.principal is None:
        raise unauthenticated()
    if not caller.principal.administers:
        raise forbidden()
    return caller.principal
