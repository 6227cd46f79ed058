"""Tasks on the wire."""

from litestar import Controller

from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import Parent, action_operation
from core.primitives.locale import Text
from core.primitives.page import Versioned
from core.resources import ResourceId
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

    async def complete(request: StrictRequest, key: ResourceId) -> Versioned[Tache]:
        return await service.complete(request.caller, key)

    completing = action_operation(
        spec,
        "/{key:str}/complete",
        complete,
        name="complete_tache",
        summary=Text(fr="Marquer une tâche comme terminée", en="Note that a task is done"),
        errors=(404,),
        method="PATCH",
    )

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
