"""The activation webhook on the wire (contracts/spotvibe.md section 5.5)."""

from typing import Final

from litestar import Controller

from adapters.http.decode import decode_json
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from core.access.rules import Anyone
from core.primitives.locale import Text
from plugins.spotvibe.subscriptions.activation_service import Activations
from plugins.spotvibe.subscriptions.messages import CALLED_BACK
from plugins.spotvibe.subscriptions.wire import Activation
from plugins.spotvibe.wire import Done

CALLBACKS: Final = Rate("webhook")


def activation_controller(activations: Activations) -> type[Controller]:
    """The controller of the webhook."""

    class ActivationController(Controller):
        path = "/api/subscriptions/activate-webhook"
        tags = ["subscriptions"]

        @operation(
            "POST",
            "/",
            name="activate_subscription",
            rule=Anyone(),
            rate=CALLBACKS,
            status=200,
            summary=Text(fr="Signaler un paiement d'abonnement", en="Tell of a subscription's payment"),
            facts=Facts(
                errors=(400, 401, 429),
                request_example={
                    "payment_uuid": "019a0000-0000-7000-8000-000000000000",
                    "status": "success",
                    "transaction_id": "TX-1",
                },
            ),
        )
        async def activate(self, request: StrictRequest) -> Done:
            """Have the operator asked what became of a payment. The signature is over the body as it came."""
            body = await request.body()
            activations.check(request.headers.get("x-signature", ""), body)
            told: Activation = decode_json(body, Activation)
            await activations.receive(request.caller, told.payment_uuid, told.status, told.transaction_id)
            return Done(CALLED_BACK.say(request.caller.locale))

    return ActivationController
