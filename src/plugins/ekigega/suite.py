"""The suite's manifest."""

from core.plugin import Suite
from core.primitives.locale import Text

SUITE = Suite(
    name="ekigega",
    title=Text(fr="Ekigega : gestion d'entreprise", en="Ekigega: business management"),
    dialect="plugins.ekigega.wire:DIALECT",
)
