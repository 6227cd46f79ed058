"""The manifest of opportunities."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.crm.opportunites.api import OpportunitesApi
    from plugins.crm.opportunites.http import opportunite_controllers
    from plugins.crm.opportunites.service import LISTING, Opportunites
    from plugins.crm.opportunites.store import OpportuniteStore
    from plugins.crm.opportunites.wire import Opportunite

    store = OpportuniteStore(Opportunite, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Opportunites(kernel.works, store, kernel.clock)
    clients = kernel.apis["crm_clients"]
    clients.uses.add(store.of_client, fr=("opportunité", "opportunités"), en=("opportunity", "opportunities"))
    api = OpportunitesApi(kernel.works, store, service.uses)
    return Wired(controllers=opportunite_controllers(service, clients), api=api)


PLUGIN = Plugin(
    name="crm_opportunites",
    title=Text(fr="Opportunités", en="Opportunities"),
    suites=("crm",),
    requires=("crm_clients",),
    claims=("/api/opportunites",),
    wire=_wire,
)
