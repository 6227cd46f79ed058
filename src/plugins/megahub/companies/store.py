"""Rows of brands and alerts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row, Timestamps, Version, tenant_search_indexes


class BrandRow(NumberedRow, Timestamps, Version):
    """A brand of a company; it takes a brand slot while it stands."""

    __tablename__ = "megahub_brand"
    __table_args__ = (
        Index("ix_megahub_brand_organisation_id", "organisation_id", text("created_at desc"), text("id desc")),
        *tenant_search_indexes("megahub_brand", "organisation_id"),
        {"info": {"tenant": "organisation_id", "counted": True}},
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default="true")
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(name)", persisted=True))


class AlertRow(Row):
    """An alert of a company: open until what it tells of is over. `subscription_id` is that of a feature, None speaks
    of slots; `told_at` is when `check_limits` answered with it."""

    __tablename__ = "megahub_alert"
    __table_args__ = (
        Index("ix_megahub_alert_organisation_number", "organisation_number", "id"),
        Index(
            "uq_megahub_alert_open",
            "organisation_number",
            "type",
            "subscription_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("cleared_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), primary_key=True)
    organisation_number: Mapped[int] = mapped_column(BigInteger(), ForeignKey("organisation.number"))
    subscription_id: Mapped[int | None] = mapped_column(BigInteger())
    type: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB())
    triggered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    told_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
