"""Projects on the wire."""

from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import Parent
from core.primitives.locale import Text
from plugins.crm.projets.projet_service import LISTING, Projets
from plugins.crm.projets.wire import Projet, ProjetBody
from plugins.crm.rules import RULES
from plugins.crm.sublists import listed_below
from plugins.crm.wire import DIALECT


def projets_controllers(service: Projets[Projet], clients: Parent) -> list[type[Controller]]:
    """The controllers of `/api/projets/` and of `/api/clients/{id}/projets/`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/projets",
        singular="projet",
        plural="projets",
        one=Text(fr="un projet", en="a project"),
        many=Text(fr="les projets", en="projects"),
        service=service,
        out=Projet,
        body=ProjetBody,
        listing=LISTING,
        rules=RULES,
        example={
            "titre": "Boutique en ligne",
            "client": 1,
            "description": "Catalogue, commandes et paiement mobile.",
            "statut": "En cours",
            "date_debut": "2026-02-02",
            "date_fin": "2026-04-30",
            "budget": "1500000.00",
            "devis_associe": None,
        },
    )
    of_client = listed_below(
        spec,
        "/api/clients",
        name="list_client_projets",
        field="client",
        parent=clients,
        summary=Text(fr="Lister les projets d'un client", en="List the projects of a client"),
    )
    return [resource_controller(spec), of_client]
