"""Rows of shares."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.work import pg
from core.work import Work


class PartageRow(NumberedRow):
    """An event that somebody shared."""

    __tablename__ = "spotvibe_partage"
    __table_args__ = (
        CheckConstraint(
            "plateforme in ('FACEBOOK', 'TWITTER', 'WHATSAPP', 'INSTAGRAM', 'TELEGRAM', 'EMAIL', 'LIEN', 'AUTRE')",
            name="plateforme",
        ),
        Index("ix_spotvibe_partage_evenement_id", "evenement_id", "id"),
        Index("ix_spotvibe_partage_user_id", "user_id", "id"),
    )

    evenement_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_evenement.id"))
    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    plateforme: Mapped[str]
    lien: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


_VISIBLE = """
select exists (select from spotvibe_evenement where id = $1 and archived_at is null
               and (statut in ('VALIDE', 'TERMINE') or $3 or createur_id = $2))
"""
_INSERT = """
insert into spotvibe_partage (evenement_id, user_id, plateforme, lien) values ($1, $2, $3, $4) returning id
"""
_COUNT = "update spotvibe_evenement set nombre_partages = nombre_partages + 1 where id = $1"


class ShareStore:
    """Shares in PostgreSQL."""

    async def visible(self, work: Work, evenement: int, user: int, *, staff: bool) -> bool:
        """Whether a user sees an event."""
        found: bool = await pg(work).connection.fetchval(_VISIBLE, evenement, user, staff)
        return found

    async def insert(self, work: Work, evenement: int, user: int, plateforme: str, lien: str) -> int:
        """Insert a share, count it, and return its id. The event's row is written last: it is held shortly."""
        made: int = await pg(work).connection.fetchval(_INSERT, evenement, user, plateforme, lien)
        await pg(work).connection.execute(_COUNT, evenement)
        return made
