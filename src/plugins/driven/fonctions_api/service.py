"""What lists of functions answer to, and when a function stays."""

from typing import Protocol, TypeVar

from core.access.principal import Caller
from core.primitives.errors import DomainError, Kind, message, missing
from core.primitives.page import Filter, FilterKind, Listing
from core.resources import ResourceId, ResourceStore
from core.work import Work
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

_ORDERING = ("fonction_id", "nom_fonction", "description", "app_id", "creer_a", "modifier_a")
LISTING = Listing(ordering=_ORDERING, default_ordering=("fonction_id",))
NARROWED = Listing(filters=(Filter("app_id", FilterKind.ID),), ordering=_ORDERING, default_ordering=("fonction_id",))
"""With the filter that the path of an application's functions gives."""

FONCTION_NOT_FOUND = message("driven_fonction_not_found", fr="Fonction API non trouvée", en="API function not found")
NOM_USED = message(
    "driven_fonction_nom_used",
    fr="Une fonction API avec ce nom existe déjà dans cette application",
    en="An API function with this name already exists in this application",
)
FONCTION_IN_USE = message(
    "driven_fonction_in_use",
    fr="La fonction API a {permissions} permission(s) : retirez-les d'abord, ou demandez force=true",
    en="The API function has {permissions} permission(s): remove them first, or ask for force=true",
)


class FonctionStore(ResourceStore[W], Protocol[W]):
    """What functions need of their store."""

    async def permissions_of(self, work: Work, key: ResourceId) -> int:
        """Hold a function until the transaction ends, so that nothing is tied to it, and return how many permissions
        are."""
        ...


class FonctionsApi(TrackedResource[W]):
    """Functions."""

    store: FonctionStore[W]

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Raise `DomainError` of kind conflict for a function with permissions."""
        permissions = await self.store.permissions_of(work, key)
        if permissions:
            raise DomainError(FONCTION_IN_USE, Kind.CONFLICT, {"permissions": permissions})

    async def delete_with_permissions(self, caller: Caller, key: ResourceId) -> None:
        """Delete one, whatever permissions it has: they are taken from it first. Raises `DomainError` of kind
        missing."""
        async with self.works.within(caller) as work:
            permissions = await self.store.permissions_of(work, key)
            if await self.store.delete(work, key, None) is None:
                raise missing(self.absent)
            work.audit("DELETE", self.object_type, key, details={"permissions_retirees": permissions})
            await work.commit()
