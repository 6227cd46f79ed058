"""Plans on the wire (contracts/spotvibe.md section 5.1): open to all, written by staff."""

from typing import Final

import msgspec
from litestar import Controller
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, resource_controller
from core.access.rules import Anyone
from core.primitives.locale import Locale, Text
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.subscriptions.plan_service import LISTING, Plans, common, features
from plugins.spotvibe.subscriptions.wire import Comparison, Feature, Plan, PlanBody, PlanDetail
from plugins.spotvibe.wire import ARRAY, DIALECT

OPEN: Final = Anyone()
STAFF: Final = StaffOnly()
EXAMPLE: Final = {
    "nom": "Standard",
    "type_plan": "STANDARD",
    "prix": "10000.00",
    "duree": "MENSUEL",
    "description": "Accès de base aux fonctionnalités.",
    "max_evenements_par_mois": 1,
    "commission_reduite": "10.00",
    "support_prioritaire": False,
}


def detailed(plan: Plan, locale: Locale) -> PlanDetail:
    """A plan with its features."""
    shown = [Feature(nom.say(locale), held, limit if held else None) for nom, _, held, limit in features(plan, locale)]
    return PlanDetail(**msgspec.structs.asdict(plan), features=shown)


def plan_controllers(plans: Plans[Plan]) -> list[type[Controller]]:
    """The controllers of plans and of their comparison."""

    @operation(
        "GET",
        "/{key:str}",
        name="get_plan",
        rule=OPEN,
        summary=Text(fr="Lire un plan", en="Read a plan"),
        facts=Facts(errors=(404,)),
    )
    async def get_plan(self: object, request: StrictRequest, key: FromPath[str]) -> PlanDetail:  # noqa: ARG001
        """Show a plan with its features."""
        found = await plans.get(request.caller, key_of(DIALECT, key))
        return detailed(found.value, request.caller.locale)

    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/subscriptions/plans",
        singular="plan",
        plural="plans",
        one=Text(fr="un plan", en="a plan"),
        many=Text(fr="les plans", en="plans"),
        service=plans,
        out=Plan,
        body=PlanBody,
        listing=LISTING,
        rules={"list": OPEN, "create": STAFF, "update": STAFF, "delete": STAFF},
        actions=("list", "create", "update", "delete"),
        pagination=ARRAY,
        example=EXAMPLE,
    )

    class ComparisonController(Controller):
        path = "/api/subscriptions/compare"
        tags = ["plans"]

        @operation(
            "GET", "/", name="compare_plans", rule=OPEN, summary=Text(fr="Comparer les plans", en="Compare the plans")
        )
        async def compare(self, request: StrictRequest) -> Comparison:
            """Show plans side by side, and what all of them hold."""
            locale = request.caller.locale
            compared = await plans.compared(request.caller)
            return Comparison([detailed(plan, locale) for plan in compared], common(compared, locale))

    return [resource_controller(spec, get_plan), ComparisonController]
