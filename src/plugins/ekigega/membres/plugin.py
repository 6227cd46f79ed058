"""The manifest of members."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.membres.http import Membre, membres_controller
    from plugins.ekigega.membres.store import membre_store

    store = membre_store(Membre, kernel.installation.time_zone)
    return Wired(controllers=[membres_controller(kernel.organisations.members(store))])


PLUGIN = Plugin(
    name="ekigega_membres",
    title=Text(fr="Membres", en="Members"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/membres",),
    wire=_wire,
)
