"""The manifest of projects."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.crm.projets.api import ProjetsApi
    from plugins.crm.projets.projet_http import projets_controllers
    from plugins.crm.projets.projet_service import Projets
    from plugins.crm.projets.store import ProjetStore, known_store
    from plugins.crm.projets.wire import Projet

    zone = kernel.installation.time_zone
    clients = kernel.apis["crm_clients"]
    store = ProjetStore(Projet, time_zone=zone)
    service = Projets(kernel.works, store)
    clients.uses.add(store.of_client, fr=("projet", "projets"), en=("project", "projects"))
    return Wired(
        controllers=projets_controllers(service, clients),
        api=ProjetsApi(kernel.works, known_store(zone), store, service),
    )


PLUGIN = Plugin(
    name="crm_projets",
    title=Text(fr="Projets", en="Projects"),
    suites=("crm",),
    requires=("crm_clients",),
    claims=("/api/projets",),
    wire=_wire,
)
