"""Products on the wire."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import Amount, Name, Quantity
from core.primitives.locale import Text
from core.resources import Resource
from plugins.ekigega.produits.service import LISTING
from plugins.ekigega.wire import DIALECT


class Produit(msgspec.Struct):
    """A product."""

    id: UUID
    nom: str
    categorie: str
    prix: Decimal
    quantite: int
    entreprise: UUID
    created_at: datetime
    updated_at: datetime


class ProduitBody(msgspec.Struct):
    """A product as a client writes it."""

    nom: Name
    categorie: Name
    prix: Amount
    quantite: Quantity


def produits_controller(service: Resource[Produit]) -> type[Controller]:
    """The controller of `/api/produits/`."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/produits",
            singular="produit",
            plural="produits",
            one=Text(fr="un produit", en="a product"),
            many=Text(fr="les produits", en="products"),
            service=service,
            out=Produit,
            body=ProduitBody,
            listing=LISTING,
            resource="products",
            example={"nom": "Nouveau Produit", "categorie": "Informatique", "prix": "149.99", "quantite": 100},
        )
    )
