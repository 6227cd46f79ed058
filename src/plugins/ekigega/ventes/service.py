"""The use cases of sales. Stock moves in the transaction of the sale, all of it or nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from core.access.principal import Caller
from core.primitives.errors import FieldProblem, invalid, invalid_field, message, missing, stale
from core.primitives.ids import new_id
from core.primitives.page import Filter, Listing, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works, organisation_of
from plugins.ekigega.partners.service import Clients
from plugins.ekigega.produits.service import Stock, StockRefused
from plugins.ekigega.ventes.domain import (
    Held,
    Item,
    PricedItem,
    Statut,
    other_prices,
    priced,
    stock_held,
    stock_to_take,
)

W = TypeVar("W")

LISTING = Listing(
    filters=(Filter("statut", choices=tuple(Statut)),),
    search=("client",),
    ordering=("id", "client", "statut", "total", "created_at", "updated_at"),
)

NO_SUCH_CLIENT = message(
    "no_such_client",
    fr="Aucun partenaire de type client n'a cet identifiant.",
    en="No partner of type client has this id.",
)
NO_SUCH_PRODUCT = message("no_such_product", fr="Aucun produit n'a cet identifiant.", en="No product has this id.")
STOCK_TOO_LOW = message(
    "stock_too_low",
    fr="Stock insuffisant pour le produit {produit} : {available} disponible(s).",
    en="Not enough stock of product {produit}: {available} available.",
)
SALE_IS_FINAL = message(
    "sale_is_final",
    fr="Une vente annulée ou remboursée ne peut plus être modifiée.",
    en="A cancelled or refunded sale can no longer be changed.",
)


class VenteStore(ResourceStore[W], Protocol[W]):
    """What sales need of their store."""

    async def hold(self, work: Work, key: UUID) -> Held | None:
        """Return a sale in scope and hold it until the transaction ends."""
        ...

    async def insert_vente(
        self, work: Work, key: UUID, organisation: UUID, client: UUID, statut: Statut, items: Sequence[PricedItem]
    ) -> Versioned[W] | None:
        """Insert a sale with its lines; None where the client is none of the organisation's."""
        ...

    async def update_vente(
        self, work: Work, held: Held, client: UUID, statut: Statut, items: Sequence[PricedItem] | None
    ) -> Versioned[W]:
        """Change a held sale; `items` replace its lines where given."""
        ...


class Ventes(Resource[W]):
    """Sales."""

    store: VenteStore[W]

    def __init__(self, works: Works, store: VenteStore[W], *, stock: Stock, clients: Clients) -> None:
        super().__init__(works, store, object_type="Vente")
        self._stock = stock
        self._clients = clients

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Make a sale: it takes its items from stock.

        Raises `DomainError` of kind invalid on `client` or `items`; nothing is changed then.
        """
        async with self.works.within(caller) as work:
            organisation = organisation_of(work)
            statut = Statut(values["statut"])
            items = [Item(line.produit, line.quantite, line.prix_unitaire) for line in values["items"]]
            client: UUID = values["client"]
            taken = stock_held(statut, items)
            try:
                prices = await self._stock.take(work, organisation, taken)
            except StockRefused as refused:
                problems = await self._client_problems(work, organisation, client)
                raise invalid(*problems, *_stock_problems(refused, items)) from refused
            lines = priced(items, prices)
            made = await self.store.insert_vente(work, new_id(), organisation, client, statut, lines)
            if made is None:
                raise invalid_field("client", NO_SUCH_CLIENT)
            details = other_prices(lines, prices)
            work.audit(
                "CREATE",
                self.object_type,
                made.value.id,  # type: ignore[attr-defined]
                organisation=organisation,
                details={"prix_modifies": details} if details else None,
            )
            await work.commit(made)
        return made

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change a sale. Stock follows its items and its state. Raises `DomainError` of kind invalid for a final
        sale, and like `create`."""
        async with self.works.within(caller) as work:
            held = await self._held(work, key, version)
            if held.statut.is_final:
                raise invalid_field("statut", SALE_IS_FINAL)
            client = values.get("client", held.client)
            statut = Statut(values.get("statut", held.statut))
            items: list[Item] | None = None
            if "items" in values:
                items = [Item(line.produit, line.quantite, line.prix_unitaire) for line in values["items"]]
            problems = []
            if client != held.client:
                problems = await self._client_problems(work, held.entreprise, client)
            before = stock_held(held.statut, held.items)
            after = stock_held(statut, held.items if items is None else items)
            moves = stock_to_take(before, after)
            if items is None:
                moves = {product: delta for product, delta in moves.items() if delta}
            prices = await self._take(work, held.entreprise, moves, items or [], problems, kept=before.keys())
            lines = None if items is None else priced(items, prices)
            changed = await self.store.update_vente(work, held, client, statut, lines)
            details = other_prices(lines, prices) if lines else []
            work.audit(
                "UPDATE",
                self.object_type,
                held.id,
                organisation=held.entreprise,
                details={"prix_modifies": details} if details else None,
            )
            await work.commit()
        return changed

    async def delete(self, caller: Caller, key: ResourceId, version: int | None = None) -> None:
        """Delete a sale: what it holds goes back to stock."""
        async with self.works.within(caller) as work:
            held = await self._held(work, key, version)
            moves = stock_to_take(stock_held(held.statut, held.items), Counter())
            await self._take(work, held.entreprise, {p: d for p, d in moves.items() if d}, [], [])
            await self.store.delete(work, key, None)
            work.audit("DELETE", self.object_type, key, organisation=held.entreprise)
            await work.commit()

    async def _held(self, work: Work, key: ResourceId, version: int | None) -> Held:
        held = await self.store.hold(work, key) if isinstance(key, UUID) else None
        if held is None:
            raise missing()
        if version is not None and held.version != version:
            raise stale()
        return held

    async def _client_problems(self, work: Work, organisation: UUID, client: UUID) -> list[FieldProblem]:
        if await self._clients.is_client(work, organisation, client):
            return []
        return [FieldProblem(("client",), NO_SUCH_CLIENT)]

    async def _take(
        self,
        work: Work,
        organisation: UUID,
        moves: dict[UUID, int],
        items: Sequence[Item],
        problems: list[FieldProblem],
        *,
        kept: Collection[UUID] = (),
    ) -> Mapping[UUID, Any]:
        """Move the stock, and raise every problem of the request at once."""
        try:
            prices = await self._stock.take(work, organisation, moves, kept) if moves else {}
        except StockRefused as refused:
            problems = [*problems, *_stock_problems(refused, items)]
        if problems:
            raise invalid(*problems)
        return prices


def _stock_problems(refused: StockRefused, items: Sequence[Item]) -> list[FieldProblem]:
    problems = [
        FieldProblem(("items", index, "produit"), NO_SUCH_PRODUCT)
        for index, item in enumerate(items)
        if item.produit in refused.unknown
    ]
    if problems:
        return problems
    return [
        FieldProblem(("items",), STOCK_TOO_LOW, {"produit": product, "available": available})
        for product, available in sorted(refused.available.items())
    ]
