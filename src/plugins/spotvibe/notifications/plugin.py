"""The manifest of notifications."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_notifications",
    title=Text(fr="Notifications de SpotVibe", en="Notifications of SpotVibe"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=("/api/notifications",),
    wire=_wire,
)
