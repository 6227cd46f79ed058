"""The manifest of entities."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.entites.http import Entite, entites_controller
    from plugins.driven.entites.service import ENTITE_NOT_FOUND, LISTING, Entites
    from plugins.driven.entites.store import EntiteStore

    store = EntiteStore(Entite, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Entites(kernel.works, store, object_type="Entite", absent=ENTITE_NOT_FOUND)
    return Wired(controllers=[entites_controller(service)])


PLUGIN = Plugin(
    name="driven_entites",
    title=Text(fr="Entités", en="Entities"),
    suites=("driven",),
    claims=("/api/entites",),
    wire=_wire,
)
