"""Clients on the wire."""

from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from core.primitives.locale import Text
from plugins.crm.clients.client_service import LISTING, Clients
from plugins.crm.clients.wire import Client, ClientBody
from plugins.crm.rules import RULES
from plugins.crm.wire import DIALECT


def clients_controller(service: Clients[Client]) -> type[Controller]:
    """The controller of `/api/clients/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/clients",
            singular="client",
            plural="clients",
            one=Text(fr="un client", en="a client"),
            many=Text(fr="les clients", en="clients"),
            service=service,
            out=Client,
            body=ClientBody,
            listing=LISTING,
            rules=RULES,
            example={
                "nom": "Awa Kouassi",
                "societe": "Boulangerie du Marché",
                "email": "awa.kouassi@example.com",
                "telephone": "+2290197000000",
                "notes": "Préfère être appelée le matin.",
                "categorie": "Commerce",
            },
        )
    )
