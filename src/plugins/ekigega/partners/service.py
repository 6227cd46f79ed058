"""Partners: what their list answers to, and the check of their phone number."""

from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from core.primitives import messages
from core.primitives.errors import invalid_field
from core.primitives.page import Filter, Listing
from core.primitives.phone import normalise_phone
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")


class PartnerType(StrEnum):
    """A partner buys from the tenant, or sells to it."""

    CLIENT = "client"
    FOURNISSEUR = "fournisseur"


LISTING = Listing(
    filters=(Filter("type", choices=tuple(PartnerType)),),
    search=("nom", "prenom", "email", "telephone"),
    ordering=(
        *("id", "type", "nom", "prenom", "email", "telephone", "adresse"),
        *("entreprise", "created_at", "updated_at"),
    ),
)


class Clients(Protocol):
    """What other plugins of the suite may ask of partners, in their own unit of work."""

    async def is_client(self, work: Work, organisation: UUID, key: UUID) -> bool:
        """Whether this is a partner of type client of the organisation; it is kept from changing until the
        transaction ends."""
        ...


class Partners(Resource[W]):
    """The use cases of partners."""

    def __init__(self, works: Works, store: ResourceStore[W], *, region: str) -> None:
        super().__init__(works, store, object_type="Partner")
        self._region = region

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:  # noqa: ARG002
        """Keep the phone number as E.164."""
        if values.get("telephone"):
            number = normalise_phone(values["telephone"], self._region)
            if number is None:
                raise invalid_field("telephone", messages.NOT_PHONE)
            values["telephone"] = number
        return values
