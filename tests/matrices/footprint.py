"""What stands in the database, so that a test can say that nothing has changed. Read as the owner of the tables."""

from typing import Any
from uuid import UUID

from adapters.db.base import Row, tenant_of

BOOKKEEPING = frozenset({"rate_window", "job_worker", "sign_in_attempt"})
"""What counts requests themselves, refused ones too."""

Footprint = dict[str, tuple[int, str]]
_DIGEST = "select count(*), coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from"


def _tables() -> list[Any]:
    return [table for name, table in sorted(Row.metadata.tables.items()) if name not in BOOKKEEPING]


async def tenant_footprint(owner: Any, organisation: str) -> Footprint:
    """The number and a digest of all rows of one tenant, in every table: the tenant's own, its members' accounts."""
    key = UUID(organisation)
    found: Footprint = {}
    for table in _tables():
        column = tenant_of(table)
        if column is not None:
            found[table.name] = tuple(await owner.fetchrow(f'{_DIGEST} "{table.name}" t where {column} = $1', key))
    found["organisation"] = tuple(await owner.fetchrow(f"{_DIGEST} organisation t where id = $1", key))
    members = "select account_id from membership where organisation_id = $1"
    found["account"] = tuple(await owner.fetchrow(f"{_DIGEST} account t where id in ({members})", key))
    return found


async def footprint(owner: Any) -> Footprint:
    """The number and a digest of the rows of every table, whoever owns them."""
    return {table.name: tuple(await owner.fetchrow(f'{_DIGEST} "{table.name}" t')) for table in _tables()}


async def row_counts(owner: Any) -> tuple[int, ...]:
    """The number of rows of every table, in one statement."""
    counts = ", ".join(f'(select count(*) from "{table.name}")' for table in _tables())
    return tuple(await owner.fetchrow(f"select {counts}"))
