"""Buying subscriptions on the wire (contracts/spotvibe.md section 5.3)."""

from typing import Any, Final

import msgspec
from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import Encode, StrictRequest
from core.access.rules import SignedIn
from core.primitives.errors import invalid_field
from core.primitives.locale import Locale, Text
from core.primitives.messages import REQUIRED
from plugins.spotvibe.payments.domain import Means
from plugins.spotvibe.subscriptions import messages
from plugins.spotvibe.subscriptions.membership_service import Memberships
from plugins.spotvibe.subscriptions.purchase_service import Begun, Purchases
from plugins.spotvibe.subscriptions.wire import (
    PayBody,
    Paying,
    PlanNamed,
    RenewBody,
    Renewing,
    UpgradeBody,
    Upgrading,
)
from plugins.spotvibe.wire import Done

SIGNED_IN: Final = SignedIn()
WRITTEN: Final = (400, 409, 415)


def means_of(body: PayBody | RenewBody | UpgradeBody) -> Means | None:
    """How a request wants to pay; None where it names no method. Raises `DomainError` of kind invalid for a number or a
    code without a method."""
    if body.payment_method is None:
        if body.phone_number or body.otp:
            raise invalid_field("payment_method", REQUIRED)
        return None
    return Means(body.payment_method, body.phone_number, body.otp)


def paying(begun: Begun, locale: Locale) -> Paying:
    """The answer to a payment that was begun."""
    said = messages.ACTIVATED if begun.payment is None else messages.PAID
    return Paying(said.say(locale), begun.payment, begun.action)


def renewing(begun: Begun, locale: Locale) -> Renewing:
    """The answer to a renewal."""
    return Renewing(messages.RENEWED.say(locale), begun.fin, begun.payment, begun.action)


def upgrading(begun: Begun, locale: Locale) -> Upgrading:
    """The answer to an upgrade."""
    plan = PlanNamed(begun.plan.id, begun.plan.nom)
    return Upgrading(messages.UPGRADED.say(locale), plan, begun.montant, begun.payment, begun.action)


def _encoded(shown: Any) -> Encode:
    """How an answer is kept under an `Idempotency-Key`."""

    def encode(request: StrictRequest, begun: Begun) -> tuple[bytes, dict[str, str]]:
        return msgspec.json.encode(shown(begun, request.caller.locale)), {}

    return encode


def purchase_controller(purchases: Purchases, memberships: Memberships) -> type[Controller]:
    """The controller of what is done with subscriptions."""

    class PurchaseController(Controller):
        path = "/api/subscriptions"
        tags = ["subscriptions"]

        @operation(
            "POST",
            "/pay",
            name="pay_subscription",
            rule=SIGNED_IN,
            creates=_encoded(paying),
            summary=Text(fr="Payer un abonnement", en="Pay a subscription"),
            facts=Facts(
                errors=WRITTEN,
                request_example={"plan_id": 1, "payment_method": "MOMO_MTN", "phone_number": "+22997000000"},
            ),
        )
        async def pay(self, request: StrictRequest, data: JSONBody[PayBody]) -> Paying:
            """Begin the payment of a new subscription, or of the renewal of the active one."""
            begun = await purchases.pay(request.caller, data.plan_id, means_of(data))
            return paying(begun, request.caller.locale)

        @operation(
            "POST",
            "/renew",
            name="renew_subscription",
            rule=SIGNED_IN,
            status=200,
            creates=_encoded(renewing),
            summary=Text(fr="Renouveler son abonnement", en="Renew one's subscription"),
            facts=Facts(errors=WRITTEN),
        )
        async def renew(self, request: StrictRequest, data: JSONBody[RenewBody]) -> Renewing:
            """Renew the active subscription, paid as the last time unless told otherwise."""
            begun = await purchases.renew(request.caller, means_of(data))
            return renewing(begun, request.caller.locale)

        @operation(
            "POST",
            "/upgrade",
            name="upgrade_subscription",
            rule=SIGNED_IN,
            status=200,
            creates=_encoded(upgrading),
            summary=Text(fr="Passer à un plan supérieur", en="Upgrade to a dearer plan"),
            facts=Facts(errors=WRITTEN, request_example={"new_plan_id": 2}),
        )
        async def upgrade(self, request: StrictRequest, data: JSONBody[UpgradeBody]) -> Upgrading:
            """Upgrade the active subscription for the difference, paid as the last time unless told otherwise."""
            begun = await purchases.upgrade(request.caller, data.new_plan_id, means_of(data))
            return upgrading(begun, request.caller.locale)

        @operation(
            "POST",
            "/cancel",
            name="cancel_subscription",
            rule=SIGNED_IN,
            status=200,
            summary=Text(fr="Annuler son abonnement", en="Cancel one's subscription"),
            facts=Facts(errors=(400,)),
        )
        async def cancel(self, request: StrictRequest) -> Done:
            """End the renewal of the active subscription; its benefits last to its end."""
            await memberships.cancel(request.caller)
            return Done(messages.CANCELLED.say(request.caller.locale))

    return PurchaseController
