"""Figures for staff on the wire (contracts/spotvibe.md sections 8.1 and 8.2)."""

from litestar import Controller

from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from core.primitives.locale import Text
from plugins.spotvibe.admin.figure_service import Dashboard, EventStats, Figures, PaymentStats, UserStats
from plugins.spotvibe.rules import StaffOnly


def figures_controller(figures: Figures) -> type[Controller]:
    """The controller of figures."""

    class FiguresController(Controller):
        path = "/api/admin"
        tags = ["admin"]

        @operation(
            "GET",
            "/dashboard",
            name="get_admin_dashboard",
            rule=StaffOnly(),
            summary=Text(fr="Lire le tableau de bord", en="Read the dashboard"),
        )
        async def dashboard(self, request: StrictRequest) -> Dashboard:  # noqa: ARG002
            """Count the key figures."""
            return await figures.dashboard()

        @operation(
            "GET",
            "/stats/users",
            name="get_admin_user_stats",
            rule=StaffOnly(),
            summary=Text(fr="Lire les statistiques des utilisateurs", en="Read the figures of users"),
        )
        async def users(self, request: StrictRequest) -> UserStats:  # noqa: ARG002
            """Count users, by country and by day."""
            return await figures.users()

        @operation(
            "GET",
            "/stats/events",
            name="get_admin_event_stats",
            rule=StaffOnly(),
            summary=Text(fr="Lire les statistiques des événements", en="Read the figures of events"),
        )
        async def events(self, request: StrictRequest) -> EventStats:  # noqa: ARG002
            """Count events, by category and by day, and their tickets."""
            return await figures.events()

        @operation(
            "GET",
            "/stats/payments",
            name="get_admin_payment_stats",
            rule=StaffOnly(),
            summary=Text(fr="Lire les statistiques des paiements", en="Read the figures of payments"),
        )
        async def payments(self, request: StrictRequest) -> PaymentStats:  # noqa: ARG002
            """Count payments, and what came in by month."""
            return await figures.payments()

    return FiguresController
