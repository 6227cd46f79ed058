"""The health check on the wire."""

from datetime import datetime
from typing import Literal

import msgspec
from litestar import Controller

from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from core.access.rules import Anyone
from core.primitives.clock import Clock
from core.primitives.locale import Text


class ServerHealth(msgspec.Struct):
    """The server answers, and what its clock says."""

    status: Literal["ok"]
    timestamp: datetime


def health_controller(clock: Clock) -> type[Controller]:
    """The controller of `/`."""

    class HealthController(Controller):
        path = "/"
        tags = ["health"]

        @operation(
            "GET",
            "/",
            name="get_health",
            rule=Anyone(),
            summary=Text(fr="Vérifier que le serveur répond", en="Check that the server answers"),
        )
        async def get_health(self, request: StrictRequest) -> ServerHealth:  # noqa: ARG002
            """Answer."""
            return ServerHealth(status="ok", timestamp=clock.now().replace(microsecond=0))

    return HealthController
