"""The manifest of core."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    return Wired()


PLUGIN = Plugin(
    name="spotvibe_core",
    title=Text(
        fr="Application SpotVibe : recherche, fichiers, FAQ, paramètres",
        en="SpotVibe application: search, files, FAQ, settings",
    ),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    after=("spotvibe_events", "spotvibe_payments", "spotvibe_subscriptions"),
    claims=("/api/core",),
    wire=_wire,
)
