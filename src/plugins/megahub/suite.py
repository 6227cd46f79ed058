"""The suite's manifest."""

from core.plugin import Suite
from core.primitives.locale import Text

SUITE = Suite(
    name="megahub",
    title=Text(fr="Megahub : entreprises, quotas et abonnements", en="Megahub: companies, quotas and subscriptions"),
    dialect="plugins.megahub.wire:DIALECT",
)
