"""The manifest of functions."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.fonctions_api.http import FonctionApi, fonctions_controller
    from plugins.driven.fonctions_api.service import FONCTION_NOT_FOUND, NARROWED, FonctionsApi
    from plugins.driven.fonctions_api.store import FonctionStore
    from plugins.driven.permissions.ties_service import Ties
    from plugins.driven.permissions.ties_store import TieStore

    store = FonctionStore(FonctionApi, listing=NARROWED, time_zone=kernel.installation.time_zone)
    service = FonctionsApi(kernel.works, store, object_type="FonctionApi", key="fonction_id", absent=FONCTION_NOT_FOUND)
    ties = TieStore("driven_fonction_permission", "fonction_id")
    permissions = Ties(kernel.works, store, ties, object_type="FonctionApi", absent=FONCTION_NOT_FOUND)
    return Wired(controllers=[fonctions_controller(service, permissions)])


PLUGIN = Plugin(
    name="driven_fonctions_api",
    title=Text(fr="Fonctions API", en="API functions"),
    suites=("driven",),
    requires=("driven_permissions",),
    claims=("/api/fonctions_api",),
    wire=_wire,
)
