"""The manifest of products."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from core.access.usage import Subject
    from plugins.ekigega.produits.http import Produit, produits_controller
    from plugins.ekigega.produits.service import FEATURE, LISTING, Produits
    from plugins.ekigega.produits.store import ProduitStore

    store = ProduitStore(Produit, listing=LISTING, time_zone=kernel.installation.time_zone)
    kernel.usage.declare_rows(FEATURE, store.standing, subject=Subject.ORGANISATION)
    service = Produits(kernel.works, store, kernel.usage)
    return Wired(controllers=[produits_controller(service)], api=store)


PLUGIN = Plugin(
    name="ekigega_produits",
    title=Text(fr="Produits", en="Products"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/produits",),
    permissions=(Permission("products", Text(fr="Produits", en="Products")),),
    wire=_wire,
)
