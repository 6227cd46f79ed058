"""Rows of training videos: a tenant's own, and those shown to all."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.base import Timestamps, UuidRow, Version, search_index
from adapters.db.store import Store

W = TypeVar("W")


class VideoRow(UuidRow, Timestamps, Version):
    """A training video. Without an organisation it is shown to all tenants."""

    __tablename__ = "video"
    __table_args__ = (
        CheckConstraint("status in ('actif', 'inactif', 'archivé')", name="status"),
        CheckConstraint("duree >= 0", name="duree"),
        Index("ix_video_entreprise", "entreprise", text("created_at desc"), text("id desc")),
        search_index("video"),
        {"info": {"tenant": "entreprise", "shared": True}},
    )

    entreprise: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    titre: Mapped[str]
    url: Mapped[str]
    duree: Mapped[int]
    langue: Mapped[str]
    status: Mapped[str]
    date_genere: Mapped[datetime]
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(titre)", persisted=True))


class VideoStore(Store[W]):
    """Training videos. Reading sees the shared ones as well; writing touches the tenant's own alone."""

    def __init__(self, struct: type[W], **options: object) -> None:
        super().__init__(VideoRow, struct, **options)  # type: ignore[arg-type]

    def readable(self, source: Any, everything: bool) -> list[ColumnElement[bool]]:
        """The tenant's own, and those of nobody."""
        own = self.predicates(source, everything)
        return [sa.or_(source.c.entreprise.is_(None), sa.and_(*own))]

    def search_source(self, *, everything: bool) -> Any:  # noqa: ARG002
        """The table itself: titles are few, and the view would hide the shared ones."""
        return self.table
