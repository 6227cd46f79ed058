"""The suite's manifest."""

from core.plugin import Suite
from core.primitives.locale import Text

SUITE = Suite(
    name="crm",
    title=Text(fr="CRM : clients, projets et devis", en="CRM: clients, projects and quotes"),
    dialect="plugins.crm.wire:DIALECT",
)
