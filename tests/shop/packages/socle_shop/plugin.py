"""The manifest of the shop."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from socle_shop.http import shop_controller
    from socle_shop.service import Shop, ShopOrders

    shop = Shop(kernel.works, kernel.payments)
    return Wired(controllers=[shop_controller(shop)], order_types=[ShopOrders()], api=shop)


PLUGIN = Plugin(
    name="shop",
    title=Text(fr="Boutique d'essai", en="Test shop"),
    suites=("ekigega",),
    claims=("/api/shop",),
    migrations="socle_shop.migrations",
    wire=_wire,
)
