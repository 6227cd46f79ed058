"""The manifest of tickets."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_tickets",
    title=Text(fr="Billets", en="Tickets"),
    suites=("spotvibe",),
    requires=("spotvibe_events", "spotvibe_payments"),
    after=("spotvibe_subscriptions",),
    claims=("/api/events/tickets",),
    wire=_wire,
)
