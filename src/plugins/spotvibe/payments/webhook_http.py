"""Operators' callbacks at the documented paths (contracts/spotvibe.md section 6.5). They do what
`/webhooks/{gateway}/` does without a reference: the body names the operation (DECISIONS.md section 2, "Webhooks")."""

from typing import Final

from litestar import Controller
from litestar.params import FromPath

from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.webhooks import PER_MINUTE, callback_of, caller_of
from core.access.rules import Anyone
from core.payments.callbacks import Callbacks
from core.primitives.errors import DomainError, Kind, message
from core.primitives.locale import Text
from core.work import Works
from plugins.spotvibe.payments.domain import MOBILE_SLUGS
from plugins.spotvibe.wire import Done

TAKEN = message("spotvibe_webhook_taken", fr="Webhook traité.", en="The webhook was handled.")
CALLED_BACK: Final = Rate("webhook", per_minute=PER_MINUTE)
FACTS: Final = Facts(errors=(404,), key="operateur", text_key=True)


def webhook_controller(callbacks: Callbacks, works: Works) -> type[Controller]:
    """The controller of operators' callbacks. An operator of the document that the installation does not have is
    answered like any other, and leaves an audit entry."""

    async def take(request: StrictRequest, gateway: str) -> Done:
        caller = caller_of(request)
        try:
            await callbacks.receive(caller, gateway, "", await callback_of(request))
        except DomainError as error:
            if error.kind is not Kind.MISSING or gateway not in MOBILE_SLUGS:
                raise
            async with works.everywhere(caller) as work:
                work.audit("REJECT", "PaymentCallback", gateway, details={"verdict": "no_gateway"})
                await work.commit()
        return Done(TAKEN.say(request.caller.locale))

    class WebhookController(Controller):
        path = "/api/payments/webhooks"
        tags = ["payments"]

        @operation(
            "POST",
            "/{key:str}",
            name="take_payment_callback",
            rule=Anyone(),
            rate=CALLED_BACK,
            status=200,
            summary=Text(fr="Recevoir l'appel d'un opérateur", en="Take an operator's callback"),
            facts=FACTS,
        )
        async def posted(self, request: StrictRequest, key: FromPath[str]) -> Done:
            """Take an operator's callback, whatever its body."""
            return await take(request, key)

        @operation(
            "PUT",
            "/{key:str}",
            name="put_payment_callback",
            rule=Anyone(),
            rate=CALLED_BACK,
            summary=Text(fr="Recevoir l'appel d'un opérateur par PUT", en="Take an operator's callback by PUT"),
            facts=FACTS,
        )
        async def put(self, request: StrictRequest, key: FromPath[str]) -> Done:
            """Take an operator's callback, whatever its body (MTN's come by PUT)."""
            return await take(request, key)

    return WebhookController
