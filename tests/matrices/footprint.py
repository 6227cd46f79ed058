"""What stands in the database, so that a test can say that nothing has changed. Read as the owner of the tables."""

from typing import Any
from uuid import UUID

from adapters.db.base import Row, tenant_of

BOOKKEEPING = frozenset({"rate_window", "job_worker", "sign_in_attempt"})
"""What counts requests themselves, refused ones too. The queue's own tables are left out as well."""

Footprint = dict[str, tuple[int, str]]
_DIGEST = "select count(*), coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from"
_TABLES = "select tablename::text from pg_tables where schemaname = 'public' order by tablename"


async def _tables(owner: Any) -> list[str]:
    """The tables of the installation that stand in the database."""
    return [name for (name,) in await owner.fetch(_TABLES) if name in Row.metadata.tables and name not in BOOKKEEPING]


async def tenant_footprint(owner: Any, organisation: str) -> Footprint:
    """The number and a digest of all rows of one tenant, in every table: the tenant's own, its members' accounts."""
    key = UUID(organisation)
    found: Footprint = {}
    for name in await _tables(owner):
        column = tenant_of(Row.metadata.tables[name])
        if column is not None:
            found[name] = tuple(await owner.fetchrow(f'{_DIGEST} "{name}" t where {column} = $1', key))
    found["organisation"] = tuple(await owner.fetchrow(f"{_DIGEST} organisation t where id = $1", key))
    members = "select account_id from membership where organisation_id = $1"
    found["account"] = tuple(await owner.fetchrow(f"{_DIGEST} account t where id in ({members})", key))
    return found


async def footprint(owner: Any) -> Footprint:
    """The number and a digest of the rows of every table, whoever owns them."""
    return {name: tuple(await owner.fetchrow(f'{_DIGEST} "{name}" t')) for name in await _tables(owner)}


async def row_counts(owner: Any) -> dict[str, int]:
    """The number of rows of every table."""
    counts = ", ".join(f'(select count(*) from "{name}") as "{name}"' for name in await _tables(owner))
    return dict(await owner.fetchrow(f"select {counts}"))
