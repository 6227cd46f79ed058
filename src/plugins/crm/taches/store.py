"""Rows of tasks, of how people are reminded of them, and of the reminders sent."""

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row, tenant_search_indexes
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.ids import MAX_INTEGER_ID
from core.resources import ResourceId
from core.work import Work
from plugins.crm.rows import Authored, ReferredStore, today
from plugins.crm.taches.tache_service import KEPT_LISTING, SEEN_BY

W = TypeVar("W")


class TacheRow(NumberedRow, Authored):
    """A task of a client, or of a project, whose client then is the task's: one foreign key names both."""

    __tablename__ = "crm_tache"
    __table_args__ = (
        Unique("id", "entreprise"),
        ForeignKeyConstraint(["client_associe", "entreprise"], ["crm_client.id", "crm_client.entreprise"]),
        ForeignKeyConstraint(
            ["projet_associe", "client_associe"], ["crm_projet.id", "crm_projet.client"], onupdate="CASCADE"
        ),
        CheckConstraint("priorite in ('Basse', 'Moyenne', 'Haute', 'Urgente')", name="priorite"),
        CheckConstraint("statut in ('À faire', 'En cours', 'Terminée')", name="statut"),
        CheckConstraint("(statut = 'Terminée') = (terminee_le is not null)", name="terminee_le"),
        Index("ix_crm_tache_entreprise", "entreprise", text("date_creation desc"), text("id desc")),
        Index("ix_crm_tache_statut", "entreprise", "statut", text("date_creation desc")),
        Index("ix_crm_tache_assigne_a", "assigne_a", "entreprise", text("date_creation desc")),
        Index("ix_crm_tache_cree_par", "cree_par", "entreprise", text("date_creation desc")),
        Index("ix_crm_tache_client_associe", "client_associe", "entreprise", text("date_creation desc")),
        Index("ix_crm_tache_projet_associe", "projet_associe", "client_associe"),
        Index(
            "ix_crm_tache_date_echeance",
            "entreprise",
            "date_echeance",
            "id",
            postgresql_where=text("terminee_le is null"),
        ),
        Index("ix_crm_tache_rappels", "date_echeance", "id", postgresql_where=text("terminee_le is null")),
        *tenant_search_indexes("crm_tache", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True}},
    )

    titre: Mapped[str]
    cree_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"), nullable=False)
    description: Mapped[str]
    assigne_a: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"))
    client_associe: Mapped[int] = mapped_column(BigInteger())
    projet_associe: Mapped[int | None] = mapped_column(BigInteger())
    priorite: Mapped[str]
    date_echeance: Mapped[date]
    statut: Mapped[str]
    terminee_le: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(titre || E'\\n' || description)", persisted=True))


class RappelRow(Row):
    """How somebody is reminded, in an organisation. `dernier_recapitulatif` is the day of the last letter of those
    that come once a day."""

    __tablename__ = "crm_rappel"
    __table_args__ = (
        CheckConstraint("frequence in ('IMMEDIATE', 'QUOTIDIEN', 'JAMAIS')", name="frequence"),
        Index("ix_crm_rappel_compte", "compte"),
        {"info": {"tenant": "entreprise"}},
    )

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    compte: Mapped[int] = mapped_column(BigInteger(), ForeignKey("account.number"), primary_key=True)
    frequence: Mapped[str]
    dernier_recapitulatif: Mapped[date | None]


class TacheRappelRow(Row):
    """A reminder that somebody was sent: once for each moment of each due day."""

    __tablename__ = "crm_tache_rappel"
    __table_args__ = (
        ForeignKeyConstraint(["tache", "entreprise"], ["crm_tache.id", "crm_tache.entreprise"], ondelete="CASCADE"),
        CheckConstraint("moment in ('DEMAIN', 'AUJOURD_HUI', 'EN_RETARD')", name="moment"),
        Index("ix_crm_tache_rappel_compte", "compte"),
        Index("ix_crm_tache_rappel_entreprise", "entreprise"),
        {"info": {"tenant": "entreprise"}},
    )

    tache: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    entreprise: Mapped[UUID]
    compte: Mapped[int] = mapped_column(BigInteger(), ForeignKey("account.number"), primary_key=True)
    moment: Mapped[str] = mapped_column(primary_key=True)
    date_echeance: Mapped[date] = mapped_column(primary_key=True)
    envoye_le: Mapped[datetime] = mapped_column(server_default=text("now()"))


def _late(source: Any) -> Any:
    """`is_overdue`: its day is over, and it is not done."""
    return sa.and_(source.c.date_echeance < today(), source.c.terminee_le.is_(None))


_HOLD_PROJETS = """
select id from crm_projet
where id = $2 or id = (select projet_associe from crm_tache where id = $1) order by id for key share
"""
_CLIENT_OF_PROJET = "select client from crm_projet where id = $1 and entreprise = $2"
_IS_MEMBER = """
select true from membership m join account a on a.id = m.account_id
where a.number = $1 and m.organisation_id = $2 and m.status = 'actif' and a.is_active for share of m
"""
_OF_CLIENT = "select count(*) from crm_tache where client_associe = $1"
_OF_PROJET = "select count(*) from crm_tache where projet_associe = $1"


class TacheStore(ReferredStore[W]):
    """Tasks."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        super().__init__(
            TacheRow,
            struct,
            listing=KEPT_LISTING,
            time_zone=time_zone,
            computed={"en_retard": _late},
            refusals={
                "fk_crm_tache_client_associe_entreprise": ("client_associe", messages.NOT_REFERENCE),
                "fk_crm_tache_projet_associe_client_associe": ("projet_associe", messages.NOT_REFERENCE),
            },
        )

    def filter_condition(self, name: str, source: Any) -> sa.ColumnElement[bool]:
        """What a filter means; `SEEN_BY` looks at two columns."""
        if name != SEEN_BY:
            return super().filter_condition(name, source)
        number = sa.bindparam(f"filter_{SEEN_BY}", type_=sa.BigInteger())
        return sa.or_(source.c.cree_par == number, source.c.assigne_a == number)

    def filter_parameters(self, name: str, value: Any) -> dict[str, Any]:
        """The parameters of a filter's condition."""
        return {f"filter_{SEEN_BY}": value} if name == SEEN_BY else super().filter_parameters(name, value)

    async def hold_projets(self, work: Work, key: ResourceId, projet: int | None) -> None:
        """Hold the projects that a task leaves and joins until the transaction ends."""
        if isinstance(key, int) and key <= MAX_INTEGER_ID:
            await pg(work).connection.execute(_HOLD_PROJETS, key, projet)

    async def client_of_projet(self, work: Work, organisation: UUID, projet: int) -> int | None:
        """Return the client of an organisation's project."""
        found: int | None = await pg(work).connection.fetchval(_CLIENT_OF_PROJET, projet, organisation)
        return found

    async def is_member(self, work: Work, organisation: UUID, number: int) -> bool:
        """Whether an account is an active member of an organisation; it stays one until the transaction ends."""
        return bool(await pg(work).connection.fetchval(_IS_MEMBER, number, organisation))

    async def of_client(self, work: Work, client: int) -> int:
        """Count the tasks of a client."""
        return int(await pg(work).connection.fetchval(_OF_CLIENT, client))

    async def of_projet(self, work: Work, projet: int) -> int:
        """Count the tasks of a project."""
        return int(await pg(work).connection.fetchval(_OF_PROJET, projet))
