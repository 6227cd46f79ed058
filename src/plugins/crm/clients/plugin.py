"""The manifest of clients."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:  # noqa: ARG001
    return Wired()


PLUGIN = Plugin(
    name="crm_clients",
    title=Text(fr="Clients", en="Clients"),
    suites=("crm",),
    requires=("accounts",),
    claims=("/api/clients",),
    wire=_wire,
)
