"""Audit entries on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from core.primitives.locale import Text
from core.resources import Resource
from plugins.ekigega.logs.service import LISTING
from plugins.ekigega.wire import DIALECT


class Log(msgspec.Struct):
    """An audit entry: what was done, by whom, through which request."""

    id: UUID
    action: str
    method: str
    path: str
    object_type: str
    object_id: str
    ip_address: str
    user_agent: str
    status_code: int
    user: UUID | None
    entreprise: UUID | None
    created_at: datetime
    details: dict[str, Any] | None


def logs_controller(service: Resource[Log]) -> type[Controller]:
    """The controller of `/api/logs/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/logs",
            singular="log",
            plural="logs",
            one=Text(fr="une entrée du journal d'audit", en="an audit entry"),
            many=Text(fr="le journal d'audit", en="the audit trail"),
            service=service,
            out=Log,
            listing=LISTING,
            resource="logs",
            actions=("list", "get"),
        )
    )
