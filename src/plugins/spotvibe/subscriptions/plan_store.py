"""Rows of plans."""

from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps
from adapters.db.store import Store
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.primitives.page import Listing
from core.work import Work
from plugins.spotvibe.subscriptions.domain import Duree, Plan, TypePlan
from plugins.spotvibe.subscriptions.messages import PLAN_IN_USE, PLAN_NAME_USED

W = TypeVar("W")


def _one_of(column: str, values: Any) -> str:
    listed = ", ".join(f"'{each.value}'" for each in values)
    return f"{column} in ({listed})"


class PlanRow(NumberedRow, Timestamps):
    """A plan. `prix` is that of one period; without `max_evenements_par_mois` events are unlimited."""

    __tablename__ = "spotvibe_plan"
    __table_args__ = (
        CheckConstraint(_one_of("type_plan", TypePlan), name="type_plan"),
        CheckConstraint("prix >= 0 and prix < 1e12", name="prix"),
        CheckConstraint(_one_of("duree", Duree), name="duree"),
        CheckConstraint("max_evenements_par_mois >= 0", name="max_evenements_par_mois"),
        CheckConstraint("commission_reduite >= 0 and commission_reduite <= 100", name="commission_reduite"),
        Index("uq_spotvibe_plan_nom", text("lower(nom)"), unique=True),
        Index("ix_spotvibe_plan_prix", "prix", "id"),
    )

    nom: Mapped[str]
    type_plan: Mapped[str]
    prix: Mapped[Decimal]
    duree: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    max_evenements_par_mois: Mapped[int | None]
    commission_reduite: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    support_prioritaire: Mapped[bool] = mapped_column(server_default=text("false"))


_TERMS = sql("select id, nom, prix, duree from spotvibe_plan where id = cast(:key as bigint)")
_IN_USE = (PLAN_IN_USE, Kind.CONFLICT)


class PlanStore(Store[W]):
    """Plans in PostgreSQL. `struct` is the wire struct of one."""

    def __init__(self, struct: type[W], *, listing: Listing, time_zone: ZoneInfo) -> None:
        super().__init__(
            PlanRow,
            struct,
            listing=listing,
            time_zone=time_zone,
            refusals={
                "uq_spotvibe_plan_nom": ("nom", PLAN_NAME_USED),
                "fk_spotvibe_abonnement_plan_id": ("", *_IN_USE),
                "fk_spotvibe_abonnement_achat_plan_id": ("", *_IN_USE),
                "fk_spotvibe_abonnement_historique_plan_id": ("", *_IN_USE),
            },
        )

    async def terms(self, work: Work, key: int) -> Plan | None:
        """Return what a plan sells, and for how much."""
        record = await pg(work).one(_TERMS, key=key)
        return None if record is None else Plan(record[0], record[1], record[2], Duree(record[3]))
