"""What the list of products answers to, and the stock port that sales use. Products are a plain resource."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from core.primitives.errors import message
from core.primitives.page import Filter, FilterKind, Listing
from core.work import Work

LISTING = Listing(
    filters=(Filter("categorie", FilterKind.EXACT_FOLDED),),
    search=("nom", "categorie"),
    ordering=("id", "nom", "categorie", "prix", "quantite", "entreprise", "created_at", "updated_at"),
)


STOCK_TOO_LARGE = message(
    "stock_too_large",
    fr="Le stock d'un produit dépasserait la quantité maximale.",
    en="The stock of a product would exceed the largest quantity.",
)


class Stock(Protocol):
    """What other plugins of the suite may ask of products, in their own unit of work."""

    async def take(
        self, work: Work, organisation: UUID, quantities: Mapping[UUID, int], kept: Collection[UUID] = ()
    ) -> Mapping[UUID, Decimal]:
        """Take quantities from an organisation's stock (negative ones give back, 0 only looks), all or none.

        An archived product only takes back, unless it is one of the `kept`, which the sale has already. Returns the
        present prices. Raises `StockRefused` where a product is unknown or its stock does not suffice, `DomainError`
        of kind invalid where a stock would grow past what can be counted.
        """
        ...


class StockRefused(Exception):
    """A stock movement is not possible: `unknown` products, and what is `available` of those too short."""

    def __init__(self, unknown: frozenset[UUID], available: Mapping[UUID, int]) -> None:
        super().__init__("stock refused")
        self.unknown = unknown
        self.available = available
