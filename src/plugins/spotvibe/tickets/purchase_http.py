"""Buying tickets, and cancelling the event that they are for, on the wire (contracts/spotvibe.md section 4.5)."""

from typing import Any

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.rules import SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.payments.domain import Means
from plugins.spotvibe.payments.wire import PaymentStarted
from plugins.spotvibe.tickets.cancellation_service import Cancellations
from plugins.spotvibe.tickets.purchase_service import Begun, Purchases
from plugins.spotvibe.tickets.wire import Achat, Cancelled
from plugins.spotvibe.wire import DIALECT

BOUGHT = message(
    "spotvibe_ticket_purchase_begun",
    fr="Achat de billet initié. Veuillez confirmer le paiement sur votre téléphone.",
    en="The purchase has begun. Please confirm the payment on your phone.",
)
CANCELLED = message(
    "spotvibe_event_cancelled_now",
    fr="Événement annulé avec succès. Les détenteurs de billets sont remboursés et prévenus.",
    en="The event is cancelled. The holders of its tickets are refunded and told.",
)


def _begun(request: StrictRequest, begun: Begun) -> PaymentStarted:
    return PaymentStarted(BOUGHT.say(request.caller.locale), begun.paiement, begun.action)


def _encode(request: StrictRequest, begun: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_begun(request, begun)), {}


def purchase_controller(purchases: Purchases, cancellations: Cancellations) -> type[Controller]:
    """The controller of purchases and cancellations."""

    class TicketPurchaseController(Controller):
        path = "/api/events"
        tags = ["events"]

        @operation(
            "POST",
            "/tickets/purchase",
            name="purchase_event_tickets",
            rule=SignedIn(),
            creates=_encode,
            summary=Text(fr="Acheter des billets", en="Buy tickets"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "event_id": 1,
                    "quantity": 1,
                    "payment_method": "MOMO_MTN",
                    "phone_number": "+22997000000",
                },
            ),
        )
        async def purchase(self, request: StrictRequest, data: JSONBody[Achat]) -> PaymentStarted:
            """Hold seats and begin their payment."""
            means = Means(data.payment_method, data.phone_number or None, data.otp)
            begun = await purchases.purchase(request.caller, data.event_id, data.quantity, means)
            return _begun(request, begun)

        @operation(
            "POST",
            "/{key:str}/cancel",
            name="cancel_event",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Annuler un événement et rembourser ses billets", en="Cancel an event, refund its tickets"),
            facts=Facts(errors=(400, 404)),
        )
        async def cancel(self, request: StrictRequest, key: FromPath[str]) -> Cancelled:
            """Cancel an event; its holders are refunded and told."""
            to_settle = await cancellations.cancel(request.caller, int(key_of(DIALECT, key)))
            return Cancelled(CANCELLED.say(request.caller.locale), to_settle)

    return TicketPurchaseController
