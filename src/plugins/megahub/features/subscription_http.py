"""Subscriptions on the wire (contracts/megahub.md, "Abonnements Features")."""

from typing import Any

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, resource_controller
from core.primitives.locale import Text
from plugins.megahub.companies.alerts_service import percentage
from plugins.megahub.features import messages
from plugins.megahub.features.subscription_service import LISTING, Subscriptions, Taken
from plugins.megahub.features.wire import Increment, Incremented, Reset, Subscription, SubscriptionBody, Toggled
from plugins.megahub.rules import READS, WRITES
from plugins.megahub.wire import DIALECT

EXAMPLE = {
    "company": 1,
    "feature": 3,
    "is_enabled": True,
    "usage_limit": 100,
    "expires_at": "2030-12-31T23:59:59Z",
}


def counted_now(request: StrictRequest, shown: Subscription) -> Subscription:  # noqa: ARG001
    """A subscription as it stands: what is used changes while its version stays."""
    return shown


def incremented(request: StrictRequest, taken: Taken) -> Incremented:
    """What is said of an increment."""
    allowance = taken.allowance
    return Incremented(
        message=messages.INCREMENTED.say(request.caller.locale, {"amount": taken.amount}),
        current_usage=allowance.used,
        usage_limit=allowance.limit,
        usage_percentage=percentage(allowance.used, allowance.limit or 0),
        limit_reached=allowance.left == 0,
    )


def encode_increment(request: StrictRequest, taken: Any) -> tuple[bytes, dict[str, str]]:
    """The answer that is kept under an `Idempotency-Key`."""
    return msgspec.json.encode(incremented(request, taken)), {}


def subscription_controllers(service: Subscriptions[Subscription]) -> list[type[Controller]]:
    """The controllers of `/companies/features/subscriptions/`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/companies/features/subscriptions",
        singular="feature_subscription",
        plural="feature_subscriptions",
        one=Text(fr="un abonnement à une feature", en="a subscription to a feature"),
        many=Text(fr="les abonnements aux features", en="subscriptions to features"),
        service=service,
        out=Subscription,
        body=SubscriptionBody,
        listing=LISTING,
        rules={
            "list": READS,
            "get": READS,
            "create": WRITES,
            "replace": WRITES,
            "update": WRITES,
            "delete": WRITES,
        },
        example=EXAMPLE,
        present=counted_now,
    )

    class UsageController(Controller):
        path = "/companies/features/subscriptions/{key:str}"
        tags = ["feature_subscriptions"]

        @operation(
            "POST",
            "/increment-usage",
            name="increment_feature_usage",
            rule=READS,
            summary=Text(fr="Compter une utilisation", en="Count a use"),
            status=200,
            creates=encode_increment,
            facts=Facts(errors=(400, 404, 409, 415), request_example={"amount": 5}),
        )
        async def increment(self, request: StrictRequest, key: FromPath[str], data: JSONBody[Increment]) -> Incremented:
            """Count a use, unless it would pass the limit."""
            taken = await service.increment(request.caller, key_of(DIALECT, key), data.amount)
            return incremented(request, taken)

        @operation(
            "POST",
            "/reset-usage",
            name="reset_feature_usage",
            rule=WRITES,
            summary=Text(fr="Remettre l'utilisation à zéro", en="Reset usage to zero"),
            status=200,
            facts=Facts(errors=(404,)),
        )
        async def reset(self, request: StrictRequest, key: FromPath[str]) -> Reset:
            """Begin usage anew."""
            old, new = await service.reset(request.caller, key_of(DIALECT, key))
            return Reset(messages.RESET.say(request.caller.locale), old, new)

        @operation(
            "POST",
            "/toggle-enabled",
            name="toggle_feature_enabled",
            rule=WRITES,
            summary=Text(fr="Activer ou désactiver un abonnement", en="Switch a subscription on or off"),
            status=200,
            facts=Facts(errors=(404,)),
        )
        async def toggle(self, request: StrictRequest, key: FromPath[str]) -> Toggled:
            """Switch a subscription."""
            toggled = await service.toggle(request.caller, key_of(DIALECT, key))
            said = messages.ENABLED if toggled.is_enabled else messages.DISABLED
            return Toggled(said.say(request.caller.locale), toggled.is_enabled, toggled.is_active)

    return [resource_controller(spec), UsageController]
