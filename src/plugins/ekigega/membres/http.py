"""Members on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import Name
from core.access.rules import Administers
from core.organisations.members import Members
from core.primitives.locale import Text
from plugins.ekigega.membres.service import LISTING
from plugins.ekigega.wire import DIALECT

_ADMINISTRATORS = Administers()


class Membre(msgspec.Struct):
    """A member of the company. `compte` is the account's integer id."""

    id: UUID
    compte: int
    email: str
    nom: str | None
    prenom: str | None
    telephone: str | None
    role: str
    status: str
    proprietaire: bool
    created_at: datetime


class MembreBody(msgspec.Struct):
    """What can be changed about a member."""

    role: Name
    status: str


def membres_controller(service: Members[Membre]) -> type[Controller]:
    """The controller of `/api/membres/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/membres",
            singular="membre",
            plural="membres",
            one=Text(fr="un membre", en="a member"),
            many=Text(fr="les membres", en="members"),
            service=service,
            out=Membre,
            body=MembreBody,
            listing=LISTING,
            actions=("list", "get", "update", "delete"),
            rules=dict.fromkeys(("list", "get", "update", "delete"), _ADMINISTRATORS),
            example={"role": "FINANCE", "status": "actif"},
        )
    )
