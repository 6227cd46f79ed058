"""Roles (DECISIONS.md section 1, "Five roles are seeded" and "Roles"): seeded ones are neither deleted nor renamed, one
in use is not deleted, names are unique without regard to case, permissions name known resources and actions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from core.access.permissions import ACTIONS, KERNEL_RESOURCES, Role, check_permissions
from core.access.principal import ADMIN, SUPER_ADMIN, SYSTEM, Caller
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, invalid_request, message, missing
from core.primitives.ids import new_id
from core.primitives.page import Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")

OBJECT_TYPE: Final = "Role"
MAX_NAME = 100
MAX_DESCRIPTION = 2_000

ROLE_NAME_TAKEN = message(
    "role_name_taken", fr="Un rôle de ce nom existe déjà.", en="A role of this name already exists."
)
ROLE_IN_USE = message(
    "role_in_use",
    fr="Ce rôle est attribué à des membres et ne peut pas être supprimé.",
    en="This role is assigned to members and cannot be deleted.",
)
ROLE_SEEDED = message(
    "role_seeded",
    fr="Ce rôle est fourni par le système : il ne peut être ni supprimé ni renommé.",
    en="This role comes with the system: it can be neither deleted nor renamed.",
)


class SeededRole(msgspec.Struct, frozen=True):
    """A role that every installation has."""

    name: str
    description: str
    permissions: dict[str, list[str]]


def _grant(**actions: Sequence[str]) -> dict[str, list[str]]:
    return {resource: list(actions[resource]) for resource in KERNEL_RESOURCES if resource in actions}


_ALL: Final = ACTIONS
_READ: Final = ("read",)

SEEDED_ROLES: tuple[SeededRole, ...] = (
    SeededRole(SUPER_ADMIN, "Administrateur système", {name: list(_ALL) for name in KERNEL_RESOURCES}),
    SeededRole(ADMIN, "Administrateur de l'entreprise", {name: list(_ALL) for name in KERNEL_RESOURCES}),
    SeededRole(
        "VENTES",
        "Rôle de vente",
        _grant(
            products=_ALL,
            sales=_ALL,
            partners=_ALL,
            expenses=_READ,
            subscriptions=_READ,
            videos=_READ,
            analytics=_READ,
        ),
    ),
    SeededRole(
        "FINANCE",
        "Rôle de finance",
        _grant(
            expenses=_ALL,
            subscriptions=_ALL,
            products=_READ,
            sales=_READ,
            partners=_READ,
            analytics=_READ,
            logs=_READ,
        ),
    ),
    SeededRole("LECTURE", "Rôle de lecture", {name: list(_READ) for name in KERNEL_RESOURCES}),
)
"""Exactly the permissions of DECISIONS.md section 1."""


class RoleStore(Protocol):
    """Keeps roles. They belong to no tenant."""

    async def find(self, work: Work, name_or_id: str) -> Role | None:
        """Return a role by its id, or by its name without regard to case."""
        ...

    async def lock(self, work: Work, role: UUID) -> Role | None:
        """Return a role and hold it until the transaction ends."""
        ...

    async def seed(self, work: Work, role: UUID, seeded: SeededRole) -> bool:
        """Insert a seeded role, unless one of this name exists; a role of that name becomes seeded. Whether anything
        changed."""
        ...


class RoleFields(msgspec.Struct, frozen=True):
    """The names that a product gives a role's fields."""

    name: str = "nom"
    description: str = "description"
    permissions: str = "permissions"


DOCUMENTED_FIELDS = RoleFields()


class Roles(Resource[W], Generic[W]):
    """The use cases of roles. `store` reads into the product's wire struct, `roles` is the kernel's own view.

    `resources` are the resource names that permissions may speak of: the kernel's and those of enabled plugins.
    """

    def __init__(
        self,
        works: Works,
        store: ResourceStore[W],
        roles: RoleStore,
        *,
        resources: Collection[str] = KERNEL_RESOURCES,
        fields: RoleFields = DOCUMENTED_FIELDS,
        rights_changed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(works, store, object_type=OBJECT_TYPE)
        self._roles = roles
        self._resources = resources
        self._fields = fields
        self._rights_changed = rights_changed

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change a role; what its holders may do changes at once."""
        changed = await super().change(caller, key, values, version)
        self._rights_changed()
        return changed

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Check name and permissions, every problem at once."""
        fields = self._fields
        problems: list[FieldProblem] = []
        if fields.name in values:
            values[fields.name] = str(values[fields.name]).strip()
            problems += _length_problems(fields.name, values[fields.name], MAX_NAME, blank=False)
        if fields.description in values:
            values[fields.description] = values[fields.description] or ""
            problems += _length_problems(fields.description, values[fields.description], MAX_DESCRIPTION, blank=True)
        if fields.permissions in values:
            canonical, found = check_permissions(values[fields.permissions], self._resources, fields.permissions)
            values[fields.permissions] = canonical
            problems += found
        if isinstance(key, UUID):
            role = await self._roles.lock(work, key)
            if role is None:
                raise missing()
            if role.seeded and values.get(fields.name, role.name) != role.name:
                problems.append(FieldProblem((fields.name,), ROLE_SEEDED))
        name = values.get(fields.name)
        if name:
            namesake = await self._roles.find(work, name)
            if namesake is not None and namesake.id != key:
                problems.append(FieldProblem((fields.name,), ROLE_NAME_TAKEN))
        if problems:
            raise invalid(*problems)
        return values

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Refuse to delete a seeded role. One in use is refused by the foreign key of memberships."""
        role = await self._roles.lock(work, key) if isinstance(key, UUID) else None
        if role is not None and role.seeded:
            raise invalid_request(ROLE_SEEDED)


ROLE_REFUSALS = {
    "uq_role_name": ("nom", ROLE_NAME_TAKEN),
    "fk_membership_role_id": ("", ROLE_IN_USE),
}
"""What the constraints of the role table mean, for the store behind `Roles`."""


async def seed_roles(works: Works, roles: RoleStore) -> int:
    """Insert the five seeded roles where they are missing; what was changed about one stays. Returns how many were
    inserted. Safe to run at every start, in parallel."""
    inserted = 0
    async with works.everywhere(SYSTEM) as work:
        for seeded in SEEDED_ROLES:
            inserted += await roles.seed(work, new_id(), seeded)
        await work.commit()
    return inserted


def _length_problems(field: str, text: str, maximum: int, *, blank: bool) -> list[FieldProblem]:
    if not text and not blank:
        return [FieldProblem((field,), messages.BLANK)]
    if len(text) > maximum:
        return [FieldProblem((field,), messages.TOO_LONG, {"maximum": maximum})]
    return []
