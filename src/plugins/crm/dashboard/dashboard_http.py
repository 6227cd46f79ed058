"""The dashboard on the wire: figures, arrays, and charts."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Controller, Response
from litestar.handlers import HTTPRouteHandler

from adapters.http.operations import Facts
from adapters.http.shown import shown_operation
from core.access.principal import Caller
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
_DRAWN: Mapping[str, Any] = {"media_type": SVG, "facts": Facts(errors=(503,))}


def dashboard_controller(
    dashboard: Dashboard[Client, Projet, Opportunite, Tache], drawing: Drawing
) -> type[Controller]:
    """The controller of `/api/dashboard/`."""

    async def opportunites(caller: Caller) -> Response[list[Opportunite]]:
        return _array(await dashboard.active_opportunites(caller))

    async def taches(caller: Caller) -> Response[list[Tache]]:
        return _array(await dashboard.coming_taches(caller))

    async def pipeline(caller: Caller) -> Response[bytes]:
        return _svg(await drawing.pipeline(await dashboard.stages(caller), caller.locale))

    async def performance(caller: Caller) -> Response[bytes]:
        return _svg(await drawing.performance(await dashboard.performance(caller), caller.locale))

    async def stats(caller: Caller) -> Response[bytes]:
        return _svg(await drawing.stats(await dashboard.stats(caller), caller.locale))

    class DashboardController(Controller):
        path = "/api/dashboard"
        tags = ["dashboard"]

        get_stats = _shown(
            "/stats",
            "get_dashboard_stats",
            Text(fr="Lire les statistiques globales", en="Read the overall figures"),
            dashboard.stats,
            Stats,
        )
        get_performance = _shown(
            "/performance",
            "get_dashboard_performance",
            Text(fr="Lire les performances commerciales", en="Read how selling goes"),
            dashboard.performance,
            Performance,
        )
        list_projets = _shown(
            "/projets-recents",
            "list_recent_projets",
            Text(fr="Lister les projets récents", en="List the projects added last"),
            dashboard.recent_projets,
            list[Projet],
        )
        list_clients = _shown(
            "/clients-recents",
            "list_recent_clients",
            Text(fr="Lister les clients récemment ajoutés", en="List the clients added last"),
            dashboard.recent_clients,
            list[Client],
        )
        list_opportunites = _shown(
            "/opportunites-actives",
            "list_active_opportunites",
            Text(fr="Lister les opportunités actives", en="List the active opportunities"),
            opportunites,
            Response[list[Opportunite]],
        )
        list_taches = _shown(
            "/taches-a-venir",
            "list_coming_taches",
            Text(fr="Lister les tâches à venir", en="List the tasks that are coming up"),
            taches,
            Response[list[Tache]],
        )
        draw_pipeline = _shown(
            "/pipeline.svg",
            "draw_dashboard_pipeline",
            Text(fr="Dessiner le pipeline de vente", en="Draw the sales pipeline"),
            pipeline,
            **_DRAWN,
        )
        draw_performance = _shown(
            "/performance.svg",
            "draw_dashboard_performance",
            Text(fr="Dessiner les performances commerciales", en="Draw how selling goes"),
            performance,
            **_DRAWN,
        )
        draw_stats = _shown(
            "/stats.svg",
            "draw_dashboard_stats",
            Text(fr="Dessiner les statistiques globales", en="Draw the overall figures"),
            stats,
            **_DRAWN,
        )

    return DashboardController


def _shown(
    path: str,
    name: str,
    summary: Text,
    read: Callable[[Caller], Awaitable[Any]],
    shown: Any = Response[bytes],
    **options: Any,
) -> HTTPRouteHandler:
    return shown_operation(path, name=name, rule=READS, summary=summary, read=read, shown=shown, **options)


def _array(page: Page[Any]) -> Response[list[Any]]:
    """At most 500 things; `X-Total-Count` counts them all."""
    return Response(page.items, headers={"x-total-count": str(page.count)})


def _svg(text: str) -> Response[bytes]:
    return Response(text.encode(), media_type=SVG, headers=_SVG_HEADERS)
