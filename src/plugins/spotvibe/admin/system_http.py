"""The running system on the wire (contracts/spotvibe.md sections 8.3 and 8.5)."""

from litestar import Controller, Response

from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from core.primitives.locale import Text
from plugins.spotvibe.admin.system_service import Metrics, System, SystemHealth
from plugins.spotvibe.rules import StaffOnly

NO_STORE = {"cache-control": "no-store"}


def system_controller(system: System) -> type[Controller]:
    """The controller of the running system."""

    class SystemController(Controller):
        path = "/api/admin"
        tags = ["admin"]

        @operation(
            "GET",
            "/system/health",
            name="get_admin_system_health",
            rule=StaffOnly(),
            summary=Text(fr="Lire l'état des composants", en="Read the state of the components"),
        )
        async def health(self, request: StrictRequest) -> Response[SystemHealth]:  # noqa: ARG002
            """Look at every component."""
            return Response(await system.health(), headers=NO_STORE)

        @operation(
            "GET",
            "/metrics",
            name="get_admin_metrics",
            rule=StaffOnly(),
            summary=Text(fr="Lire les métriques du système", en="Read the system's metrics"),
        )
        async def metrics(self, request: StrictRequest) -> Response[Metrics]:  # noqa: ARG002
            """Measure the machine and the server."""
            return Response(await system.metrics(), headers=NO_STORE)

    return SystemController
