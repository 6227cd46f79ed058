"""What the list of products answers to, the stock port that sales use, and how many products a tenant may have.
Products are a plain resource beyond that."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from core.access.usage import Usage
from core.primitives.errors import message
from core.primitives.page import Filter, FilterKind, Listing
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works, organisation_of

W = TypeVar("W")

FEATURE: Final = "ekigega_produits"
"""The counted feature: products that stand. Its subjects are numbers of organisations. Without a cap nothing is
counted."""

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


PRODUCTS_FULL = message(
    "products_full", fr="Limite de produits atteinte ({used}/{limit}).", en="Product limit reached ({used}/{limit})."
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


class ProduitStore(ResourceStore[W], Protocol[W]):
    """What products need of their store."""

    async def number_of(self, work: Work, organisation: UUID) -> int:
        """Return the number of an organisation."""
        ...

    async def holder(self, work: Work, key: ResourceId) -> int | None:
        """Return the number of the organisation that has a product; None where there is none in scope."""
        ...


class Produits(Resource[W]):
    """The use cases of products. Where an installation caps them, they are counted as they come and go."""

    store: ProduitStore[W]

    def __init__(self, works: Works, store: ProduitStore[W], usage: Usage) -> None:
        super().__init__(works, store, object_type="Produit")
        self._usage = usage

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Count a new product. Raises `DomainError` of kind forbidden where the tenant has as many as it may."""
        if key is None and self._usage.capped(FEATURE):
            number = await self.store.number_of(work, organisation_of(work))
            await self._usage.take(work, FEATURE, str(number), PRODUCTS_FULL)
        return values

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Give back the product that goes."""
        if self._usage.capped(FEATURE):
            number = await self.store.holder(work, key)
            if number is not None:
                await self._usage.give_back(work, FEATURE, str(number))
