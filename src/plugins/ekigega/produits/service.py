"""What the list of products answers to, and the stock port that sales use. Products are a plain resource."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from core.primitives.page import Filter, FilterKind, Listing
from core.work import Work

LISTING = Listing(
    filters=(Filter("categorie", FilterKind.EXACT_FOLDED),),
    search=("nom", "categorie"),
    ordering=("id", "nom", "categorie", "prix", "quantite", "entreprise", "created_at", "updated_at"),
)


class Stock(Protocol):
    """What other plugins of the suite may ask of products, in their own unit of work."""

    async def take(self, work: Work, organisation: UUID, quantities: Mapping[UUID, int]) -> Mapping[UUID, Decimal]:
        """Take quantities from an organisation's stock (negative ones give back, 0 only looks), all or none.

        Returns the present prices. Raises `StockRefused` where a product is unknown or its stock does not suffice.
        """
        ...


class StockRefused(Exception):
    """A stock movement is not possible: `unknown` products, and what is `available` of those too short."""

    def __init__(self, unknown: frozenset[UUID], available: Mapping[UUID, int]) -> None:
        super().__init__("stock refused")
        self.unknown = unknown
        self.available = available
