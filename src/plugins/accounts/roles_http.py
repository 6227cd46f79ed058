"""Roles on the wire. Writing is open in development, a superuser's in production (DECISIONS.md section 1)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import LongText, Name
from core.access.roles import Roles
from core.access.rules import Anyone, OpenInDevelopment, SuperuserOnly
from core.primitives.locale import Text
from plugins.accounts.roles_service import LISTING
from plugins.accounts.wire import DIALECT


class Role(msgspec.Struct):
    """A role: what its holders may do, resource by resource."""

    id: UUID
    nom: str
    description: str
    permissions: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class RoleBody(msgspec.Struct):
    """A role as a client writes it."""

    nom: Name
    permissions: dict[str, Any]
    description: LongText = ""


_WRITING = OpenInDevelopment(SuperuserOnly())


def roles_controller(service: Roles[Role]) -> type[Controller]:
    """The controller of `/api/roles/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/roles",
            singular="organisation_role",
            plural="organisation_roles",
            one=Text(fr="un rôle", en="a role"),
            many=Text(fr="les rôles", en="roles"),
            service=service,
            out=Role,
            body=RoleBody,
            listing=LISTING,
            rules={
                "list": Anyone(),
                "get": Anyone(),
                "create": _WRITING,
                "replace": _WRITING,
                "update": _WRITING,
                "delete": _WRITING,
            },
            example={
                "nom": "CUSTOM_ROLE",
                "description": "Description du rôle personnalisé",
                "permissions": {"products": ["create", "read", "update"], "sales": ["read"]},
            },
        )
    )
