"""Entities on the wire."""

from datetime import datetime

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import lookup_operation
from adapters.http.scalars import Email, Name
from core.primitives.locale import Text
from plugins.driven.entites.service import LISTING, Entites
from plugins.driven.said import said_of
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN


class Entite(msgspec.Struct):
    """An entity."""

    id: int
    nom: str
    code: str
    email: str | None
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class EntiteBody(msgspec.Struct):
    """An entity as a client writes it."""

    nom: Name
    code: Name
    email: Email | None = None


def entites_controller(service: Entites[Entite]) -> type[Controller]:
    """The controller of `/api/entites`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/entites",
        singular="entite",
        plural="entites",
        one=Text(fr="une entité", en="an entity"),
        many=Text(fr="les entités", en="entities"),
        service=service,
        out=Entite,
        body=EntiteBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(fr=("Entité", "Entités"), en=("Entity", "Entities"), feminine=True),
        example={"nom": "Nouvelle Entité", "code": "NEWENT", "email": "nouvelle@example.com"},
    )
    by_code = lookup_operation(
        spec,
        "/code/{key:str}",
        name="get_entite_by_code",
        summary=Text(fr="Lire une entité par son code", en="Read an entity by its code"),
        field="code",
    )
    return resource_controller(spec, by_code)
