"""The manifest of tasks."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_taches",
    title=Text(fr="Tâches", en="Tasks"),
    suites=("crm",),
    requires=("crm_clients", "crm_projets"),
    claims=("/api/taches",),
    wire=_wire,
)
