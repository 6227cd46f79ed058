"""Rows of expenses."""

from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Timestamps, UuidRow, Version, tenant_search_indexes
from adapters.db.files import StoredFileRow
from adapters.db.store import Store
from adapters.db.work import pg
from core.resources import ResourceId
from core.work import Work

W = TypeVar("W")


class DepenseRow(UuidRow, Timestamps, Version):
    """An expense of a tenant, with its receipt."""

    __tablename__ = "depense"
    __table_args__ = (
        CheckConstraint("montant >= 0 and montant < 1e12", name="montant"),
        Index("ix_depense_entreprise", "entreprise", text("created_at desc"), text("id desc")),
        Index("ix_depense_categorie", "entreprise", text("lower(categorie)")),
        Index("ix_depense_type", "entreprise", text("lower(type)")),
        Index("ix_depense_justificatif", "justificatif"),
        *tenant_search_indexes("depense", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True, "summed": ("montant", "true")}},
    )

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    categorie: Mapped[str]
    description: Mapped[str]
    montant: Mapped[Decimal]
    type: Mapped[str]
    justificatif: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(description)", persisted=True))


def _receipt(source: Any) -> Any:
    """The receipt's id and name ("id/name"), of which the wire makes a signed address."""
    file: Any = StoredFileRow.__table__
    named = sa.cast(file.c.id, sa.Text()) + "/" + file.c.name
    return sa.select(named).where(file.c.id == source.c.justificatif).correlate(source).scalar_subquery()


_RECEIPT_OF = "select justificatif from depense where id = $1 and ($2 or entreprise = $3) for update"


class DepenseStore(Store[W]):
    """Expenses."""

    def __init__(self, struct: type[W], **options: object) -> None:
        super().__init__(DepenseRow, struct, computed={"justificatif": _receipt}, **options)  # type: ignore[arg-type]

    async def receipt_of(self, work: Work, key: ResourceId) -> UUID | None:
        """Return the receipt of an expense in scope, and hold the expense until the transaction ends."""
        db = pg(work)
        found: UUID | None = await db.connection.fetchval(_RECEIPT_OF, key, db.scope.everything, db.scope.organisation)
        return found
