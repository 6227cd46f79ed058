"""Dashboards on the wire."""

from litestar import Controller

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.samples import sample_of
from core.access.principal import Action
from core.access.rules import Allowed
from core.primitives.locale import Text
from plugins.ekigega.analytics.service import Analytics, Cashflow, Dashboard

_READERS = Allowed("analytics", Action.READ)


def analytics_controller(service: Analytics) -> type[Controller]:
    """The controller of `/api/analytics/`."""

    class AnalyticsController(Controller):
        path = "/api/analytics"
        tags = ["analytics"]

        @operation(
            "GET",
            "/dashboard",
            name="get_dashboard",
            rule=_READERS,
            summary=Text(fr="Lire le tableau de bord", en="Read the dashboard"),
            facts=Facts(response_example={**sample_of(Dashboard), "sales_trend": {"janvier": 12000.0}}),
        )
        async def get_dashboard(self, request: StrictRequest) -> Dashboard:
            """Everything at once."""
            return await service.dashboard(request.caller)

        @operation(
            "GET",
            "/cashflow",
            name="get_cashflow",
            rule=_READERS,
            summary=Text(fr="Lire le résumé de trésorerie", en="Read the cashflow"),
            facts=Facts(response_example=sample_of(Cashflow)),
        )
        async def get_cashflow(self, request: StrictRequest) -> Cashflow:
            """Revenue, expenses, and what is left."""
            return await service.cashflow(request.caller)

    return AnalyticsController
