"""Operations on opportunities."""

from typing import Any

from litestar import Controller, Response
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import (
    ResourceSpec,
    key_of,
    named,
    resource_controller,
    sample_answer,
    shown_type,
)
from adapters.http.resource_paths import Parent
from core.primitives.locale import Text
from plugins.crm.opportunites.service import LISTING, Opportunites
from plugins.crm.opportunites.wire import Opportunite, OpportuniteBody
from plugins.crm.rules import RULES
from plugins.crm.sublists import listed_below
from plugins.crm.wire import DIALECT


def opportunite_controllers(service: Opportunites[Opportunite], clients: Parent) -> list[type[Controller]]:
    """The controllers of `/api/opportunites/` and `/api/clients/{id}/opportunites/`; `clients` answers for the
    parents of the latter."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/opportunites",
        singular="opportunite",
        plural="opportunites",
        one=Text(fr="une opportunité", en="an opportunity"),
        many=Text(fr="les opportunités", en="opportunities"),
        service=service,
        out=Opportunite,
        body=OpportuniteBody,
        listing=LISTING,
        rules=RULES,
        example={
            "nom": "Refonte du site",
            "client": 1,
            "montant": "1500000.00",
            "probabilite": 60,
            "etape": "proposition",
            "date_conclusion_estimee": "2027-03-31",
            "notes": "Décision attendue en mars",
        },
    )

    async def advance(self: Any, request: StrictRequest, key: str) -> Response[Any]:  # noqa: ARG001
        return spec.answer(request, "update", await service.advance(request.caller, key_of(DIALECT, key)))

    advancing = operation(
        "POST",
        "/{key:str}/avancer-etape",
        name="advance_opportunite",
        rule=spec.rule("update"),
        status=200,
        summary=Text(fr="Avancer l'étape d'une opportunité", en="Move an opportunity on to its next stage"),
        facts=Facts(errors=(400, 404), versioned=True, response_example=sample_answer(spec, "update")),
    )(named(advance, "advance_opportunite", key=FromPath[str], **{"return": shown_type(spec)}))

    below = listed_below(
        spec,
        "/api/clients",
        name="list_client_opportunites",
        field="client",
        parent=clients,
        summary=Text(fr="Lister les opportunités d'un client", en="List the opportunities of a client"),
    )
    return [resource_controller(spec, advancing), below]
