"""The manifest of admin."""

from typing import Any

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.spotvibe.admin.action_service import AdminActions
    from plugins.spotvibe.admin.action_store import ActionStore
    from plugins.spotvibe.admin.actions_http import actions_controller
    from plugins.spotvibe.admin.bulk_service import BulkActions
    from plugins.spotvibe.admin.figure_service import Figures
    from plugins.spotvibe.admin.figure_store import FigureStore
    from plugins.spotvibe.admin.figures_http import figures_controller
    from plugins.spotvibe.admin.moderation import acts
    from plugins.spotvibe.admin.quick_service import QuickActions
    from plugins.spotvibe.admin.review_service import Reviews
    from plugins.spotvibe.admin.review_store import ReviewStore
    from plugins.spotvibe.admin.suspension_service import Suspensions
    from plugins.spotvibe.admin.suspension_store import SuspensionStore
    from plugins.spotvibe.admin.system_http import system_controller
    from plugins.spotvibe.admin.system_service import System

    works, apis = kernel.works, kernel.apis
    events: Any = apis["spotvibe_events"]
    payments: Any = apis["spotvibe_payments"]
    figures = Figures(
        works,
        FigureStore(),
        kernel.clock,
        kernel.installation.time_zone,
        events=events,
        payments=payments,
        subscriptions=apis["spotvibe_subscriptions"],
    )
    store = ActionStore()
    bulk = BulkActions(
        works,
        store,
        acts(events, payments, apis["spotvibe_users"], Suspensions(SuspensionStore())),
        {"cancel_events": apis["spotvibe_tickets"].cancel_event},
    )
    return Wired(
        controllers=[
            figures_controller(figures),
            system_controller(System(kernel.vitals)),
            actions_controller(
                AdminActions(works, store),
                bulk,
                QuickActions(apis["spotvibe_core"]),
                Reviews(works, ReviewStore(), kernel.files),
            ),
        ]
    )


PLUGIN = Plugin(
    name="spotvibe_admin",
    title=Text(fr="Administration de SpotVibe", en="Administration of SpotVibe"),
    suites=("spotvibe",),
    requires=(
        "spotvibe_core",
        "spotvibe_events",
        "spotvibe_participations",
        "spotvibe_payments",
        "spotvibe_subscriptions",
        "spotvibe_tickets",
        "spotvibe_users",
    ),
    claims=("/api/admin",),
    wire=_wire,
)
