"""Sales on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import Amount, PositiveQuantity
from core.primitives.locale import Text
from plugins.ekigega.ventes.service import LISTING, Ventes
from plugins.ekigega.wire import DIALECT

StatutValue = Literal["en_attente", "payee", "annulee", "paiement_partiel", "rembourse"]


class VenteItem(msgspec.Struct):
    """A line of a sale."""

    produit: UUID
    quantite: int
    prix_unitaire: Decimal


class Vente(msgspec.Struct):
    """A sale. `total` is the sum of its lines."""

    id: UUID
    client: UUID
    statut: StatutValue
    items: list[VenteItem]
    total: Decimal
    created_at: datetime
    updated_at: datetime


class VenteItemBody(msgspec.Struct):
    """A line as a client writes it. Without `prix_unitaire`, the product's price counts."""

    produit: UUID
    quantite: PositiveQuantity
    prix_unitaire: Amount | None = None


class VenteBody(msgspec.Struct):
    """A sale as a client writes it."""

    client: UUID
    items: Annotated[list[VenteItemBody], msgspec.Meta(min_length=1, max_length=500)]
    statut: StatutValue = "en_attente"


def ventes_controller(service: Ventes[Vente]) -> type[Controller]:
    """The controller of `/api/ventes/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/ventes",
            singular="vente",
            plural="ventes",
            one=Text(fr="une vente", en="a sale"),
            many=Text(fr="les ventes", en="sales"),
            service=service,
            out=Vente,
            body=VenteBody,
            listing=LISTING,
            resource="sales",
            example={
                "client": "01935d0e-0000-7000-8000-000000000001",
                "statut": "en_attente",
                "items": [{"produit": "01935d0e-0000-7000-8000-000000000002", "quantite": 3, "prix_unitaire": "99.99"}],
            },
        )
    )
