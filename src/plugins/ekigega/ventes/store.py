"""Rows of sales and their lines. A sale and its lines are written in one statement, and read in one."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row, Timestamps, UuidRow, Version
from adapters.db.ddl import keyed_view
from adapters.db.folding import folded_match, keyed_match
from adapters.db.store import Store
from adapters.db.work import pg
from core.primitives.page import Versioned
from core.work import Work
from plugins.ekigega.partners.store import PartnerRow
from plugins.ekigega.ventes.domain import Held, PricedItem, Statut, total_of

W = TypeVar("W")


class VenteRow(UuidRow, Timestamps, Version):
    """A sale of a tenant to one of its clients. `total` is the sum of its lines."""

    __tablename__ = "vente"
    __table_args__ = (
        UniqueConstraint("id", "entreprise"),
        ForeignKeyConstraint(["client", "entreprise"], ["partner.id", "partner.entreprise"]),
        CheckConstraint("statut in ('en_attente', 'payee', 'annulee', 'paiement_partiel', 'rembourse')", name="statut"),
        CheckConstraint("total >= 0 and total < 1e24", name="total"),
        Index("ix_vente_entreprise", "entreprise", text("created_at desc"), text("id desc")),
        Index("ix_vente_statut", "entreprise", "statut", text("created_at desc")),
        Index("ix_vente_client", "client", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True, "summed": ("total", "statut = 'payee'")}},
    )

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    client: Mapped[UUID]
    statut: Mapped[str]
    total: Mapped[Decimal] = mapped_column(Numeric(26, 2))


class VenteItemRow(Row):
    """A line of a sale."""

    __tablename__ = "vente_item"
    __table_args__ = (
        ForeignKeyConstraint(["vente", "entreprise"], ["vente.id", "vente.entreprise"], ondelete="CASCADE"),
        ForeignKeyConstraint(["produit", "entreprise"], ["produit.id", "produit.entreprise"]),
        CheckConstraint("quantite >= 1", name="quantite"),
        CheckConstraint("prix_unitaire >= 0 and prix_unitaire < 1e12", name="prix_unitaire"),
        Index("ix_vente_item_produit", "produit", "entreprise"),
        {"info": {"tenant": "entreprise"}},
    )

    vente: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entreprise: Mapped[UUID]
    produit: Mapped[UUID]
    quantite: Mapped[int]
    prix_unitaire: Mapped[Decimal]


_LINES = """
insert into vente_item (vente, position, entreprise, produit, quantite, prix_unitaire)
select $1, position, $2, produit, quantite, prix_unitaire
from unnest($3::uuid[], $4::int[], $5::numeric[]) with ordinality
     as line (produit, quantite, prix_unitaire, position)
"""

_INSERT = """
with buyer as (
    select id from partner where id = $6 and entreprise = $2 and type = 'client' and archived_at is null for share
), made as (
    insert into vente (id, entreprise, client, statut, total) select $1, $2, id, $7, $8 from buyer
    returning created_at, updated_at, version
), lines as (
    insert into vente_item (vente, position, entreprise, produit, quantite, prix_unitaire)
    select $1, position, $2, produit, quantite, prix_unitaire
    from buyer, unnest($3::uuid[], $4::int[], $5::numeric[]) with ordinality
         as line (produit, quantite, prix_unitaire, position)
)
select created_at, updated_at, version from made
"""

_UPDATE = """
update vente set client = $2, statut = $3, total = coalesce($4, total), updated_at = now(), version = version + 1
where id = $1
"""

_HOLD = """
select v.id, v.entreprise, v.client, v.statut, v.version
from vente v
where v.id = $1 and case when $2
      then not exists (select from organisation o where o.id = v.entreprise and o.archived_at is not null)
      else v.entreprise = $3 end
for update of v
"""

_HELD_LINES = "select produit, quantite, prix_unitaire from vente_item where vente = $1 order by position"


def _items(source: Any) -> Any:
    item = VenteItemRow.__table__
    lines = (
        sa.select(sa.func.row(item.c.produit, item.c.quantite, item.c.prix_unitaire))
        .where(item.c.vente == source.c.id)
        .order_by(item.c.position)
        .correlate(source)
        .scalar_subquery()
    )
    return sa.func.array(lines).label("items")


class VenteStore(Store[W]):
    """Sales with their lines. `struct` has the fields id, client, statut, items, total, created_at, updated_at in
    this order; `item` is the struct of a line."""

    def __init__(self, struct: type[W], item: type[Any], **options: Any) -> None:
        super().__init__(VenteRow, struct, computed={"items": _items}, **options)
        self._item = item
        self._sale: Any = struct
        self._partner_keyed = sa.table(
            keyed_view("partner"),
            sa.column("id", sa.Uuid()),
            sa.column("entreprise", sa.Uuid()),
            sa.column("search_text", sa.Text()),
        )
        self._partner: Any = PartnerRow.__table__

    def read(self, record: Any) -> W:
        """Build the wire struct of a sale."""
        key, client, statut, items, *rest = record
        sale: W = self._sale(key, client, statut, [self._item(*line) for line in items], *rest)
        return sale

    def search_source(self, *, everything: bool) -> Any:  # noqa: ARG002
        """Sales are searched through their clients: the table itself is read."""
        return self.table

    def search_condition(self, source: Any, *, everything: bool) -> Any:
        """A sale is found by its client's name, email or phone."""
        if everything:
            partner = self._partner
            return source.c.client.in_(sa.select(partner.c.id).where(folded_match(partner.c.search_text)))
        keyed = self._partner_keyed
        found = keyed_match(keyed.c.entreprise, keyed.c.search_text)
        return source.c.client.in_(sa.select(keyed.c.id).where(found))

    async def hold(self, work: Work, key: UUID) -> Held | None:
        """Return a sale in scope and hold it until the transaction ends."""
        db = pg(work)
        row = await db.connection.fetchrow(_HOLD, key, db.scope.everything, db.scope.organisation)
        if row is None:
            return None
        # a statement of its own: one that waited for the lock reads the lines as they were before it waited
        lines = await db.connection.fetch(_HELD_LINES, key)
        return Held(
            id=row["id"],
            entreprise=row["entreprise"],
            client=row["client"],
            statut=Statut(row["statut"]),
            items=tuple(PricedItem(*line) for line in lines),
            version=row["version"],
        )

    async def insert_vente(
        self, work: Work, key: UUID, organisation: UUID, client: UUID, statut: Statut, items: Sequence[PricedItem]
    ) -> Versioned[W] | None:
        """Insert a sale with its lines, in one statement that looks for the client as well."""
        total = total_of(items)
        made: tuple[datetime, datetime, int] | None = await pg(work).connection.fetchrow(
            _INSERT, key, organisation, *_columns(items), client, statut.value, total
        )
        if made is None:
            return None
        created_at, updated_at, version = made
        lines = [self._item(item.produit, item.quantite, item.prix_unitaire) for item in items]
        record = (key, client, statut.value, lines, total, created_at, updated_at)
        return Versioned(self._sale(*record), version, organisation)

    async def update_vente(
        self, work: Work, held: Held, client: UUID, statut: Statut, items: Sequence[PricedItem] | None
    ) -> Versioned[W]:
        """Change a held sale; `items` replace its lines where given."""
        db = pg(work)
        total = None
        if items is not None:
            total = total_of(items)
            await db.connection.execute("delete from vente_item where vente = $1", held.id)
            await db.connection.execute(_LINES, held.id, held.entreprise, *_columns(items))
        await db.connection.execute(_UPDATE, held.id, client, statut.value, total)
        changed = await self.get(work, held.id)
        if changed is None:
            raise AssertionError("a held sale has vanished")
        return changed


def _columns(items: Sequence[PricedItem]) -> tuple[list[UUID], list[int], list[Decimal]]:
    return (
        [item.produit for item in items],
        [item.quantite for item in items],
        [item.prix_unitaire for item in items],
    )
