"""Rows of codifications."""

from typing import Any, TypeVar

from sqlalchemy import Computed, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row, search_index
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.resources import ResourceId
from core.work import Work
from plugins.driven.codifications.service import PARAM_USED
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class CodificationRow(Row, Tracked):
    """A codification. Its `param` is unique."""

    __tablename__ = "driven_codification"
    __table_args__ = (
        Index("uq_driven_codification_param", "param", unique=True),
        search_index("driven_codification"),
    )

    id: Mapped[int] = numbered()
    libelle: Mapped[str]
    param: Mapped[str]
    description: Mapped[str | None]
    search_text: Mapped[str] = mapped_column(
        Computed("socle_fold(libelle || E'\\n' || param || E'\\n' || coalesce(description, ''))", persisted=True),
        sort_order=94,
    )


_SETTINGS = "select count(*) from driven_setting where id_codification = $1"


class CodificationStore(DrivenStore[W]):
    """Codifications."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals = {"uq_driven_codification_param": ("param", PARAM_USED, Kind.CONFLICT)}
        super().__init__(CodificationRow, struct, refusals=refusals, **options)

    async def settings_of(self, work: Work, key: ResourceId) -> int:
        """Return how many settings use a codification, and hold it until the transaction ends."""
        # locked first: a statement counts what was committed before it began, not while it waited
        await self.lock(work, key)
        counted: int = await pg(work).connection.fetchval(_SETTINGS, key)
        return counted
