"""Roles on the wire."""

from datetime import datetime

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import ById, listing_operation
from adapters.http.scalars import LongText, Name
from core.primitives.locale import Text
from plugins.driven.pagination import RolePages
from plugins.driven.permissions.ties_http import TieTexts, tie_operations
from plugins.driven.roles.service import LISTING, RolePermissions, Roles
from plugins.driven.said import said_of
from plugins.driven.scalars import Reference
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN


class Role(msgspec.Struct):
    """A role of an application."""

    role_id: int
    nom: str
    description: str
    app_id: int
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class RoleBody(msgspec.Struct):
    """A role as a client writes it."""

    nom: Name
    app_id: Reference
    description: LongText = ""


def roles_controller(service: Roles[Role], permissions: RolePermissions[Role]) -> type[Controller]:
    """The controller of `/api/roles`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/roles",
        singular="role",
        plural="roles",
        one=Text(fr="un rôle", en="a role"),
        many=Text(fr="les rôles", en="roles"),
        service=service,
        out=Role,
        body=RoleBody,
        listing=LISTING,
        pagination=RolePages(),
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(fr=("Rôle", "Rôles"), en=("Role", "Roles")),
        example={"nom": "Éditeur", "description": "Éditeur de contenu", "app_id": 1},
    )
    by_application = listing_operation(
        spec,
        "/application/{key:str}",
        name="get_roles_by_application",
        summary=Text(fr="Lister les rôles d'une application", en="List the roles of an application"),
        said=Text(fr="Rôles de l'application récupérés avec succès", en="Application roles retrieved successfully"),
        narrow=ById(spec, "app_id"),
    )
    texts = TieTexts(
        of=Text(fr="un rôle", en="a role"),
        shown=Text(fr="Permissions du rôle récupérées avec succès", en="Role permissions retrieved successfully"),
        assigned=Text(fr="Permissions affectées avec succès", en="Permissions assigned successfully"),
        removed=Text(fr="Permissions retirées avec succès", en="Permissions removed successfully"),
    )
    return resource_controller(spec, by_application, *tie_operations(spec, permissions, texts))
