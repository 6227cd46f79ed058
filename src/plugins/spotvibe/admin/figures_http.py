"""Figures for staff on the wire (contracts/spotvibe.md sections 8.1 and 8.2)."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller
from litestar.handlers import HTTPRouteHandler

from adapters.http.shown import shown_operation
from core.primitives.locale import Text
from plugins.spotvibe.admin.figure_service import Dashboard, EventStats, Figures, PaymentStats, UserStats
from plugins.spotvibe.rules import StaffOnly


def figures_controller(figures: Figures) -> type[Controller]:
    """The controller of figures."""

    class FiguresController(Controller):
        path = "/api/admin"
        tags = ["admin"]

        dashboard = _figure(
            "/dashboard",
            "get_admin_dashboard",
            Text(fr="Lire le tableau de bord", en="Read the dashboard"),
            figures.dashboard,
            Dashboard,
        )
        users = _figure(
            "/stats/users",
            "get_admin_user_stats",
            Text(fr="Lire les statistiques des utilisateurs", en="Read the figures of users"),
            figures.users,
            UserStats,
        )
        events = _figure(
            "/stats/events",
            "get_admin_event_stats",
            Text(fr="Lire les statistiques des événements", en="Read the figures of events"),
            figures.events,
            EventStats,
        )
        payments = _figure(
            "/stats/payments",
            "get_admin_payment_stats",
            Text(fr="Lire les statistiques des paiements", en="Read the figures of payments"),
            figures.payments,
            PaymentStats,
        )

    return FiguresController


def _figure(
    path: str, name: str, summary: Text, read: Callable[[], Awaitable[Any]], shown: type[Any]
) -> HTTPRouteHandler:
    """Figures of the whole installation, the same for all of the staff."""
    return shown_operation(path, name=name, rule=StaffOnly(), summary=summary, read=lambda _: read(), shown=shown)
