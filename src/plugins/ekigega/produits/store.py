"""Rows of products, and the movements of their stock."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Timestamps, UuidRow, Version, tenant_search_indexes
from adapters.db.store import Store
from adapters.db.work import pg
from core.primitives.errors import invalid_field
from core.resources import ResourceId
from core.work import Work
from plugins.ekigega.produits.service import STOCK_TOO_LARGE, StockRefused

W = TypeVar("W")


class ProduitRow(UuidRow, Timestamps, Version):
    """A product of a tenant. Archived, it is gone from every answer but the sales that refer to it."""

    __tablename__ = "produit"
    __table_args__ = (
        UniqueConstraint("id", "entreprise"),
        CheckConstraint("prix >= 0 and prix < 1e12", name="prix"),
        CheckConstraint("quantite >= 0", name="quantite"),
        Index(
            "ix_produit_entreprise",
            "entreprise",
            text("created_at desc"),
            text("id desc"),
            postgresql_where=text("archived_at is null"),
        ),
        Index(
            "ix_produit_categorie", "entreprise", text("lower(categorie)"), postgresql_where=text("archived_at is null")
        ),
        *tenant_search_indexes("produit", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True, "hidden": "archived_at"}},
    )

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    nom: Mapped[str]
    categorie: Mapped[str]
    prix: Mapped[Decimal]
    quantite: Mapped[int]
    archived_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(nom || E'\\n' || categorie)", persisted=True))


_TAKE = """
with asked as (select unnest((select $1::uuid[])) as id, unnest((select $2::bigint[])) as delta),
     held as (
         select p.id, asked.delta from produit p join asked using (id)
         where p.entreprise = $3
      and (p.archived_at is null or asked.delta < 0 or (asked.delta = 0 and p.id = any($4::uuid[])))
         order by p.id for update of p
     )
update produit p
set quantite = p.quantite - held.delta,
    version = p.version + (held.delta <> 0)::int,
    updated_at = case when held.delta = 0 then p.updated_at else now() end
from held
where p.id = held.id and p.quantite >= held.delta
returning p.id, p.prix
"""

_AVAILABLE = """
select id, quantite from produit
where id = any($1::uuid[]) and entreprise = $2 and archived_at is null
"""

_NUMBER = "select number from organisation where id = $1"
_HOLDER = """
select organisation.number from produit join organisation on organisation.id = produit.entreprise
where produit.id = $1 and produit.archived_at is null and ($2::uuid is null or produit.entreprise = $2)
"""
# exact: what every write has changed adds up to it (docs/adr/0011)
_STANDING = """
select coalesce(sum(tally.amount), 0)::bigint from row_tally tally
join organisation on organisation.id = tally.organisation_id
where organisation.number = $1 and tally.name = 'produit'
"""


class ProduitStore(Store[W]):
    """Products, and the `Stock` port over them."""

    def __init__(self, struct: type[W], **options: object) -> None:
        super().__init__(ProduitRow, struct, hidden="archived_at", **options)  # type: ignore[arg-type]

    async def take(
        self, work: Work, organisation: UUID, quantities: Mapping[UUID, int], kept: Collection[UUID] = ()
    ) -> Mapping[UUID, Decimal]:
        """Move stock in one statement that locks the rows in the order of their ids, so that parallel sales of the
        same products neither deadlock nor lose an update."""
        db = pg(work)
        ids = sorted(quantities)
        moves = [quantities[key] for key in ids]
        try:
            rows = await db.connection.fetch(_TAKE, ids, moves, organisation, list(kept))
        except asyncpg.NumericValueOutOfRangeError as error:
            raise invalid_field("items", STOCK_TOO_LARGE) from error
        if len(rows) < len(ids):
            moved = {row["id"] for row in rows}
            refused = [key for key in ids if key not in moved]
            known = await db.connection.fetch(_AVAILABLE, refused, organisation)
            available = {row["id"]: row["quantite"] for row in known}
            raise StockRefused(frozenset(refused) - frozenset(available), available)
        return {row["id"]: row["prix"] for row in rows}

    async def number_of(self, work: Work, organisation: UUID) -> int:
        """Return the number of an organisation."""
        number: int = await pg(work).connection.fetchval(_NUMBER, organisation)
        return number

    async def holder(self, work: Work, key: ResourceId) -> int | None:
        """Return the number of the organisation that has a product; None where there is none in scope."""
        db = pg(work)
        tenant = None if db.scope.everything else db.scope.organisation
        number: int | None = await db.connection.fetchval(_HOLDER, key, tenant)
        return number

    async def standing(self, work: Work, subject: str) -> int:
        """Return how many products an organisation has, by its number (`core.access.usage.PresentRows`)."""
        count: int = await pg(work).connection.fetchval(_STANDING, int(subject))
        return count
