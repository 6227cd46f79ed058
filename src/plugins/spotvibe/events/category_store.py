"""Rows of categories."""

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.errors import DomainError, Kind, invalid_field
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.events.category_service import CATEGORY_IN_USE

COLUMNS = ("nom", "description", "icone", "couleur")


class CategorieRow(NumberedRow):
    """A kind of event. The migration makes a dozen."""

    __tablename__ = "spotvibe_categorie"
    __table_args__ = (Index("uq_spotvibe_categorie_nom", text("socle_fold(nom)"), unique=True),)

    nom: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    icone: Mapped[str] = mapped_column(server_default="")
    couleur: Mapped[str] = mapped_column(server_default="")


_SHOWN = "id, nom, description, icone, couleur"
_PAGE = sql(f"""
select {_SHOWN}, (select count(*) from spotvibe_categorie)
from spotvibe_categorie order by id limit cast(:size as bigint) offset cast(:skipped as bigint)
""")  # noqa: S608 - constants
_COUNT = sql("select count(*) from spotvibe_categorie")
_EXISTS = sql("select exists (select from spotvibe_categorie where id = cast(:key as bigint))")
_INSERT = f"""
insert into spotvibe_categorie (nom, description, icone, couleur) values ($1, $2, $3, $4) returning {_SHOWN}
"""  # noqa: S608 - constants
_UPDATE = f"""
update spotvibe_categorie set nom = coalesce($2, nom), description = coalesce($3, description),
                              icone = coalesce($4, icone), couleur = coalesce($5, couleur)
where id = $1 returning {_SHOWN}
"""  # noqa: S608 - constants
_DELETE = "delete from spotvibe_categorie where id = $1 returning id"


class CategoryStore:
    """Categories in PostgreSQL. `one` makes the wire struct of a category's columns."""

    def __init__(self, one: Callable[..., Any]) -> None:
        self._one = one

    async def page(self, work: Work, query: ListQuery) -> Page[Any]:
        """Return a page of the categories, oldest first."""
        return await counted_page(work, query, _PAGE, _COUNT, self._one)

    async def exists(self, work: Work, key: int) -> bool:
        """Whether there is such a category."""
        found: bool = await pg(work).value(_EXISTS, key=key)
        return found

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Any:
        """Insert a category and return it. Raises `DomainError` of kind invalid for a name that is used."""
        return await self._write(work, _INSERT, values)

    async def update(self, work: Work, key: int, values: Mapping[str, Any]) -> Any:
        """Change the given fields of a category and return it; None where there is none. Raises as `insert`."""
        return await self._write(work, _UPDATE, values, key)

    async def _write(self, work: Work, statement: str, values: Mapping[str, Any], *key: int) -> Any:
        try:
            record = await pg(work).connection.fetchrow(statement, *key, *(values.get(name) for name in COLUMNS))
        except asyncpg.UniqueViolationError as error:
            raise invalid_field("nom", messages.ALREADY_USED) from error
        return None if record is None else self._one(*record)

    async def delete(self, work: Work, key: int) -> bool:
        """Delete a category; False where there is none. Raises `DomainError` of kind conflict for one in use."""
        try:
            return await pg(work).connection.fetchval(_DELETE, key) is not None
        except asyncpg.ForeignKeyViolationError as error:
            raise DomainError(CATEGORY_IN_USE, Kind.CONFLICT) from error
