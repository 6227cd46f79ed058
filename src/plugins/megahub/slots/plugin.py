"""The manifest of slots of companies."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="megahub_slots",
    title=Text(fr="Quotas des entreprises", en="Slots of companies"),
    suites=("megahub",),
    requires=("megahub_companies",),
    claims=("/companies/slots",),
    wire=_wire,
)
