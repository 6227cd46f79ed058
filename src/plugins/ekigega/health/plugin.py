"""The manifest of the health check."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.health.http import health_controller

    return Wired(controllers=[health_controller(kernel.clock)])


PLUGIN = Plugin(
    name="ekigega_health",
    title=Text(fr="État du serveur", en="Server health"),
    suites=("ekigega",),
    wire=_wire,
)
