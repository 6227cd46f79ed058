"""The manifest of companies, brands and company users."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="megahub_companies",
    title=Text(fr="Entreprises, marques et utilisateurs", en="Companies, brands and company users"),
    suites=("megahub",),
    requires=("accounts",),
    claims=("/companies",),
    wire=_wire,
)
