"""Shapes on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class Shape(BaseModel):
    """Read from rows."""

    model_config = ConfigDict(from_attributes=True)


class ProduitShape(Shape):
    """A product."""

    id: UUID
    nom: str
    categorie: str
    prix: Decimal
    quantite: int
    entreprise: UUID
    created_at: datetime
    updated_at: datetime


class ItemShape(Shape):
    """A line of a sale."""

    produit: UUID
    quantite: int
    prix_unitaire: Decimal


class VenteShape(Shape):
    """A sale."""

    id: UUID
    client: UUID
    statut: str
    items: list[ItemShape]
    total: Decimal
    created_at: datetime
    updated_at: datetime


class PageShape(Shape, Generic[T]):
    """A page."""

    count: int
    next: str | None
    previous: str | None
    results: list[T]


class ItemBody(BaseModel):
    """A line as a client writes it."""

    produit: UUID
    quantite: Annotated[int, Field(ge=1)]
    prix_unitaire: Amount | None = None


class VenteBody(BaseModel):
    """A sale as a client writes it."""

    client: UUID
    items: Annotated[list[ItemBody], Field(min_length=1, max_length=500)]
    statut: Literal["en_attente", "payee", "annulee", "paiement_partiel", "rembourse"] = "en_attente"


class FigureShape(BaseModel):
    """One side of the cash flow."""

    total: str
    mois_courant: str
    tendance: str


class BalanceShape(BaseModel):
    """The difference of both sides."""

    net: str
    par_mois: str


class CashflowShape(BaseModel):
    """The cash flow."""

    revenus: FigureShape
    depenses: FigureShape
    solde: BalanceShape
