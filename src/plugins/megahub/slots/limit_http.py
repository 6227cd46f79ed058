"""A company's limits and figures on the wire, below the company's own path (contracts/megahub.md, "Company core",
custom actions)."""

from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of
from core.primitives.errors import invalid_request
from core.primitives.locale import Text
from plugins.megahub.rules import READS, WRITES
from plugins.megahub.slots.domain import NO_SLOTS, SLOTS_UPDATED
from plugins.megahub.slots.slot_service import Slots
from plugins.megahub.slots.stats_service import Stats
from plugins.megahub.slots.wire import (
    CompanyUsage,
    LimitsChecked,
    SlotsUpgrade,
    SlotsUpgraded,
    company_usage,
    limits_checked,
    slots_upgraded,
)
from plugins.megahub.wire import DIALECT


def limits_controller(slots: Slots, stats: Stats) -> type[Controller]:
    """The controller of `/companies/{id}/check_limits/`, `usage_stats/` and `upgrade_slots/`."""

    class LimitsController(Controller):
        path = "/companies/{key:str}"
        tags = ["companies"]

        @operation(
            "POST",
            "/check_limits",
            name="check_company_limits",
            rule=WRITES,
            status=200,
            summary=Text(fr="Vérifier les limites d'une entreprise", en="Check a company's limits"),
            facts=Facts(errors=(404,)),
        )
        async def check_limits(self, request: StrictRequest, key: FromPath[str]) -> LimitsChecked:
            """Raise what alerts the figures call for."""
            company, alerts = await slots.check(request.caller, key_of(DIALECT, key))
            return limits_checked(company, alerts, request.caller.locale)

        @operation(
            "GET",
            "/usage_stats",
            name="get_company_usage_stats",
            rule=READS,
            summary=Text(fr="Lire les chiffres d'une entreprise", en="Read a company's figures"),
            facts=Facts(errors=(404,)),
        )
        async def usage_stats(self, request: StrictRequest, key: FromPath[str]) -> CompanyUsage:
            """Read what is used, how it grows, and who is active."""
            return company_usage(await stats.usage(request.caller, key_of(DIALECT, key)))

        @operation(
            "POST",
            "/upgrade_slots",
            name="upgrade_company_slots",
            rule=WRITES,
            status=200,
            summary=Text(fr="Fixer les slots d'une entreprise", en="Set a company's slots"),
            facts=Facts(errors=(400, 404, 415), request_example={"brands_slots": 10, "users_slots": 20}),
        )
        async def upgrade_slots(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[SlotsUpgrade]
        ) -> SlotsUpgraded:
            """Set the slots."""
            values = given(data)
            if not values:
                raise invalid_request(NO_SLOTS)
            figures = await slots.upgrade(request.caller, key_of(DIALECT, key), values)
            return slots_upgraded(SLOTS_UPDATED.say(request.caller.locale), figures)

    return LimitsController
