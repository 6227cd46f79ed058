"""What the list of applications answers to, and when an application stays as it is."""

from typing import Any, NamedTuple, Protocol, TypeVar

from core.primitives.errors import DomainError, Kind, message
from core.primitives.page import Listing
from core.resources import ResourceId
from core.work import Work
from plugins.driven.icons import IconResource, IconStore

W = TypeVar("W")

FOLDER = "uploads/icons"
LISTING = Listing(
    ordering=("app_id", "nom", "description", "app_color", "creer_a", "modifier_a"), default_ordering=("app_id",)
)

APPLICATION_NOT_FOUND = message(
    "driven_application_not_found", fr="Application non trouvée", en="Application not found"
)
APPLICATION_IN_USE = message(
    "driven_application_in_use",
    fr="L'application a {roles} rôle(s), {pages} page(s) et {fonctions} fonction(s) : elle ne peut être supprimée",
    en="The application has {roles} role(s), {pages} page(s) and {fonctions} function(s): it cannot be deleted",
)
APPLICATION_PROTECTED = message(
    "driven_application_protected",
    fr="L'application du portail ne peut être ni supprimée, ni renommée",
    en="The portal's own application can be neither deleted nor renamed",
)


class ApplicationFacts(NamedTuple):
    """What decides about changes of an application. `protected` is the seeded application "Portail"."""

    nom: str
    protected: bool
    roles: int
    pages: int
    fonctions: int


class ApplicationStore(IconStore[W], Protocol[W]):
    """What applications need of their store."""

    async def facts_of(self, work: Work, key: ResourceId) -> ApplicationFacts | None:
        """Return the facts of an application, and hold it until the transaction ends, so that nothing comes to belong
        to it."""
        ...


class Applications(IconResource[W]):
    """Applications."""

    store: ApplicationStore[W]

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Add who writes, and the icon. Raises `DomainError` of kind conflict where the portal would be renamed."""
        if key is not None and "nom" in values:
            facts = await self.store.facts_of(work, key)
            if facts is not None and facts.protected and values["nom"] != facts.nom:
                raise DomainError(APPLICATION_PROTECTED, Kind.CONFLICT)
        return await super().prepare(work, values, key)

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Release the icon. Raises `DomainError` of kind conflict for the portal, and for an application with roles,
        pages or functions."""
        facts = await self.store.facts_of(work, key)
        if facts is None:
            return
        if facts.protected:
            raise DomainError(APPLICATION_PROTECTED, Kind.CONFLICT)
        if facts.roles or facts.pages or facts.fonctions:
            counts = {"roles": facts.roles, "pages": facts.pages, "fonctions": facts.fonctions}
            raise DomainError(APPLICATION_IN_USE, Kind.CONFLICT, counts)
        await super().before_delete(work, key)
