"""Codifications on the wire."""

from datetime import datetime

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import listing_operation, lookup_operation
from adapters.http.scalars import LongText, Name
from core.primitives.locale import Text
from plugins.driven.codifications.service import LISTING, Codifications
from plugins.driven.said import said_of
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN


class Codification(msgspec.Struct):
    """A codification."""

    id: int
    libelle: str
    param: str
    description: str | None
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class CodificationBody(msgspec.Struct):
    """A codification as a client writes it."""

    libelle: Name
    param: Name
    description: LongText | None = None


def codifications_controller(service: Codifications[Codification]) -> type[Controller]:
    """The controller of `/api/codifications`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/codifications",
        singular="codification",
        plural="codifications",
        one=Text(fr="une codification", en="a codification"),
        many=Text(fr="les codifications", en="codifications"),
        service=service,
        out=Codification,
        body=CodificationBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(fr=("Codification", "Codifications"), en=("Codification", "Codifications"), feminine=True),
        example={
            "libelle": "Type de demande",
            "param": "TYPE_DEMANDE",
            "description": "Types de demandes possibles",
        },
    )
    by_param = lookup_operation(
        spec,
        "/param/{key:str}",
        name="get_codification_by_param",
        summary=Text(fr="Lire une codification par son paramètre", en="Read a codification by its parameter"),
        field="param",
    )
    search = listing_operation(
        spec,
        "/search",
        name="search_codifications",
        summary=Text(
            fr="Chercher dans les codifications, sans casse ni accents",
            en="Search the codifications, ignoring case and accents",
        ),
        said=Text(fr="Résultats de recherche récupérés avec succès", en="Search results retrieved successfully"),
        search="q",
    )
    return resource_controller(spec, by_param, search)
