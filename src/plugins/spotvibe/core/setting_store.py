"""Reading and writing settings."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import asyncpg

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.errors import invalid_field
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.core.domain import KEY_USED

_COLUMNS = "cle, valeur, type_valeur, description, public"
_PAGE = sql(f"""
select {_COLUMNS}, (select count(*) from spotvibe_setting where :whole or public)
from spotvibe_setting where :whole or public
order by cle limit cast(:size as bigint) offset cast(:skipped as bigint)
""")  # noqa: S608 - constants
_COUNT = sql("select count(*) from spotvibe_setting where :whole or public")
_GET = f"select {_COLUMNS} from spotvibe_setting where lower(cle) = lower($1)"  # noqa: S608 - constants
_LOCK = f"{_GET} for no key update"
_INSERT = f"""
insert into spotvibe_setting ({_COLUMNS}) values ($1, $2, $3, $4, $5) returning {_COLUMNS}
"""  # noqa: S608 - constants
_DELETE = "delete from spotvibe_setting where lower(cle) = lower($1) returning id"
_CHANGEABLE = frozenset({"valeur", "type_valeur", "description", "public"})


@lru_cache(maxsize=16)
def _update(names: tuple[str, ...]) -> str:
    if not _CHANGEABLE.issuperset(names):
        raise ValueError(f"a setting has no such fields: {names}")
    changes = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 2))
    return (
        f"update spotvibe_setting set {changes}updated_at = now() "  # noqa: S608 - names of our own
        f"where lower(cle) = lower($1) returning {_COLUMNS}"
    )


class SettingStore:
    """Settings in PostgreSQL. `shown` makes the wire struct of their columns."""

    def __init__(self, shown: Callable[..., Any]) -> None:
        self._shown = shown

    async def page(self, work: Work, query: ListQuery, *, whole: bool) -> Page[Any]:
        """Return a page of settings by key."""
        return await counted_page(work, query, _PAGE, _COUNT, self._shown, whole=whole)

    async def get(self, work: Work, cle: str) -> Any:
        """Return a setting; None where there is none."""
        record = await pg(work).connection.fetchrow(_GET, cle)
        return None if record is None else self._shown(*record)

    async def lock(self, work: Work, cle: str) -> Any:
        """Return a setting and hold it until the transaction ends; None where there is none."""
        record = await pg(work).connection.fetchrow(_LOCK, cle)
        return None if record is None else self._shown(*record)

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Any:
        """Insert a setting. Raises `DomainError` of kind invalid on `cle` where it is there already."""
        columns = [values[name.strip()] for name in _COLUMNS.split(",")]
        try:
            record = await pg(work).connection.fetchrow(_INSERT, *columns)
        except asyncpg.UniqueViolationError as error:
            raise invalid_field("cle", KEY_USED) from error
        return self._shown(*record)

    async def update(self, work: Work, cle: str, values: Mapping[str, Any]) -> Any:
        """Change fields of a setting and return it."""
        record = await pg(work).connection.fetchrow(_update(tuple(values)), cle, *values.values())
        return self._shown(*record)

    async def delete(self, work: Work, cle: str) -> bool:
        """Delete a setting; False where there is none."""
        return await pg(work).connection.fetchval(_DELETE, cle) is not None
