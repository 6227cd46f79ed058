"""The manifest of quotes."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_devis",
    title=Text(fr="Devis", en="Quotes"),
    suites=("crm",),
    requires=("crm_opportunites",),
    claims=("/api/devis", "/devis"),
    wire=_wire,
)
