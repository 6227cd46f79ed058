"""Subscriptions on the wire: one's own, what they allow, figures (contracts/spotvibe.md sections 5.2 and 5.4)."""

from typing import Final

from litestar import Controller, Response
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.rules import SignedIn
from core.primitives.locale import Text
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.subscriptions.membership_service import Memberships
from plugins.spotvibe.subscriptions.wire import (
    Abonnement,
    AbonnementDetail,
    Benefit,
    Current,
    History,
    PlanNamed,
    Stats,
    Usage,
)
from plugins.spotvibe.wire import DIALECT

SIGNED_IN: Final = SignedIn()


def subscription_controller(memberships: Memberships) -> type[Controller]:
    """The controller of subscriptions."""

    class SubscriptionController(Controller):
        path = "/api/subscriptions"
        tags = ["subscriptions"]

        @operation(
            "GET",
            "/",
            name="list_subscriptions",
            rule=SIGNED_IN,
            summary=Text(fr="Lister ses abonnements", en="List one's subscriptions"),
            facts=LISTED,
        )
        async def list_subscriptions(self, request: StrictRequest) -> Response[list[Abonnement]]:
            """List the caller's subscriptions, the newest first."""
            return await respond_array(request, memberships.page)

        @operation(
            "GET",
            "/{key:str}",
            name="get_subscription",
            rule=SIGNED_IN,
            summary=Text(fr="Lire un abonnement", en="Read a subscription"),
            facts=Facts(errors=(404,)),
        )
        async def get_subscription(self, request: StrictRequest, key: FromPath[str]) -> AbonnementDetail:
            """Show one of the caller's subscriptions."""
            found: AbonnementDetail = await memberships.detail(request.caller, key_of(DIALECT, key))
            return found

        @operation(
            "GET",
            "/current",
            name="get_current_subscription",
            rule=SIGNED_IN,
            summary=Text(fr="Lire son abonnement actif", en="Read one's active subscription"),
            facts=Facts(errors=(404,)),
        )
        async def current(self, request: StrictRequest) -> Current:
            """Show the caller's subscription whose benefits hold."""
            found, days = await memberships.current(request.caller)
            return Current(found.id, PlanNamed(found.plan_id, found.plan_nom), found.statut, days)

        @operation(
            "GET",
            "/usage",
            name="get_subscription_usage",
            rule=SIGNED_IN,
            summary=Text(fr="Lire ce que l'on a utilisé ce mois", en="Read what one has used this month"),
        )
        async def usage(self, request: StrictRequest) -> Usage:
            """Show what the caller has used this month, and may use."""
            used = await memberships.usage(request.caller)
            return Usage(used.used, used.limit, used.days)

        @operation(
            "GET",
            "/benefits",
            name="list_subscription_benefits",
            rule=SIGNED_IN,
            summary=Text(fr="Lister les avantages de son plan", en="List what one's plan gives"),
        )
        async def benefits(self, request: StrictRequest) -> list[Benefit]:
            """List what the caller's plan gives; nothing without a subscription."""
            locale = request.caller.locale
            return [
                Benefit(nom.say(locale), f"{told.say(locale)} ({limit})" if limit and held else told.say(locale), held)
                for nom, told, held, limit in await memberships.benefits(request.caller)
            ]

        @operation(
            "GET",
            "/history",
            name="list_subscription_history",
            rule=SIGNED_IN,
            summary=Text(fr="Lister l'historique de ses abonnements", en="List the history of one's subscriptions"),
            facts=LISTED,
        )
        async def history(self, request: StrictRequest) -> Response[list[History]]:
            """List what happened to the caller's subscriptions, the newest first."""
            return await respond_array(request, memberships.history)

        @operation(
            "GET",
            "/stats",
            name="get_subscription_stats",
            rule=StaffOnly(),
            summary=Text(fr="Lire les chiffres des abonnements", en="Read the figures of subscriptions"),
        )
        async def stats(self, request: StrictRequest) -> Stats:  # noqa: ARG002
            """Count subscriptions and what they have brought."""
            found = await memberships.figures()
            return Stats(found.total, found.active, found.expired, float(found.revenue))

    return SubscriptionController
