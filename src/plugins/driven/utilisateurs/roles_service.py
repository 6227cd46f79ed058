"""The roles of utilisateurs: one for each application (contracts/driven.md, "Notes importantes sur les
utilisateurs")."""

from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import DomainError, FieldProblem, Kind, forbidden, invalid, message, missing
from core.resources import ResourceId
from core.work import Work, Works
from plugins.driven.rights import Rights
from plugins.driven.utilisateurs.service import LAST_ADMIN, UTILISATEUR_NOT_FOUND

W = TypeVar("W")

NOT_OF_APPLICATION = message(
    "driven_role_not_of_application",
    fr="Ce rôle n'appartient pas à l'application donnée",
    en="This role does not belong to the given application",
)
HAS_ROLE_ALREADY = message(
    "driven_has_role_already",
    fr="L'utilisateur a déjà un rôle dans cette application",
    en="The user already has a role in this application",
)
NOT_ASSIGNED = message(
    "driven_role_not_assigned",
    fr="L'utilisateur n'a pas ce rôle dans cette application",
    en="The user does not have this role in this application",
)
BEYOND_OWN_RIGHTS = message(
    "driven_role_beyond_own_rights",
    fr="Vous ne pouvez attribuer un rôle du portail qui permet plus que le vôtre",
    en="You cannot assign a role of the portal that allows more than your own",
)


class Granted(NamedTuple):
    """A role that is to be assigned. `app_id` is the application that it belongs to, None where there is no such role;
    `portal` tells whether that is the portal itself, `protected` whether it is the role of its administrators."""

    application_known: bool
    app_id: int | None
    portal: bool
    protected: bool
    permissions: frozenset[int]


class UtilisateurRoleStore(Protocol[W]):
    """What the roles of utilisateurs need of their store."""

    async def known(self, work: Work, key: ResourceId) -> bool:
        """Whether there is such an utilisateur."""
        ...

    async def hold(self, work: Work, key: ResourceId) -> bool:
        """Whether there is such an utilisateur; it stays until the transaction ends."""
        ...

    async def granted(self, work: Work, role_id: int, app_id: int) -> Granted:
        """Return what decides about assigning a role, and hold the role as it is until the transaction ends."""
        ...

    async def rights_of(self, work: Work, number: int) -> Rights | None:
        """Return what an utilisateur holds in the portal."""
        ...

    async def assign(self, work: Work, key: ResourceId, role_id: int, app_id: int, by: int | None) -> None:
        """Assign a role. Raises `DomainError` of kind conflict where the utilisateur has one in that application."""
        ...

    async def hold_admins(self, work: Work) -> list[int]:
        """Return the active administrators of the portal; nobody else gets an answer until the transaction ends."""
        ...

    async def remove(self, work: Work, key: ResourceId, role_id: int, app_id: int) -> bool | None:
        """Take a role away and tell whether it was that of the portal's administrators; None where the utilisateur does
        not have it."""
        ...

    async def roles_of(self, work: Work, key: ResourceId) -> list[W]:
        """Return the roles of an utilisateur, in the order in which they were assigned."""
        ...


class UtilisateurRoles(Generic[W]):
    """The use cases of an utilisateur's roles."""

    def __init__(self, works: Works, store: UtilisateurRoleStore[W]) -> None:
        self._works = works
        self._store = store

    async def of(self, caller: Caller, key: ResourceId) -> list[W]:
        """Return the roles of an utilisateur. Raises `DomainError` of kind missing."""
        async with self._works.within(caller) as work:
            if not await self._store.known(work, key):
                raise missing(UTILISATEUR_NOT_FOUND)
            return await self._store.roles_of(work, key)

    async def assign(self, caller: Caller, key: ResourceId, role_id: int, app_id: int) -> list[W]:
        """Assign a role and return all roles of the utilisateur. Raises `DomainError` of kind missing, invalid (an
        unknown application, a role of another one), conflict (a second role in the application), and forbidden for a
        role of the portal that allows more than the caller's own (DECISIONS.md section 0, "Powers")."""
        async with self._works.within(caller) as work:
            if not await self._store.hold(work, key):
                raise missing(UTILISATEUR_NOT_FOUND)
            granted = await self._store.granted(work, role_id, app_id)
            problems = list(_problems(granted, app_id))
            if problems:
                raise invalid(*problems)
            await self._require_power(work, granted)
            number = work.caller.principal.number if work.caller.principal else None
            await self._store.assign(work, key, role_id, app_id, number)
            work.audit("UPDATE", "Utilisateur", key, details={"role_assigne": role_id, "application": app_id})
            roles = await self._store.roles_of(work, key)
            await work.commit(roles)
        return roles

    async def remove(self, caller: Caller, key: ResourceId, role_id: int, app_id: int) -> None:
        """Take a role away. Raises `DomainError` of kind missing, and conflict for that of the last administrator."""
        async with self._works.within(caller) as work:
            admins = await self._store.hold_admins(work)
            if not await self._store.hold(work, key):
                raise missing(UTILISATEUR_NOT_FOUND)
            protected = await self._store.remove(work, key, role_id, app_id)
            if protected is None:
                raise missing(NOT_ASSIGNED)
            if protected and admins == [key]:
                raise DomainError(LAST_ADMIN, Kind.CONFLICT)
            work.audit("UPDATE", "Utilisateur", key, details={"role_retire": role_id, "application": app_id})
            await work.commit()

    async def _require_power(self, work: Work, granted: Granted) -> None:
        principal = work.caller.principal
        if not granted.portal or principal is None or principal.superuser:
            return
        rights = await self._store.rights_of(work, principal.number)
        if rights is not None and rights.admin:
            return
        held = rights.permissions.keys() if rights is not None else frozenset[Any]()
        if granted.protected or granted.permissions - held:
            raise forbidden(BEYOND_OWN_RIGHTS)


def _problems(granted: Granted, app_id: int) -> list[FieldProblem]:
    problems = []
    if not granted.application_known:
        problems.append(FieldProblem(("app_id",), messages.NOT_REFERENCE))
    if granted.app_id is None:
        problems.append(FieldProblem(("role_id",), messages.NOT_REFERENCE))
    elif granted.app_id != app_id:
        problems.append(FieldProblem(("role_id",), NOT_OF_APPLICATION))
    return problems
