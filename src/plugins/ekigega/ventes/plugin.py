"""The manifest of sales."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.ventes.http import Vente, VenteItem, ventes_controller
    from plugins.ekigega.ventes.service import LISTING, Ventes
    from plugins.ekigega.ventes.store import VenteStore

    store = VenteStore(Vente, VenteItem, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Ventes(
        kernel.works, store, stock=kernel.apis["ekigega_produits"], clients=kernel.apis["ekigega_partners"]
    )
    return Wired(controllers=[ventes_controller(service)])


PLUGIN = Plugin(
    name="ekigega_ventes",
    title=Text(fr="Ventes", en="Sales"),
    suites=("ekigega",),
    requires=("accounts", "ekigega_produits", "ekigega_partners"),
    claims=("/api/ventes",),
    permissions=(Permission("sales", Text(fr="Ventes", en="Sales")),),
    wire=_wire,
)
