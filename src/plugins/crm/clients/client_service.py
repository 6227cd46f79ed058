"""Clients: what their list answers to, and their phone numbers."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from core.primitives import messages
from core.primitives.errors import invalid_field, message
from core.primitives.page import Listing
from core.primitives.phone import normalise_phone
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.authored import AuthoredResource
from plugins.crm.filters import Id, filters_of

W = TypeVar("W")

FIELDS = {
    "id": Id,
    "nom": str,
    "societe": str,
    "email": str,
    "telephone": str,
    "notes": str,
    "categorie": str,
    "valeur_client": Decimal,
    "cree_par": Id,
    "date_creation": datetime,
    "date_modification": datetime,
}
LISTING = Listing(
    filters=filters_of(FIELDS),
    search=("nom", "societe", "email", "telephone"),
    ordering=tuple(FIELDS),
    default_ordering=("-date_creation",),
)

EMAIL_USED = message(
    "crm_client_email_used",
    fr="Un client avec cette adresse e-mail existe déjà.",
    en="A client with this email address already exists.",
)


class Clients(AuthoredResource[W]):
    """The use cases of clients."""

    def __init__(self, works: Works, store: ResourceStore[W], *, region: str) -> None:
        super().__init__(works, store, object_type="Client")
        self._region = region

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Keep the phone number as E.164; one that cannot be a number is invalid (contracts/crm.md, "Client")."""
        if values.get("telephone"):
            number = normalise_phone(values["telephone"], self._region)
            if number is None:
                raise invalid_field("telephone", messages.NOT_PHONE)
            values["telephone"] = number
        return await super().prepare(work, values, key)
