"""Rows of partners."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Timestamps, UuidRow, Version, tenant_search_indexes
from adapters.db.store import Store
from adapters.db.work import pg
from core.work import Work

W = TypeVar("W")


class PartnerRow(UuidRow, Timestamps, Version):
    """A client or supplier of a tenant. Archived, it is gone from every answer but the sales that refer to it."""

    __tablename__ = "partner"
    __table_args__ = (
        UniqueConstraint("id", "entreprise"),
        CheckConstraint("type in ('client', 'fournisseur')", name="type"),
        Index(
            "ix_partner_entreprise",
            "entreprise",
            text("created_at desc"),
            text("id desc"),
            postgresql_where=text("archived_at is null"),
        ),
        Index(
            "ix_partner_type",
            "entreprise",
            "type",
            text("created_at desc"),
            postgresql_where=text("archived_at is null"),
        ),
        *tenant_search_indexes("partner", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True, "hidden": "archived_at"}},
    )

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    type: Mapped[str]
    nom: Mapped[str]
    prenom: Mapped[str]
    email: Mapped[str]
    telephone: Mapped[str]
    adresse: Mapped[str]
    archived_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(
        Computed("socle_fold(nom || E'\\n' || prenom || E'\\n' || email || E'\\n' || telephone)", persisted=True)
    )


_IS_CLIENT = """
select true from partner
where id = $1 and entreprise = $2 and type = 'client' and archived_at is null
for share
"""


class PartnerStore(Store[W]):
    """Partners, and the `Clients` port over them."""

    def __init__(self, struct: type[W], **options: object) -> None:
        super().__init__(PartnerRow, struct, hidden="archived_at", **options)  # type: ignore[arg-type]

    async def is_client(self, work: Work, organisation: UUID, key: UUID) -> bool:
        """Whether this is a client of the organisation."""
        return bool(await pg(work).connection.fetchval(_IS_CLIENT, key, organisation))
