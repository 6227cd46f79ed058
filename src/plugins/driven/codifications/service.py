"""What the list of codifications answers to, and when a codification stays."""

from typing import Protocol, TypeVar

from core.primitives.errors import DomainError, Kind, message
from core.primitives.page import Listing
from core.resources import ResourceId, ResourceStore
from core.work import Work
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

LISTING = Listing(
    ordering=("id", "libelle", "param", "description", "creer_par", "modifier_par", "creer_a", "modifier_a"),
    default_ordering=("id",),
)

CODIFICATION_NOT_FOUND = message(
    "driven_codification_not_found", fr="Codification non trouvée", en="Codification not found"
)
PARAM_USED = message(
    "driven_codification_param_used",
    fr="Une codification avec ce paramètre existe déjà",
    en="A codification with this parameter already exists",
)
CODIFICATION_IN_USE = message(
    "driven_codification_in_use",
    fr="La codification est utilisée par {settings} paramètre(s) d'utilisateur : elle ne peut être supprimée",
    en="The codification is used by {settings} user setting(s): it cannot be deleted",
)


class CodificationStore(ResourceStore[W], Protocol[W]):
    """What codifications need of their store."""

    async def settings_of(self, work: Work, key: ResourceId) -> int:
        """Return how many settings use a codification, and hold it until the transaction ends."""
        ...


class Codifications(TrackedResource[W]):
    """Codifications."""

    store: CodificationStore[W]

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Raise `DomainError` of kind conflict for a codification that settings use."""
        settings = await self.store.settings_of(work, key)
        if settings:
            raise DomainError(CODIFICATION_IN_USE, Kind.CONFLICT, {"settings": settings})
