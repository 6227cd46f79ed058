"""The dashboard on the wire: figures, arrays, and charts."""

from typing import Any

from litestar import Controller, Response

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.primitives.locale import Text
from core.primitives.page import Page
from plugins.crm.clients.wire import Client
from plugins.crm.dashboard.dashboard_service import Dashboard
from plugins.crm.dashboard.domain import Performance, Stats
from plugins.crm.dashboard.drawing import Drawing
from plugins.crm.opportunites.wire import Opportunite
from plugins.crm.projets.wire import Projet
from plugins.crm.rules import READS
from plugins.crm.taches.wire import Tache

SVG = "image/svg+xml"
_SVG_HEADERS = {
    # opened by itself it is a document: it runs nothing and fetches nothing
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "cache-control": "private, no-store",
    "vary": "Accept-Language",
}
_DRAWN = Facts(errors=(503,))


def dashboard_controller(
    dashboard: Dashboard[Client, Projet, Opportunite, Tache], drawing: Drawing
) -> type[Controller]:
    """The controller of `/api/dashboard/`."""

    class DashboardController(Controller):
        path = "/api/dashboard"
        tags = ["dashboard"]

        @operation(
            "GET",
            "/stats",
            name="get_dashboard_stats",
            rule=READS,
            summary=Text(fr="Lire les statistiques globales", en="Read the overall figures"),
        )
        async def get_stats(self, request: StrictRequest) -> Stats:
            """Count what there is."""
            return await dashboard.stats(request.caller)

        @operation(
            "GET",
            "/performance",
            name="get_dashboard_performance",
            rule=READS,
            summary=Text(fr="Lire les performances commerciales", en="Read how selling goes"),
        )
        async def get_performance(self, request: StrictRequest) -> Performance:
            """Show the conversion rate, and the last twelve months."""
            return await dashboard.performance(request.caller)

        @operation(
            "GET",
            "/projets-recents",
            name="list_recent_projets",
            rule=READS,
            summary=Text(fr="Lister les projets récents", en="List the projects added last"),
        )
        async def list_projets(self, request: StrictRequest) -> list[Projet]:
            """Show the last ten."""
            return await dashboard.recent_projets(request.caller)

        @operation(
            "GET",
            "/clients-recents",
            name="list_recent_clients",
            rule=READS,
            summary=Text(fr="Lister les clients récemment ajoutés", en="List the clients added last"),
        )
        async def list_clients(self, request: StrictRequest) -> list[Client]:
            """Show the last ten."""
            return await dashboard.recent_clients(request.caller)

        @operation(
            "GET",
            "/opportunites-actives",
            name="list_active_opportunites",
            rule=READS,
            summary=Text(fr="Lister les opportunités actives", en="List the active opportunities"),
        )
        async def list_opportunites(self, request: StrictRequest) -> Response[list[Opportunite]]:
            """Show those that are not at "conclusion", 500 at most; `X-Total-Count` counts them all."""
            return _array(await dashboard.active_opportunites(request.caller))

        @operation(
            "GET",
            "/taches-a-venir",
            name="list_coming_taches",
            rule=READS,
            summary=Text(fr="Lister les tâches à venir", en="List the tasks that are coming up"),
        )
        async def list_taches(self, request: StrictRequest) -> Response[list[Tache]]:
            """Show the unfinished ones due within 7 days or overdue, 500 at most; `X-Total-Count` counts them all."""
            return _array(await dashboard.coming_taches(request.caller))

        @operation(
            "GET",
            "/pipeline.svg",
            name="draw_dashboard_pipeline",
            rule=READS,
            summary=Text(fr="Dessiner le pipeline de vente", en="Draw the sales pipeline"),
            media_type=SVG,
            facts=_DRAWN,
        )
        async def draw_pipeline(self, request: StrictRequest) -> Response[bytes]:
            """Draw what is open by stage."""
            caller = request.caller
            return _svg(await drawing.pipeline(await dashboard.stages(caller), caller.locale))

        @operation(
            "GET",
            "/performance.svg",
            name="draw_dashboard_performance",
            rule=READS,
            summary=Text(fr="Dessiner les performances commerciales", en="Draw how selling goes"),
            media_type=SVG,
            facts=_DRAWN,
        )
        async def draw_performance(self, request: StrictRequest) -> Response[bytes]:
            """Draw what was won and lost by month."""
            caller = request.caller
            return _svg(await drawing.performance(await dashboard.performance(caller), caller.locale))

        @operation(
            "GET",
            "/stats.svg",
            name="draw_dashboard_stats",
            rule=READS,
            summary=Text(fr="Dessiner les statistiques globales", en="Draw the overall figures"),
            media_type=SVG,
            facts=_DRAWN,
        )
        async def draw_stats(self, request: StrictRequest) -> Response[bytes]:
            """Draw how many there are of each."""
            caller = request.caller
            return _svg(await drawing.stats(await dashboard.stats(caller), caller.locale))

    return DashboardController


def _array(page: Page[Any]) -> Response[list[Any]]:
    return Response(page.items, headers={"x-total-count": str(page.count)})


def _svg(text: str) -> Response[bytes]:
    return Response(text.encode(), media_type=SVG, headers=_SVG_HEADERS)
