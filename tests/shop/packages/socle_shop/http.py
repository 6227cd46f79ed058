"""The shop on the wire."""

from decimal import Decimal
from uuid import UUID

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from core.access.rules import Anyone
from core.payments.entities import Payment
from core.primitives.errors import missing
from core.primitives.ids import parse_uuid
from core.primitives.locale import Text
from socle_shop.service import Shop

OPEN = Anyone()


class Stocked(msgspec.Struct):
    """Units of a new item."""

    units: int


class Item(msgspec.Struct):
    """An item."""

    id: UUID


class Purchase(msgspec.Struct):
    """A purchase."""

    item: UUID
    gateway: str
    quantity: int = 1
    payer: str = ""
    amount: Decimal = Decimal(500)
    currency: str = "XOF"
    commission: Decimal = Decimal(0)
    payee: str = ""
    return_url: str = "http://127.0.0.1/retour"


class Begun(msgspec.Struct):
    """A purchase under way."""

    order: UUID
    payment: UUID
    action: str
    url: str | None


class Shown(msgspec.Struct):
    """A payment."""

    id: UUID
    state: str
    reason: str | None
    amount: Decimal
    refunded: Decimal
    url: str | None


class Again(msgspec.Struct):
    """How to try again."""

    gateway: str | None = None
    payer: str | None = None


class Back(msgspec.Struct):
    """Money to go back."""

    amount: Decimal
    payee: str | None = None


class Refunded(msgspec.Struct):
    """A refund under way."""

    refund: UUID


def shown(payment: Payment) -> Shown:
    """A payment as it is shown."""
    reason = payment.reason.value if payment.reason else None
    return Shown(payment.id, payment.state.value, reason, payment.amount.amount, payment.refunded, payment.action_url)


def _key(text: str) -> UUID:
    key = parse_uuid(text)
    if key is None:
        raise missing()
    return key


def shop_controller(shop: Shop) -> type[Controller]:
    """The controller."""

    class ShopController(Controller):
        """Buys."""

        path = "/api/shop"

        @operation("POST", "/items", name="stock_shop_item", rule=OPEN, summary=Text(fr="Approvisionner", en="Stock"))
        async def stock(self, request: StrictRequest, data: JSONBody[Stocked]) -> Item:
            """Stock."""
            return Item(await shop.stock(request.caller, data.units))

        @operation("POST", "/purchases", name="buy_shop_item", rule=OPEN, summary=Text(fr="Acheter", en="Buy"))
        async def buy(self, request: StrictRequest, data: JSONBody[Purchase]) -> Begun:
            """Buy."""
            order, payment, action = await shop.buy(request.caller, data)
            return Begun(order, payment, action.type, action.url)

        @operation(
            "GET", "/payments/{key:str}", name="show_shop_payment", rule=OPEN, summary=Text(fr="Voir", en="Show")
        )
        async def show(self, request: StrictRequest, key: FromPath[str]) -> Shown:
            """Show."""
            return shown(await shop.payment(request.caller, _key(key)))

        @operation(
            "POST",
            "/payments/{key:str}/retry",
            name="retry_shop_payment",
            rule=OPEN,
            summary=Text(fr="Relancer", en="Retry"),
        )
        async def retry(self, request: StrictRequest, key: FromPath[str], data: JSONBody[Again]) -> Begun:
            """Retry."""
            action = await shop.retry(request.caller, _key(key), data.gateway, data.payer)
            return Begun(_key(key), _key(key), action.type, action.url)

        @operation(
            "POST",
            "/payments/{key:str}/cancel",
            name="cancel_shop_payment",
            rule=OPEN,
            summary=Text(fr="Annuler", en="Cancel"),
        )
        async def cancel(self, request: StrictRequest, key: FromPath[str]) -> Shown:
            """Cancel."""
            await shop.cancel(request.caller, _key(key))
            return shown(await shop.payment(request.caller, _key(key)))

        @operation(
            "POST",
            "/payments/{key:str}/refund",
            name="refund_shop_payment",
            rule=OPEN,
            summary=Text(fr="Rembourser", en="Refund"),
        )
        async def refund(self, request: StrictRequest, key: FromPath[str], data: JSONBody[Back]) -> Refunded:
            """Refund."""
            return Refunded(await shop.give_back(request.caller, _key(key), data.amount, data.payee))

        @operation(
            "POST",
            "/payments/{key:str}/verify",
            name="verify_shop_payment",
            rule=OPEN,
            summary=Text(fr="Vérifier", en="Verify"),
        )
        async def verify(self, request: StrictRequest, key: FromPath[str]) -> Shown:
            """Verify."""
            return shown(await shop.verify(request.caller, _key(key)))

    return ShopController
