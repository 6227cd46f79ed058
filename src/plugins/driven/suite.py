"""The suite's manifest."""

from core.plugin import Suite
from core.primitives.locale import Text

SUITE = Suite(
    name="driven",
    title=Text(fr="Driven : gouvernance des accès", en="Driven: access governance"),
    dialect="plugins.driven.wire:DIALECT",
    gate="plugins.driven.gate:portal_gate",
    mount="/driven",
)
