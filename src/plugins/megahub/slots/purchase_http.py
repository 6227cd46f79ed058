"""Buying slots on the wire: beside the document's operations."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from adapters.http.scalars import Name, OptionalText
from core.access.rules import Administers
from core.payments.service import NextAction
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.megahub.slots.purchase_service import Begun, Means, Purchases
from plugins.megahub.wire import DIALECT

BEGUN = message(
    "megahub_purchase_begun",
    fr="Paiement initié, les slots seront ajoutés après confirmation",
    en="The payment has begun; the slots are added once it is confirmed",
)
Increment = Annotated[int, Meta(ge=0, le=100_000)]


class PurchaseBody(msgspec.Struct):
    """What is bought, and how it is paid. `payment_method` is the name of an operator's gateway."""

    payment_method: Name
    brands_increment: Increment = 0
    users_increment: Increment = 0
    phone_number: OptionalText | None = None
    otp: OptionalText = ""


class Purchasing(msgspec.Struct):
    """A purchase whose payment was begun. The `type` of `next_action` is "prompt" (on the phone), "otp" or "redirect";
    its `url` is that of the operator's page."""

    message: str
    payment_uuid: UUID
    next_action: NextAction


def purchasing(request: StrictRequest, begun: Begun) -> Purchasing:
    """The answer to a purchase."""
    return Purchasing(BEGUN.say(request.caller.locale), begun.payment, begun.action)


def encode_purchase(request: StrictRequest, begun: Begun) -> tuple[bytes, dict[str, str]]:
    """The answer that is kept under an `Idempotency-Key`."""
    return msgspec.json.encode(purchasing(request, begun)), {}


def purchase_controller(purchases: Purchases) -> type[Controller]:
    """The controller of purchases."""

    class PurchaseController(Controller):
        path = "/companies/slots/{key:str}/purchase"
        tags = ["slots"]

        @operation(
            "POST",
            "/",
            name="purchase_company_slots",
            rule=Administers(),
            creates=encode_purchase,
            summary=Text(fr="Acheter des slots", en="Buy slots"),
            facts=Facts(
                errors=(400, 404, 409, 415),
                request_example={"brands_increment": 5, "payment_method": "mtn", "phone_number": "+2290197000000"},
            ),
        )
        async def purchase(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[PurchaseBody]
        ) -> Purchasing:
            """Begin the payment of more slots."""
            means = Means(gateway=data.payment_method, phone=data.phone_number or None, otp=data.otp)
            begun = await purchases.begin(
                request.caller, key_of(DIALECT, key), data.brands_increment, data.users_increment, means
            )
            return purchasing(request, begun)

    return PurchaseController
