"""The manifest of objectives."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.objectifs.http import Objectif, objectifs_controllers
    from plugins.driven.objectifs.service import OBJECTIF_NOT_FOUND
    from plugins.driven.objectifs.store import ObjectifStore
    from plugins.driven.tracking import TrackedResource

    store = ObjectifStore(Objectif, time_zone=kernel.installation.time_zone)
    service = TrackedResource(kernel.works, store, object_type="Objectif", absent=OBJECTIF_NOT_FOUND)
    return Wired(controllers=objectifs_controllers(service))


PLUGIN = Plugin(
    name="driven_objectifs",
    title=Text(fr="Objectifs", en="Objectives"),
    suites=("driven",),
    requires=("driven_utilisateurs",),
    claims=("/api/objectifs",),
    wire=_wire,
)
