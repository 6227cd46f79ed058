"""Rows of subscriptions."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Timestamps, UuidRow, Version, tenant_search_indexes
from adapters.db.store import Store
from adapters.db.work import pg
from core.work import Work

W = TypeVar("W")


class AbonnementRow(UuidRow, Timestamps, Version):
    """A subscription of a tenant. `reminded_for` is the last day for which its owner was reminded."""

    __tablename__ = "abonnement"
    __table_args__ = (
        CheckConstraint("status in ('actif', 'suspendu', 'expire', 'annule')", name="status"),
        CheckConstraint("date_debut <= date_fin", name="dates"),
        CheckConstraint("prix >= 0 and prix < 1e12", name="prix"),
        Index("ix_abonnement_entreprise", "entreprise", text("created_at desc"), text("id desc")),
        Index("ix_abonnement_status", "entreprise", "status"),
        Index("ix_abonnement_date_fin", "date_fin", postgresql_where=text("status in ('actif', 'suspendu')")),
        *tenant_search_indexes("abonnement", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True}},
    )

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    type: Mapped[str]
    date_debut: Mapped[date]
    date_fin: Mapped[date]
    prix: Mapped[Decimal]
    status: Mapped[str]
    fonctionnalites: Mapped[list[str]] = mapped_column(JSONB())
    reminded_for: Mapped[date | None]
    search_text: Mapped[str] = mapped_column(
        Computed("socle_fold(type || E'\\n' || fonctionnalites::text)", persisted=True)
    )


class Ending(msgspec.Struct, frozen=True):
    """A subscription that is over, or about to be, and whom to tell: its organisation's owner, if it has one."""

    id: UUID
    entreprise: UUID
    type: str
    date_fin: date
    email: str | None
    language: str | None
    account: UUID | None


_EXPIRE = """
update abonnement set status = 'expire', updated_at = now(), version = version + 1
where status in ('actif', 'suspendu') and date_fin < $1
returning id, entreprise
"""

_REMIND = """
with due as (
    select id from abonnement
    where status = 'actif' and date_fin = any($1::date[]) and reminded_for is distinct from $2
      and exists (select from organisation o where o.id = entreprise and o.archived_at is null and o.is_active)
    order by id for update skip locked
), told as (
    update abonnement set reminded_for = $2 from due where abonnement.id = due.id
    returning abonnement.id, abonnement.entreprise, abonnement.type, abonnement.date_fin
)
select told.*, account.email, account.language, account.id as account
from told
left join membership on membership.organisation_id = told.entreprise and membership.owner
left join account on account.id = membership.account_id and account.is_active
order by told.id
"""


class AbonnementStore(Store[W]):
    """Subscriptions."""

    def __init__(self, struct: type[W], **options: object) -> None:
        super().__init__(AbonnementRow, struct, **options)  # type: ignore[arg-type]

    async def expire(self, work: Work, today: date) -> Sequence[tuple[UUID, UUID]]:
        """Set expired what ended before today; return the ids with their organisations."""
        return [(row["id"], row["entreprise"]) for row in await pg(work).connection.fetch(_EXPIRE, today)]

    async def take_reminders(self, work: Work, ends: Sequence[date], today: date) -> list[Ending]:
        """Mark as reminded today, and return, what ends on one of these days and was not reminded of today."""
        rows = await pg(work).connection.fetch(_REMIND, list(ends), today)
        return [Ending(**dict(row)) for row in rows]
