"""The manifest of subscriptions."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_subscriptions",
    title=Text(fr="Abonnements de SpotVibe", en="Subscriptions of SpotVibe"),
    suites=("spotvibe",),
    requires=("spotvibe_payments",),
    after=("spotvibe_events",),
    claims=("/api/subscriptions",),
    wire=_wire,
)
