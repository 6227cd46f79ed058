"""Rows of objectives."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Numeric, text
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.base import Row
from core.primitives import messages
from plugins.driven.objectifs.domain import Period
from plugins.driven.objectifs.service import DATES_REVERSED, FILTERS, LISTING
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class ObjectifRow(Row, Tracked):
    """An objective of an utilisateur. `mois` are the days of its `periode`."""

    __tablename__ = "driven_objectif"
    __table_args__ = (
        CheckConstraint("date_debut <= date_fin", name="dates"),
        CheckConstraint("progression >= 0 and progression <= 1", name="progression"),
        CheckConstraint("valeur >= 0 and valeur < 1e12", name="valeur"),
        Index("ix_driven_objectif_id_utilisateur", "id_utilisateur"),
        Index("ix_driven_objectif_type", "type"),
        Index("ix_driven_objectif_mois", "mois", postgresql_using="gist"),
    )

    id: Mapped[int] = numbered()
    titre: Mapped[str]
    id_utilisateur: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_utilisateur.id_utilisateur", ondelete="CASCADE")
    )
    type: Mapped[str]
    description: Mapped[str | None]
    periode: Mapped[str]
    mois: Mapped[Any] = mapped_column(
        DATERANGE(),
        Computed(
            "daterange("
            "make_date(substr(periode, 1, 4)::integer, substr(periode, 6, 2)::integer, 1), "
            "(make_date(left(right(periode, 7), 4)::integer, right(periode, 2)::integer, 1)"
            " + interval '1 month')::date)",
            persisted=True,
        ),
        nullable=False,
    )
    date_debut: Mapped[datetime | None]
    date_fin: Mapped[datetime | None]
    statut: Mapped[str]
    progression: Mapped[Decimal] = mapped_column(Numeric(7, 6), server_default=text("0"))
    valeur: Mapped[Decimal | None]


class ObjectifStore(DrivenStore[W]):
    """Objectives."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        refusals = {
            "fk_driven_objectif_id_utilisateur": ("id_utilisateur", messages.NOT_REFERENCE),
            # checked on the row as it will stand: what is given, and what was stored, which the change has locked
            "ck_driven_objectif_dates": ("date_fin", DATES_REVERSED),
        }
        listing = msgspec.structs.replace(LISTING, filters=FILTERS)
        super().__init__(ObjectifRow, struct, listing=listing, time_zone=time_zone, refusals=refusals)

    def filter_condition(self, name: str, source: Any) -> ColumnElement[bool]:
        """What a filter means."""
        if name != "periode":
            return super().filter_condition(name, source)
        first, after = (sa.bindparam(each, type_=sa.Date()) for each in Period._fields)
        asked: Any = sa.func.daterange(first, after, type_=DATERANGE())
        return sa.or_(source.c.mois.contains(asked), source.c.mois.contained_by(asked))

    def filter_parameters(self, name: str, value: Any) -> dict[str, Any]:
        """The parameters of a filter's condition."""
        return value._asdict() if isinstance(value, Period) else super().filter_parameters(name, value)

    def read(self, record: Any) -> W:
        """Build the wire struct of a record; exact decimals become JSON numbers, whole ones integers."""
        return self.struct(*[_number(value) if isinstance(value, Decimal) else value for value in record])


def _number(value: Decimal) -> int | float:
    whole = int(value)
    return whole if whole == value else float(value)
