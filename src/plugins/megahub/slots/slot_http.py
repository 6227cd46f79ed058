"""Slots on the wire (contracts/megahub.md, "Company slots")."""

from typing import Any

from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, resource_controller
from adapters.http.samples import encoded, sample_of
from core.primitives.errors import invalid_request
from core.primitives.locale import Text
from plugins.megahub.rules import READS, WRITES, Superusers
from plugins.megahub.slots.domain import COUNTS_REFRESHED, NO_INCREMENT, SLOTS, SLOTS_INCREASED, SlotFigures
from plugins.megahub.slots.slot_service import Slots
from plugins.megahub.slots.wire import (
    CompanySlots,
    CountsRefreshed,
    SlotsBody,
    SlotsIncrease,
    SlotsIncreased,
    SlotsOverview,
    UsageAlerts,
    company_slots,
    slots_increased,
    slots_overview,
    usage_alerts,
)
from plugins.megahub.wire import DIALECT

MOST_NEAR_LIMIT = 100
EXAMPLE = {"brands_slots": 10, "users_slots": 20}


def _show(request: StrictRequest, figures: SlotFigures) -> CompanySlots:  # noqa: ARG001
    """Show figures. Their counts change though the version of what may be written stays: a read of what is presented
    is never answered with 304."""
    return company_slots(figures)


def slots_controller(slots: Slots) -> type[Controller]:
    """The controller of `/companies/slots/`."""
    spec: ResourceSpec[Any] = ResourceSpec(
        dialect=DIALECT,
        path="/companies/slots",
        singular="company_slots",
        plural="company_slots",
        one=Text(fr="les slots d'une entreprise", en="a company's slots"),
        many=Text(fr="les slots des entreprises", en="the slots of companies"),
        service=slots,
        out=CompanySlots,
        body=SlotsBody,
        listing=SLOTS,
        actions=("list", "get", "replace", "update"),
        rules={"list": READS, "get": READS, "replace": WRITES, "update": WRITES},
        present=_show,
        example=EXAMPLE,
    )
    sample = encoded(sample_of(CompanySlots, EXAMPLE))

    @operation(
        "GET",
        "/overview",
        name="get_slots_overview",
        rule=Superusers(),
        summary=Text(fr="Vue d'ensemble des slots", en="Overview of the slots"),
        facts=Facts(),
    )
    async def get_slots_overview(self: Any, request: StrictRequest) -> SlotsOverview:  # noqa: ARG001
        totals, near = await slots.overview(request.caller, MOST_NEAR_LIMIT)
        return slots_overview(totals, list(near))

    @operation(
        "POST",
        "/{key:str}/refresh-counts",
        name="refresh_slot_counts",
        rule=WRITES,
        status=200,
        summary=Text(fr="Recompter les marques et les utilisateurs", en="Count brands and users again"),
        facts=Facts(errors=(404,), response_example={"message": COUNTS_REFRESHED.text.fr, "slots": sample}),
    )
    async def refresh_slot_counts(self: Any, request: StrictRequest, key: FromPath[str]) -> CountsRefreshed:  # noqa: ARG001
        figures = await slots.refresh(request.caller, key_of(DIALECT, key))
        return CountsRefreshed(COUNTS_REFRESHED.say(request.caller.locale), company_slots(figures))

    @operation(
        "GET",
        "/{key:str}/usage-alerts",
        name="get_slot_usage_alerts",
        rule=READS,
        summary=Text(fr="Lire les alertes d'une entreprise", en="Read a company's alerts"),
        facts=Facts(errors=(404,)),
    )
    async def get_slot_usage_alerts(self: Any, request: StrictRequest, key: FromPath[str]) -> UsageAlerts:  # noqa: ARG001
        found = await slots.get(request.caller, key_of(DIALECT, key))
        return usage_alerts(found.value, request.caller.locale)

    @operation(
        "POST",
        "/{key:str}/increase-slots",
        name="increase_slots",
        rule=WRITES,
        status=200,
        summary=Text(fr="Augmenter les slots", en="Increase the slots"),
        facts=Facts(errors=(400, 404, 415), request_example={"brands_increment": 5, "users_increment": 10}),
    )
    async def increase_slots(
        self: Any,  # noqa: ARG001
        request: StrictRequest,
        key: FromPath[str],
        data: JSONBody[SlotsIncrease],
    ) -> SlotsIncreased:
        if not data.brands_increment and not data.users_increment:
            raise invalid_request(NO_INCREMENT)
        before, figures = await slots.increase(
            request.caller, key_of(DIALECT, key), data.brands_increment, data.users_increment
        )
        return slots_increased(SLOTS_INCREASED.say(request.caller.locale), before, figures, data)

    return resource_controller(spec, get_slots_overview, refresh_slot_counts, get_slot_usage_alerts, increase_slots)
