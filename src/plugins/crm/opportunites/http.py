"""Operations on opportunities."""

from litestar import Controller

from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import Parent, action_operation
from core.primitives.locale import Text
from core.primitives.page import Versioned
from core.resources import ResourceId
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

    async def advance(request: StrictRequest, key: ResourceId) -> Versioned[Opportunite]:
        return await service.advance(request.caller, key)

    advancing = action_operation(
        spec,
        "/{key:str}/avancer-etape",
        advance,
        name="advance_opportunite",
        summary=Text(fr="Avancer l'étape d'une opportunité", en="Move an opportunity on to its next stage"),
        errors=(400, 404),
    )

    below = listed_below(
        spec,
        "/api/clients",
        name="list_client_opportunites",
        field="client",
        parent=clients,
        summary=Text(fr="Lister les opportunités d'un client", en="List the opportunities of a client"),
    )
    return [resource_controller(spec, advancing), below]
