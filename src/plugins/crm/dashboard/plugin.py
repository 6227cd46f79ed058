"""The manifest of the dashboard."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_dashboard",
    title=Text(fr="Tableau de bord", en="The dashboard"),
    suites=("crm",),
    requires=("crm_projets", "crm_opportunites", "crm_taches", "crm_devis"),
    claims=("/api/dashboard",),
    wire=_wire,
)
