"""Partners on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import LongText, Name, OptionalText, check_email, check_free_text
from core.primitives.locale import Text
from plugins.ekigega.partners.service import LISTING, Partners
from plugins.ekigega.wire import DIALECT


def _check_optional_email(value: str) -> str:
    text = check_free_text(value)
    return check_email(text) if text else text


OptionalEmail = Annotated[str, msgspec.Meta(max_length=254, extra={"check": _check_optional_email})]
OptionalPhone = Annotated[str, msgspec.Meta(max_length=32, extra={"check": check_free_text})]
PartnerKind = Literal["client", "fournisseur"]


class Partner(msgspec.Struct):
    """A client or supplier."""

    id: UUID
    type: PartnerKind
    nom: str
    prenom: str
    email: str
    telephone: str
    adresse: str
    entreprise: UUID
    created_at: datetime
    updated_at: datetime


class PartnerBody(msgspec.Struct):
    """A partner as a client writes it. Texts other than `nom` may be empty."""

    type: PartnerKind
    nom: Name
    prenom: OptionalText = ""
    email: OptionalEmail = ""
    telephone: OptionalPhone = ""
    adresse: LongText = ""


def partners_controller(service: Partners[Partner]) -> type[Controller]:
    """The controller of `/api/partners/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/partners",
            singular="partner",
            plural="partners",
            one=Text(fr="un partenaire", en="a partner"),
            many=Text(fr="les partenaires", en="partners"),
            service=service,
            out=Partner,
            body=PartnerBody,
            listing=LISTING,
            resource="partners",
            example={
                "type": "client",
                "nom": "Nouveau Client",
                "prenom": "Jean",
                "email": "jean.nouveau@client.com",
                "telephone": "+33798765432",
                "adresse": "456 Avenue du Client, 75001 Paris",
            },
        )
    )
