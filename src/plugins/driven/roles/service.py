"""What lists of roles answer to, when a role stays, and who may give it permissions."""

from typing import Any, NamedTuple, Protocol, TypeVar

from core.primitives.errors import DomainError, Kind, Message, forbidden, message
from core.primitives.page import Filter, FilterKind, Listing
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.driven.permissions.ties_service import Ties, TieStore
from plugins.driven.rights import Rights
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

_ORDERING = ("role_id", "nom", "description", "app_id", "creer_a", "modifier_a")
LISTING = Listing(ordering=_ORDERING, default_ordering=("role_id",))
NARROWED = Listing(filters=(Filter("app_id", FilterKind.ID),), ordering=_ORDERING, default_ordering=("role_id",))
"""With the filter that the path of an application's roles gives."""

ROLE_NOT_FOUND = message("driven_role_not_found", fr="Rôle non trouvé", en="Role not found")
NOM_USED = message(
    "driven_role_nom_used",
    fr="Un rôle avec ce nom existe déjà dans cette application",
    en="A role with this name already exists in this application",
)
ROLE_IN_USE = message(
    "driven_role_in_use",
    fr="Le rôle a {utilisateurs} utilisateur(s) : il ne peut être supprimé ni changer d'application",
    en="The role has {utilisateurs} user(s): it can be neither deleted nor moved to another application",
)
ROLE_PROTECTED = message(
    "driven_role_protected",
    fr="Le rôle Admin du portail ne peut être ni supprimé, ni renommé, ni déplacé",
    en="The portal's Admin role can be neither deleted, nor renamed, nor moved",
)
NOT_HELD = message(
    "driven_permission_not_held",
    fr="Vous ne pouvez donner une permission que vous n'avez pas : {permissions}",
    en="You cannot give a permission that you do not hold: {permissions}",
)


class RoleFacts(NamedTuple):
    """What decides about changes of a role. `protected` is the seeded role "Admin"."""

    nom: str
    app_id: int
    protected: bool
    utilisateurs: int
    permissions: dict[int, str]


class RoleStore(ResourceStore[W], Protocol[W]):
    """What roles need of their store."""

    async def facts_of(self, work: Work, key: ResourceId) -> RoleFacts | None:
        """Return the facts of a role, and hold it until the transaction ends, so that nobody is given it."""
        ...

    async def counts(self, work: Work, app_id: int) -> bool:
        """Whether permissions of roles of an application count for the gate: the application "Portail" alone."""
        ...

    async def rights_of(self, work: Work, number: int) -> Rights | None:
        """Return what an utilisateur holds in the portal."""
        ...


async def require_held(store: RoleStore[Any], work: Work, app_id: int, given: dict[int, str]) -> None:
    """Raise `DomainError` of kind forbidden where somebody gives a role of the portal a permission that he lacks
    himself (DECISIONS.md section 0, "Powers")."""
    principal = work.caller.principal
    if not given or principal is None or principal.superuser or not await store.counts(work, app_id):
        return
    rights = await store.rights_of(work, principal.number)
    if rights is not None and rights.admin:
        return
    held = rights.permissions if rights is not None else {}
    lacking = [name for key, name in given.items() if key not in held]
    if lacking:
        raise forbidden(NOT_HELD, permissions=", ".join(lacking))


class Roles(TrackedResource[W]):
    """Roles."""

    store: RoleStore[W]

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Add who writes. Raises `DomainError` of kind conflict where the portal's Admin would be renamed or moved, or
        a role with users moved, and of kind forbidden where moving it would give it more than the caller has."""
        moved_to = values.get("app_id")
        if key is not None and ("nom" in values or moved_to is not None):
            facts = await self.store.facts_of(work, key)
            if facts is not None:
                moves = moved_to is not None and moved_to != facts.app_id
                if facts.protected and (moves or values.get("nom", facts.nom) != facts.nom):
                    raise DomainError(ROLE_PROTECTED, Kind.CONFLICT)
                if moves:
                    _refuse_use(facts)
                    await require_held(self.store, work, values["app_id"], facts.permissions)
        return await super().prepare(work, values, key)

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Raise `DomainError` of kind conflict for the portal's Admin, and for a role with users. Its permissions go
        with it."""
        facts = await self.store.facts_of(work, key)
        if facts is None:
            return
        if facts.protected:
            raise DomainError(ROLE_PROTECTED, Kind.CONFLICT)
        _refuse_use(facts)


def _refuse_use(facts: RoleFacts) -> None:
    if facts.utilisateurs:
        raise DomainError(ROLE_IN_USE, Kind.CONFLICT, {"utilisateurs": facts.utilisateurs})


class HasApplication(Protocol):
    """A role as far as its permissions are concerned."""

    app_id: int


R = TypeVar("R", bound=HasApplication)


class RolePermissions(Ties[R]):
    """The permissions of roles."""

    def __init__(
        self, works: Works, roles: RoleStore[R], store: TieStore, *, object_type: str, absent: Message
    ) -> None:
        super().__init__(works, roles, store, object_type=object_type, absent=absent)
        self._roles = roles

    async def before_assign(self, work: Work, owner: R, held: dict[int, str]) -> None:
        """Raise `DomainError` of kind forbidden for permissions that the caller lacks himself."""
        await require_held(self._roles, work, owner.app_id, held)
