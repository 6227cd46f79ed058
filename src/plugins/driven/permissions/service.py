"""What the list of permissions answers to, and when a permission stays."""

from typing import Protocol, TypeVar

from core.primitives.errors import DomainError, Kind, message
from core.primitives.page import Listing
from core.resources import ResourceId, ResourceStore
from core.work import Work
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

LISTING = Listing(
    ordering=("permission_id", "nom", "description", "creer_a", "modifier_a"), default_ordering=("permission_id",)
)

PERMISSION_NOT_FOUND = message("driven_permission_not_found", fr="Permission non trouvée", en="Permission not found")
NOM_USED = message(
    "driven_permission_nom_used",
    fr="Une permission avec ce nom existe déjà",
    en="A permission with this name already exists",
)
PERMISSION_IN_USE = message(
    "driven_permission_in_use",
    fr="La permission est utilisée par {roles} rôle(s) et {fonctions} fonction(s) : elle ne peut être supprimée",
    en="The permission is used by {roles} role(s) and {fonctions} function(s): it cannot be deleted",
)


class PermissionStore(ResourceStore[W], Protocol[W]):
    """What permissions need of their store."""

    async def uses_of(self, work: Work, key: ResourceId) -> tuple[int, int]:
        """Hold a permission until the transaction ends, so that nothing more can be tied to it, and return how many
        roles and functions are."""
        ...


class Permissions(TrackedResource[W]):
    """Permissions."""

    store: PermissionStore[W]

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Raise `DomainError` of kind conflict for a permission in use."""
        roles, fonctions = await self.store.uses_of(work, key)
        if roles or fonctions:
            raise DomainError(PERMISSION_IN_USE, Kind.CONFLICT, {"roles": roles, "fonctions": fonctions})
