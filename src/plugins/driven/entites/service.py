"""What the list of entities answers to, and when an entity stays."""

from typing import Protocol, TypeVar

from core.primitives.errors import DomainError, Kind, message
from core.primitives.page import Listing
from core.resources import ResourceId, ResourceStore
from core.work import Work
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

LISTING = Listing(ordering=("id", "nom", "code", "email", "creer_a", "modifier_a"), default_ordering=("id",))

ENTITE_NOT_FOUND = message("driven_entite_not_found", fr="Entité non trouvée", en="Entity not found")
CODE_USED = message(
    "driven_entite_code_used", fr="Une entité avec ce code existe déjà", en="An entity with this code already exists"
)
ENTITE_IN_USE = message(
    "driven_entite_in_use",
    fr="L'entité a {utilisateurs} utilisateur(s) : elle ne peut être supprimée",
    en="The entity has {utilisateurs} user(s): it cannot be deleted",
)


class EntiteStore(ResourceStore[W], Protocol[W]):
    """What entities need of their store."""

    async def utilisateurs_of(self, work: Work, key: ResourceId) -> int:
        """Return how many users belong to an entity, and hold it until the transaction ends."""
        ...


class Entites(TrackedResource[W]):
    """Entities."""

    store: EntiteStore[W]

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Raise `DomainError` of kind conflict for an entity with users."""
        utilisateurs = await self.store.utilisateurs_of(work, key)
        if utilisateurs:
            raise DomainError(ENTITE_IN_USE, Kind.CONFLICT, {"utilisateurs": utilisateurs})
