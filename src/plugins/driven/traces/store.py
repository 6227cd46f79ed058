"""Rows of traces."""

from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import BigInteger, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from core.primitives import messages
from plugins.driven.rows import DrivenStore, Tracked, numbered
from plugins.driven.traces.service import FILTERS, LISTING

W = TypeVar("W")


class TraceRow(Row, Tracked):
    """A trace. `code_sql` is text like any other; the trace outlives its utilisateur."""

    __tablename__ = "driven_trace"
    __table_args__ = (
        Index("ix_driven_trace_date", text("date desc"), text("id desc")),
        Index("ix_driven_trace_action", "action", text("date desc")),
        Index("ix_driven_trace_id_utilisateur", "id_utilisateur", text("date desc")),
    )

    id: Mapped[int] = numbered()
    date: Mapped[datetime] = mapped_column(server_default=func.now())
    action: Mapped[str]
    detail: Mapped[str | None]
    code: Mapped[str | None]
    param: Mapped[str | None]
    code_sql: Mapped[str | None]
    end_point: Mapped[str | None]
    id_utilisateur: Mapped[int | None] = mapped_column(
        BigInteger(), ForeignKey("driven_utilisateur.id_utilisateur", ondelete="SET NULL")
    )


class TraceStore(DrivenStore[W]):
    """Traces. Days are cut in UTC, the zone that driven speaks."""

    def __init__(self, struct: type[W]) -> None:
        refusals = {
            "fk_driven_trace_id_utilisateur": ("id_utilisateur", messages.NOT_REFERENCE),
        }
        listing = msgspec.structs.replace(LISTING, filters=FILTERS)
        super().__init__(TraceRow, struct, listing=listing, time_zone=ZoneInfo("UTC"), refusals=refusals)
