"""Companies on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.operations import Rate
from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import LongText, Name, OptionalText, Quantity
from core.access.rules import Anyone, OpenInDevelopment, SignedIn
from core.organisations.companies import Companies
from core.primitives.locale import Text
from plugins.ekigega.tenants.service import LISTING
from plugins.ekigega.wire import DIALECT

CREATIONS = Rate("tenant-creation")


class Entreprise(msgspec.Struct):
    """A company."""

    id: UUID
    nom: str
    secteur: str
    type: str
    adresse: str
    taille: int
    created_at: datetime
    updated_at: datetime


class EntrepriseBody(msgspec.Struct):
    """A company as a client writes it."""

    nom: Name
    secteur: OptionalText = ""
    type: OptionalText = ""
    adresse: LongText = ""
    taille: Quantity = 0


def tenants_controller(service: Companies[Entreprise]) -> type[Controller]:
    """The controller of `/api/tenants/`. Who administers a company may change it; the use cases check that."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/tenants",
            singular="tenant",
            plural="tenants",
            one=Text(fr="une entreprise", en="a company"),
            many=Text(fr="les entreprises", en="companies"),
            service=service,
            out=Entreprise,
            body=EntrepriseBody,
            listing=LISTING,
            rules={
                "list": OpenInDevelopment(SignedIn()),
                "get": OpenInDevelopment(SignedIn()),
                "create": Anyone(),
                "replace": SignedIn(),
                "update": SignedIn(),
                "delete": SignedIn(),
            },
            rates={"create": CREATIONS},
            example={
                "nom": "Nouvelle Entreprise",
                "secteur": "Finance",
                "type": "SAS",
                "adresse": "456 Boulevard des Affaires, 75001 Paris",
                "taille": 100,
            },
        )
    )
