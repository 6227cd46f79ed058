"""Rows of pages."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.ids import MAX_INTEGER_ID
from core.resources import ResourceId
from core.work import Work
from plugins.driven.pages.service import UNKNOWN_APPLICATION
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class PageRow(Row, Tracked):
    """A page, of an application or of none yet."""

    __tablename__ = "driven_page"
    __table_args__ = (
        Index("uq_driven_page_icon", "icon", unique=True),
        Index("ix_driven_page_app_id", "app_id"),
    )

    page_id: Mapped[int] = numbered()
    nom: Mapped[str]
    description: Mapped[str]
    lien: Mapped[str]
    icon: Mapped[str | None] = mapped_column(ForeignKey("public_file.path"))
    app_id: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("driven_application.app_id"))


# the lock that a foreign key takes: it keeps the application from being deleted, and nothing else
_HOLD_APPLICATION = "select true from driven_application where app_id = $1 for key share"
# in the order of their ids, so that two requests never wait for each other in a circle
_HOLD = "select page_id from driven_page where page_id = any($1::bigint[]) order by page_id for update"
_ATTACH = """
update driven_page set app_id = $1, modifier_par = $3, modifier_a = now()
where page_id = any($2::bigint[]) and app_id is distinct from $1
"""
_DETACH = """
update driven_page set app_id = null, modifier_par = $3, modifier_a = now()
where page_id = any($2::bigint[]) and app_id = $1
"""
_ICON = "select icon from driven_page where page_id = $1 for update"


class PageStore(DrivenStore[W]):
    """Pages."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals = {"fk_driven_page_app_id": ("app_id", UNKNOWN_APPLICATION)}
        super().__init__(PageRow, struct, refusals=refusals, **options)

    async def hold_application(self, work: Work, app_id: ResourceId) -> bool:
        """Whether an application is there; it is kept there until the transaction ends."""
        return await pg(work).connection.fetchval(_HOLD_APPLICATION, app_id) is not None

    async def hold(self, work: Work, ids: Sequence[int]) -> list[int]:
        """Return those of the pages that are there, and hold them until the transaction ends."""
        possible = [each for each in ids if 0 < each <= MAX_INTEGER_ID]
        return [record["page_id"] for record in await pg(work).connection.fetch(_HOLD, possible)]

    async def attach(self, work: Work, app_id: ResourceId, ids: Sequence[int], number: int | None) -> None:
        """Have pages belong to an application."""
        await pg(work).connection.execute(_ATTACH, app_id, ids, number)

    async def detach(self, work: Work, app_id: ResourceId, ids: Sequence[int], number: int | None) -> None:
        """Have those of the pages belong to none that belong to an application."""
        await pg(work).connection.execute(_DETACH, app_id, ids, number)

    async def icon_of(self, work: Work, key: ResourceId) -> str | None:
        """Return the path of an icon, and hold its page until the transaction ends."""
        icon: str | None = await pg(work).connection.fetchval(_ICON, key)
        return icon
