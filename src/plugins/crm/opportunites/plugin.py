"""The manifest of opportunities."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_opportunites",
    title=Text(fr="Opportunités", en="Opportunities"),
    suites=("crm",),
    requires=("crm_clients",),
    claims=("/api/opportunites",),
    wire=_wire,
)
