"""The manifest of reports."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_rapports",
    title=Text(fr="Rapports", en="Reports"),
    suites=("crm",),
    requires=("crm_projets", "crm_opportunites", "crm_taches", "crm_devis"),
    claims=("/api/rapports",),
    wire=_wire,
)
