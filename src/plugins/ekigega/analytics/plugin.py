"""The manifest of the dashboards."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.analytics.http import analytics_controller
    from plugins.ekigega.analytics.service import Analytics
    from plugins.ekigega.analytics.store import PgAnalytics

    service = Analytics(kernel.works, PgAnalytics(), kernel.clock, kernel.installation.time_zone)
    return Wired(controllers=[analytics_controller(service)])


PLUGIN = Plugin(
    name="ekigega_analytics",
    title=Text(fr="Tableaux de bord", en="Dashboards"),
    suites=("ekigega",),
    requires=("accounts", "ekigega_ventes", "ekigega_depenses", "ekigega_partners"),
    claims=("/api/analytics",),
    permissions=(Permission("analytics", Text(fr="Tableaux de bord", en="Dashboards")),),
    wire=_wire,
)
