"""Rows of categories."""

from typing import Any, TypeVar

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.store import Store
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.errors import Kind, Message
from core.work import Work
from plugins.spotvibe.events.category_service import CATEGORY_IN_USE, LISTING

W = TypeVar("W")


class CategorieRow(NumberedRow):
    """A kind of event. The migration makes a dozen."""

    __tablename__ = "spotvibe_categorie"
    __table_args__ = (Index("uq_spotvibe_categorie_nom", text("socle_fold(nom)"), unique=True),)

    nom: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    icone: Mapped[str] = mapped_column(server_default="")
    couleur: Mapped[str] = mapped_column(server_default="")


_EXISTS = sql("select exists (select from spotvibe_categorie where id = cast(:key as bigint))")


class CategoryStore(Store[W]):
    """Categories. A name is used once, whatever its case and accents; one that events are of is not deleted."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals: dict[str, tuple[str, Message] | tuple[str, Message, Kind]] = {
            "uq_spotvibe_categorie_nom": ("nom", messages.ALREADY_USED),
            "fk_spotvibe_evenement_categorie_id": ("", CATEGORY_IN_USE, Kind.CONFLICT),
        }
        super().__init__(CategorieRow, struct, listing=LISTING, refusals=refusals, **options)

    async def exists(self, work: Work, key: int) -> bool:
        """Whether there is such a category."""
        found: bool = await pg(work).value(_EXISTS, key=key)
        return found
