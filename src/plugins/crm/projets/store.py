"""Rows of projects."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, tenant_search_indexes
from adapters.db.store import Store
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.page import Listing
from core.work import Work
from plugins.crm.projets.api import Known
from plugins.crm.projets.domain import DATES_REVERSED, Statut
from plugins.crm.projets.projet_service import LISTING
from plugins.crm.rows import Authored, ReferredStore, today

W = TypeVar("W")


class ProjetRow(NumberedRow, Authored):
    """A project of a client."""

    __tablename__ = "crm_projet"
    __table_args__ = (
        UniqueConstraint("id", "entreprise"),
        UniqueConstraint("id", "client"),
        ForeignKeyConstraint(["client", "entreprise"], ["crm_client.id", "crm_client.entreprise"]),
        # the quotes' own migration makes it: they come after projects, and may be switched off
        ForeignKeyConstraint(
            ["devis_associe", "entreprise"],
            ["crm_devis.id", "crm_devis.entreprise"],
            ondelete="SET NULL (devis_associe)",
        ),
        CheckConstraint("statut in ('À faire', 'En cours', 'Terminé')", name="statut"),
        CheckConstraint("date_fin > date_debut", name="date_fin"),
        CheckConstraint("budget >= 0 and budget < 1e12", name="budget"),
        Index("ix_crm_projet_entreprise", "entreprise", text("date_creation desc"), text("id desc")),
        Index("ix_crm_projet_statut", "entreprise", "statut", text("date_creation desc")),
        Index("ix_crm_projet_client", "client", "entreprise"),
        Index("ix_crm_projet_devis_associe", "devis_associe", "entreprise"),
        Index("ix_crm_projet_cree_par", "cree_par"),
        *tenant_search_indexes("crm_projet", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True}},
    )

    client: Mapped[int] = mapped_column(BigInteger())
    titre: Mapped[str]
    description: Mapped[str]
    statut: Mapped[str]
    date_debut: Mapped[date | None]
    date_fin: Mapped[date | None]
    budget: Mapped[Decimal]
    devis_associe: Mapped[int | None] = mapped_column(BigInteger())
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(titre || E'\\n' || description)", persisted=True))


def _unfinished(source: Any) -> Any:
    return source.c.statut != sa.literal_column(f"'{Statut.TERMINE}'", sa.Text())


def _days(source: Any) -> Any:
    """`get_duree`: the days from the first to the last."""
    return sa.type_coerce(source.c.date_fin - source.c.date_debut, sa.Integer())


def _late(source: Any) -> Any:
    """`is_en_retard`: its last day is over, and it is not finished."""
    return sa.func.coalesce(sa.and_(source.c.date_fin < today(), _unfinished(source)), sa.false())


_OPEN = """
insert into crm_projet (entreprise, client, titre, description, statut, budget, devis_associe, cree_par)
select entreprise, id, $2, '', 'À faire', $3, $4, $5 from crm_client where id = $1
returning id
"""
_COUNT_OF_CLIENT = "select count(*) from crm_projet where client = $1"


class ProjetStore(ReferredStore[W]):
    """Projects, and the `Openings` port over them."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        super().__init__(
            ProjetRow,
            struct,
            listing=LISTING,
            time_zone=time_zone,
            computed={"duree": _days, "en_retard": _late, "actif": _unfinished},
            refusals={
                "fk_crm_projet_client_entreprise": ("client", messages.NOT_REFERENCE),
                "fk_crm_projet_devis_associe_entreprise": ("devis_associe", messages.NOT_REFERENCE),
                "ck_crm_projet_date_fin": ("date_fin", DATES_REVERSED),
            },
        )

    async def open(self, work: Work, client: int, titre: str, budget: Decimal, devis: int, cree_par: int | None) -> int:
        """Insert a project to do, in the client's organisation; return its id."""
        made: int = await pg(work).connection.fetchval(_OPEN, client, titre, budget, devis, cree_par)
        return made

    async def of_client(self, work: Work, client: int) -> int:
        """How many projects of a client are in scope."""
        found: int = await pg(work).connection.fetchval(_COUNT_OF_CLIENT, client)
        return found


def known_store(time_zone: ZoneInfo) -> Store[Known]:
    """Reads that projects are there."""
    return Store(ProjetRow, Known, listing=Listing(), time_zone=time_zone)
