"""The manifest of events."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_events",
    title=Text(fr="Événements", en="Events"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=("/api/events",),
    wire=_wire,
)
