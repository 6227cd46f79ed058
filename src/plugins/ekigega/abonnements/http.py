"""Subscriptions on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import Amount, Name
from core.primitives.locale import Text
from plugins.ekigega.abonnements.service import LISTING, Abonnements
from plugins.ekigega.wire import DIALECT

StatusValue = Literal["actif", "suspendu", "expire", "annule"]


class Abonnement(msgspec.Struct):
    """A subscription."""

    id: UUID
    type: str
    date_debut: date
    date_fin: date
    prix: Decimal
    status: StatusValue
    fonctionnalites: list[str]
    entreprise: UUID
    created_at: datetime
    updated_at: datetime


class AbonnementBody(msgspec.Struct):
    """A subscription as a client writes it."""

    type: Name
    date_debut: date
    date_fin: date
    prix: Amount
    status: StatusValue = "actif"
    fonctionnalites: Annotated[list[Name], msgspec.Meta(max_length=200)] = []


def abonnements_controller(service: Abonnements[Abonnement]) -> type[Controller]:
    """The controller of `/api/abonnements/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/abonnements",
            singular="abonnement",
            plural="abonnements",
            one=Text(fr="un abonnement", en="a subscription"),
            many=Text(fr="les abonnements", en="subscriptions"),
            service=service,
            out=Abonnement,
            body=AbonnementBody,
            listing=LISTING,
            resource="subscriptions",
            example={
                "type": "Standard",
                "date_debut": "2026-01-15",
                "date_fin": "2027-01-15",
                "prix": "499.99",
                "status": "actif",
                "fonctionnalites": ["Analytics", "Support", "Export"],
            },
        )
    )
