"""The suite's manifest."""

from core.plugin import Suite
from core.primitives.locale import Text

SUITE = Suite(
    name="spotvibe",
    title=Text(fr="SpotVibe : événements et billets", en="SpotVibe: events and tickets"),
    dialect="plugins.spotvibe.wire:DIALECT",
    gate="plugins.spotvibe.gate:profile_gate",
)
