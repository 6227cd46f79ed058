"""Rows of applications."""

from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.resources import ResourceId
from core.work import Work
from plugins.driven.applications.service import ApplicationFacts
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class ApplicationRow(Row, Tracked):
    """An application. One is protected: "Portail", whose functions and roles open this product's own doors."""

    __tablename__ = "driven_application"
    __table_args__ = (
        Index("uq_driven_application_app_icon", "app_icon", unique=True),
        Index("uq_driven_application_protege", "protege", unique=True, postgresql_where=text("protege")),
    )

    app_id: Mapped[int] = numbered()
    nom: Mapped[str]
    description: Mapped[str]
    app_color: Mapped[str | None]
    app_icon: Mapped[str | None] = mapped_column(ForeignKey("public_file.path"))
    protege: Mapped[bool] = mapped_column(server_default=text("false"))


_HOLD = "select nom, protege from driven_application where app_id = $1 for update"
# a statement of its own: counting in the one that waited for the lock would count what was there before the wait
_COUNTS = """
select (select count(*) from driven_role where app_id = $1),
       (select count(*) from driven_page where app_id = $1),
       (select count(*) from driven_fonction_api where app_id = $1)
"""
_ICON = "select app_icon from driven_application where app_id = $1 for update"


class ApplicationStore(DrivenStore[W]):
    """Applications."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        super().__init__(ApplicationRow, struct, **options)

    async def facts_of(self, work: Work, key: ResourceId) -> ApplicationFacts | None:
        """Return the facts of an application, and hold it until the transaction ends."""
        run = pg(work).connection
        held = await run.fetchrow(_HOLD, key)
        return None if held is None else ApplicationFacts(*held, *await run.fetchrow(_COUNTS, key))

    async def icon_of(self, work: Work, key: ResourceId) -> str | None:
        """Return the path of an icon, and hold its application until the transaction ends."""
        icon: str | None = await pg(work).connection.fetchval(_ICON, key)
        return icon
