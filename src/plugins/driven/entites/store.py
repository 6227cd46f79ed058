"""Rows of entities."""

from typing import Any, TypeVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.resources import ResourceId
from core.work import Work
from plugins.driven.entites.service import CODE_USED
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class EntiteRow(Row, Tracked):
    """An entity. Its code is unique."""

    __tablename__ = "driven_entite"
    __table_args__ = (Index("uq_driven_entite_code", "code", unique=True),)

    id: Mapped[int] = numbered()
    nom: Mapped[str]
    code: Mapped[str]
    email: Mapped[str | None]


_UTILISATEURS = "select count(*) from driven_utilisateur where id_entite = $1"


class EntiteStore(DrivenStore[W]):
    """Entities."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals = {"uq_driven_entite_code": ("code", CODE_USED, Kind.CONFLICT)}
        super().__init__(EntiteRow, struct, refusals=refusals, **options)

    async def utilisateurs_of(self, work: Work, key: ResourceId) -> int:
        """Return how many users belong to an entity, and hold it until the transaction ends."""
        # locked first: a statement counts what was committed before it began, not while it waited
        await self.lock(work, key)
        counted: int = await pg(work).connection.fetchval(_UTILISATEURS, key)
        return counted
