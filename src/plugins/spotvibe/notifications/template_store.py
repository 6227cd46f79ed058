"""Rows of templates."""

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from adapters.db.base import NumberedRow, Timestamps
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.primitives.page import ListQuery, Page
from core.work import Work


class TemplateRow(NumberedRow, Timestamps):
    """What is sent for a type."""

    __tablename__ = "spotvibe_notification_template"
    __table_args__ = (
        CheckConstraint("canaux_actifs <@ array['EMAIL', 'SMS', 'PUSH', 'IN_APP']", name="canaux_actifs"),
        UniqueConstraint("type_notification"),
    )

    type_notification: Mapped[str]
    nom: Mapped[str]
    canaux_actifs: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    sujet_fr: Mapped[str]
    corps_fr: Mapped[str]
    sujet_en: Mapped[str]
    corps_en: Mapped[str]


_FIELDS = ("type_notification", "nom", "canaux_actifs", "sujet_fr", "corps_fr", "sujet_en", "corps_en")
_COLUMNS = ", ".join(_FIELDS)
_PAGE = sql("""
select id, type_notification, nom, canaux_actifs, (select count(*) from spotvibe_notification_template)
from spotvibe_notification_template order by type_notification
limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql("select count(*) from spotvibe_notification_template")
_DETAIL = sql(f"select id, {_COLUMNS} from spotvibe_notification_template where id = cast(:key as bigint)")  # noqa: S608
_HOLD = f"select {_COLUMNS} from spotvibe_notification_template where id = $1 for update"  # noqa: S608 - constants
_INSERT = f"""
insert into spotvibe_notification_template ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7) returning id, {_COLUMNS}
"""  # noqa: S608 - constants
_UPDATE = f"""
update spotvibe_notification_template
set type_notification = $1, nom = $2, canaux_actifs = $3, sujet_fr = $4, corps_fr = $5, sujet_en = $6, corps_en = $7,
    updated_at = now()
where id = $8 returning id, {_COLUMNS}
"""  # noqa: S608 - constants
_DELETE = "delete from spotvibe_notification_template where id = $1"


class PgTemplateStore:
    """Templates in PostgreSQL. `one` and `detail` make the wire structs of their columns."""

    def __init__(self, *, one: Callable[..., Any], detail: Callable[..., Any]) -> None:
        self._one = one
        self._detail = detail

    async def page(self, work: Work, query: ListQuery) -> Page[Any]:
        """Return templates by type."""
        return await counted_page(work, query, _PAGE, _COUNT, self._one)

    async def detail(self, work: Work, key: int) -> Any:
        """Return a template; None where there is none."""
        record = await pg(work).one(_DETAIL, key=key)
        return None if record is None else self._detail(*record)

    async def hold(self, work: Work, key: int) -> dict[str, Any] | None:
        """Return a template's fields, and hold it until the transaction ends."""
        record = await pg(work).connection.fetchrow(_HOLD, key)
        return None if record is None else dict(record)

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Any:
        """Insert a template and return it. Raises `DomainError` of kind invalid where its type has one."""
        return await self._written(work, _INSERT, [values[name] for name in _FIELDS])

    async def update(self, work: Work, key: int, values: Mapping[str, Any]) -> Any:
        """Change a template and return it. Raises as `insert`."""
        return await self._written(work, _UPDATE, [*(values[name] for name in _FIELDS), key])

    async def delete(self, work: Work, key: int) -> None:
        """Delete a template."""
        await pg(work).connection.execute(_DELETE, key)

    async def _written(self, work: Work, statement: str, values: list[Any]) -> Any:
        try:
            record = await pg(work).connection.fetchrow(statement, *values)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "uq_spotvibe_notification_template_type_notification":
                raise
            raise invalid_field("type_notification", messages.ALREADY_USED) from error
        return self._detail(*record)
