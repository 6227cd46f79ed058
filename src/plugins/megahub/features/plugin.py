"""The manifest of features and their subscriptions."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="megahub_features",
    title=Text(fr="Fonctionnalités et abonnements", en="Features and their subscriptions"),
    suites=("megahub",),
    requires=("megahub_companies",),
    claims=("/companies/features",),
    wire=_wire,
)
