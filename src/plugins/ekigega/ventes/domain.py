"""What a sale is, and what it holds of the stock (DECISIONS.md section 1)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec


class Statut(StrEnum):
    """The state of a sale."""

    EN_ATTENTE = "en_attente"
    PAYEE = "payee"
    ANNULEE = "annulee"
    PAIEMENT_PARTIEL = "paiement_partiel"
    REMBOURSE = "rembourse"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows: a final sale is never changed again, and holds no stock."""
        return self in (Statut.ANNULEE, Statut.REMBOURSE)


class Item(msgspec.Struct, frozen=True):
    """A line of a sale: so many of a product at a price for one. Without a price, the product's own counts."""

    produit: UUID
    quantite: int
    prix_unitaire: Decimal | None = None


class PricedItem(msgspec.Struct, frozen=True):
    """A line with its price."""

    produit: UUID
    quantite: int
    prix_unitaire: Decimal


class Held(msgspec.Struct, frozen=True):
    """A sale as it stands in the database, locked for a change."""

    id: UUID
    entreprise: UUID
    client: UUID
    statut: Statut
    items: tuple[PricedItem, ...]
    version: int


def stock_held(statut: Statut, items: Iterable[Item | PricedItem]) -> Counter[UUID]:
    """How much of each product a sale in this state holds."""
    held: Counter[UUID] = Counter()
    for item in items:
        held[item.produit] += 0 if statut.is_final else item.quantite
    return held


def stock_to_take(before: Counter[UUID], after: Counter[UUID]) -> dict[UUID, int]:
    """What is left to take from each product's stock; negative quantities are given back, 0 is only looked at."""
    return {product: after[product] - before[product] for product in {*before, *after}}


def priced(items: Sequence[Item], prices: Mapping[UUID, Decimal]) -> tuple[PricedItem, ...]:
    """Give the product's price to every line that has none of its own."""
    return tuple(
        PricedItem(
            item.produit,
            item.quantite,
            prices[item.produit] if item.prix_unitaire is None else item.prix_unitaire,
        )
        for item in items
    )


def other_prices(items: Iterable[PricedItem], prices: Mapping[UUID, Decimal]) -> list[dict[str, str]]:
    """The lines sold at another price than their product's, as the audit trail keeps them."""
    return [
        {"produit": str(item.produit), "prix": str(prices[item.produit]), "prix_unitaire": str(item.prix_unitaire)}
        for item in items
        if item.prix_unitaire != prices[item.produit]
    ]


def total_of(items: Iterable[PricedItem]) -> Decimal:
    """The sum of quantity times price."""
    return sum((item.quantite * item.prix_unitaire for item in items), Decimal("0.00"))
