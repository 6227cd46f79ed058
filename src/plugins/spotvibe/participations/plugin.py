"""The manifest of participations."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_participations",
    title=Text(fr="Participations et invitations", en="Participations and invitations"),
    suites=("spotvibe",),
    requires=("spotvibe_events", "spotvibe_tickets"),
    claims=("/api/events/participate",),
    wire=_wire,
)
