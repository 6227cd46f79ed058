"""Permissions on the wire."""

from datetime import datetime

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import LongText, Name
from core.primitives.locale import Text
from plugins.driven.permissions.service import LISTING, Permissions
from plugins.driven.said import said_of
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN


class Permission(msgspec.Struct):
    """A permission."""

    permission_id: int
    nom: str
    description: str
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class PermissionBody(msgspec.Struct):
    """A permission as a client writes it."""

    nom: Name
    description: LongText = ""


def permissions_controller(service: Permissions[Permission]) -> type[Controller]:
    """The controller of `/api/permissions`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/permissions",
            singular="permission",
            plural="permissions",
            one=Text(fr="une permission", en="a permission"),
            many=Text(fr="les permissions", en="permissions"),
            service=service,
            out=Permission,
            body=PermissionBody,
            listing=LISTING,
            rules=SIGNED_IN,
            actions=ACTIONS,
            said=said_of(fr=("Permission", "Permissions"), en=("Permission", "Permissions"), feminine=True),
            example={"nom": "EXPORT", "description": "Exporter"},
        )
    )
