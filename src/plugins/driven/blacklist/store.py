"""Rows of the blacklist."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Computed, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.resources import ResourceId
from core.work import Work
from plugins.driven.blacklist.service import NUMERO_USED
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class BlacklistRow(Row, Tracked):
    """A blacklisted number. It is unique as it is compared: without spaces, dots and dashes."""

    __tablename__ = "driven_blacklist"
    __table_args__ = (Index("uq_driven_blacklist_numero", "numero_compare", unique=True),)

    id: Mapped[int] = numbered()
    numero: Mapped[str]
    numero_compare: Mapped[str] = mapped_column(Computed("regexp_replace(numero, '[-. ]', '', 'g')", persisted=True))
    nom: Mapped[str | None]
    structure: Mapped[str | None]
    date_ajout: Mapped[datetime] = mapped_column(server_default=func.now())


_LISTED = """
select id from driven_blacklist where numero_compare = any($1::text[])
order by array_position($1::text[], numero_compare) limit 1
"""


class BlacklistStore(DrivenStore[W]):
    """The blacklist."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals = {"uq_driven_blacklist_numero": ("numero", NUMERO_USED, Kind.CONFLICT)}
        super().__init__(BlacklistRow, struct, refusals=refusals, **options)

    async def listed(self, work: Work, forms: tuple[str, ...]) -> ResourceId | None:
        """Return the entry whose number is one of these forms, the first of them that is listed."""
        key: int | None = await pg(work).connection.fetchval(_LISTED, list(forms))
        return key
