"""The manifest of projects."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_projets",
    title=Text(fr="Projets", en="Projects"),
    suites=("crm",),
    requires=("crm_clients",),
    claims=("/api/projets",),
    wire=_wire,
)
