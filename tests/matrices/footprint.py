"""What stands in the database, so that a test can say that nothing has changed. Read as the owner of the tables."""

from typing import Any
from uuid import UUID

from adapters.db.base import Row, tenant_of

BOOKKEEPING = frozenset({"rate_window", "job_worker", "sign_in_attempt"})
"""What counts requests themselves, refused ones too. The queue's own tables are left out as well."""

Footprint = dict[str, tuple[int, int]]
_SUM = "coalesce(sum(xmin::text::bigint), 0)::bigint"
"""What is written takes a transaction's number that is greater than all before it. So where as many rows are there as
before and their numbers sum up to the same, each is the row that was there: none was written, not even with the values
it had."""

_NOTHING = (0, 0)
_TABLES = """
select relname::text, relkind = 'p' or pg_relation_size(oid) > 0 from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname
"""
"""A table without a page has no row, whoever asks: most tables of most tests are not read at all."""


async def _tables(owner: Any) -> dict[str, bool]:
    """The tables of the installation that stand in the database, and whether they can hold rows."""
    found = await owner.fetch(_TABLES)
    return {name: filled for name, filled in found if name in Row.metadata.tables and name not in BOOKKEEPING}


async def tenant_footprint(owner: Any, organisation: str) -> Footprint:
    """The number and the writing of all rows of one tenant, in every table: the tenant's own, its members' accounts."""
    key = UUID(organisation)
    whose = {
        "organisation": "id = $1",
        "account": "id in (select account_id from membership where organisation_id = $1)",
    }
    tables = await _tables(owner)
    for name in tables:
        column = tenant_of(Row.metadata.tables[name])
        if column is not None:
            whose[name] = f"{column} = $1"
    return await _written(owner, {name: (whose[name], tables[name]) for name in whose}, key)


async def footprint(owner: Any) -> Footprint:
    """The number and the writing of the rows of every table, whoever owns them."""
    return await _written(owner, {name: ("true", filled) for name, filled in (await _tables(owner)).items()})


async def _written(owner: Any, tables: dict[str, tuple[str, bool]], *arguments: Any) -> Footprint:
    read = {name: whose for name, (whose, filled) in tables.items() if filled}
    parts = [f"select '{name}', count(*), {_SUM} from \"{name}\" where {whose}" for name, whose in read.items()]
    found = await owner.fetch(" union all ".join(parts), *arguments)
    return {**dict.fromkeys(tables, _NOTHING), **{name: (count, written) for name, count, written in found}}


async def row_counts(owner: Any) -> dict[str, int]:
    """The number of rows of every table."""
    tables = await _tables(owner)
    counts = ", ".join(f'(select count(*) from "{name}") as "{name}"' for name, filled in tables.items() if filled)
    return {**dict.fromkeys(tables, 0), **dict(await owner.fetchrow(f"select {counts}"))}


_NOTE_WRITES = """
create table noted_write (id bigint generated always as identity primary key, name text not null);
create function note_write() returns trigger language plpgsql security definer as $$
begin
    insert into public.noted_write (name) values (tg_table_name);
    return null;
end $$;
"""
_NOTED = """
create trigger note_write after insert or update or delete or truncate on "{name}"
for each statement execute function note_write();
"""


async def note_writes(owner: Any) -> None:
    """Have the database note every statement that writes into a table, in the transaction that it belongs to: what is
    rolled back is not noted. For a database of the test's own."""
    tables = await _tables(owner)
    await owner.execute(_NOTE_WRITES + "".join(_NOTED.format(name=name) for name in tables))


async def last_write(owner: Any) -> int:
    """The number of the last write that was noted."""
    noted: int = await owner.fetchval("select coalesce(max(id), 0) from noted_write")
    return noted


async def written_since(owner: Any, last: int) -> frozenset[str]:
    """The tables that were written into after a write."""
    found = await owner.fetch("select distinct name from noted_write where id > $1", last)
    return frozenset(record["name"] for record in found)
