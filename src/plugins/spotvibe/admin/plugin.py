"""The manifest of admin."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


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
