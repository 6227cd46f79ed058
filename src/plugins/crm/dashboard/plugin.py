"""The manifest of the dashboard."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.crm.clients.store import ClientStore
    from plugins.crm.clients.wire import Client
    from plugins.crm.dashboard.dashboard_http import dashboard_controller
    from plugins.crm.dashboard.dashboard_service import Dashboard
    from plugins.crm.dashboard.drawing import Drawing
    from plugins.crm.dashboard.store import ActiveOpportunites, ComingTaches, PgFigures
    from plugins.crm.opportunites.wire import Opportunite
    from plugins.crm.projets.store import ProjetStore
    from plugins.crm.projets.wire import Projet
    from plugins.crm.taches.wire import Tache

    zone = kernel.installation.time_zone
    dashboard = Dashboard(
        kernel.works,
        PgFigures(),
        kernel.clock,
        zone,
        clients=ClientStore(Client, time_zone=zone),
        projets=ProjetStore(Projet, time_zone=zone),
        opportunites=ActiveOpportunites(Opportunite, time_zone=zone),
        taches=ComingTaches(Tache, time_zone=zone),
    )
    return Wired(controllers=[dashboard_controller(dashboard, Drawing(kernel.charts, kernel.installation.currency))])


PLUGIN = Plugin(
    name="crm_dashboard",
    title=Text(fr="Tableau de bord", en="The dashboard"),
    suites=("crm",),
    requires=("crm_clients", "crm_projets", "crm_opportunites", "crm_taches", "crm_devis"),
    claims=("/api/dashboard",),
    wire=_wire,
)
