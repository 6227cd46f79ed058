"""Tasks on the wire."""

from typing import Any

from litestar import Controller, Response
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, named, resource_controller, sample_answer, shown_type
from adapters.http.resource_paths import Parent
from core.primitives.locale import Text
from plugins.crm.rules import RULES
from plugins.crm.sublists import listed_below
from plugins.crm.taches.tache_service import LISTING, Taches
from plugins.crm.taches.wire import Tache, TacheBody
from plugins.crm.wire import DIALECT


def taches_controllers(service: Taches[Tache], clients: Parent, projets: Parent) -> list[type[Controller]]:
    """The controllers of `/api/taches/`, `/api/clients/{id}/taches/` and `/api/projets/{id}/taches/`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/taches",
        singular="tache",
        plural="taches",
        one=Text(fr="une tâche", en="a task"),
        many=Text(fr="les tâches", en="tasks"),
        service=service,
        out=Tache,
        body=TacheBody,
        listing=LISTING,
        rules=RULES,
        example={
            "titre": "Rappeler pour le devis",
            "description": "Après 15 heures.",
            "assigne_a": 3,
            "client_associe": 1,
            "projet_associe": None,
            "priorite": "Haute",
            "date_echeance": "2026-12-01",
            "statut": "À faire",
        },
    )

    async def complete(self: Any, request: StrictRequest, key: str) -> Response[Any]:  # noqa: ARG001
        return spec.answer(request, "update", await service.complete(request.caller, key_of(DIALECT, key)))

    completing = operation(
        "PATCH",
        "/{key:str}/complete",
        name="complete_tache",
        rule=spec.rule("update"),
        summary=Text(fr="Marquer une tâche comme terminée", en="Note that a task is done"),
        facts=Facts(errors=(404,), versioned=True, response_example=sample_answer(spec, "update")),
    )(named(complete, "complete_tache", key=FromPath[str], **{"return": shown_type(spec)}))

    of_client = listed_below(
        spec,
        "/api/clients",
        name="list_client_taches",
        field="client_associe",
        parent=clients,
        summary=Text(fr="Lister les tâches d'un client", en="List the tasks of a client"),
    )
    of_projet = listed_below(
        spec,
        "/api/projets",
        name="list_projet_taches",
        field="projet_associe",
        parent=projets,
        summary=Text(fr="Lister les tâches d'un projet", en="List the tasks of a project"),
    )
    return [resource_controller(spec, completing), of_client, of_projet]
