"""The manifest of payments."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_payments",
    title=Text(fr="Paiements de SpotVibe", en="Payments of SpotVibe"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=("/api/payments",),
    wire=_wire,
)
