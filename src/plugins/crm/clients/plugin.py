"""The manifest of clients."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.crm.clients.api import ClientsApi
    from plugins.crm.clients.client_http import clients_controller
    from plugins.crm.clients.client_service import Clients
    from plugins.crm.clients.store import ClientStore, contact_store
    from plugins.crm.clients.wire import Client

    zone = kernel.installation.time_zone
    store = ClientStore(Client, time_zone=zone)
    service = Clients(kernel.works, store, region=kernel.installation.region)
    return Wired(
        controllers=[clients_controller(service)], api=ClientsApi(kernel.works, contact_store(zone), service.uses)
    )


PLUGIN = Plugin(
    name="crm_clients",
    title=Text(fr="Clients", en="Clients"),
    suites=("crm",),
    requires=("accounts",),
    claims=("/api/clients",),
    wire=_wire,
)
