"""The history and the rows say the same, and every tenant table is locked in the database."""

from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from adapters.db import migrate
from adapters.db.base import Row, search_keys_name, tenant_of
from adapters.db.ddl import keyed_view, search_view
from adapters.db.grouped_tallies import grouped_tallies
from adapters.db.roles import CURRENT_TENANT
from tests.cluster import DatabaseUrls, TestCluster

TENANT_COLUMNS = ("organisation_id", "entreprise", "entreprise_id", "company_id")
NOT_TENANT_OWNED = {
    "session": "read by the edge before a tenant is known; the organisation is what the account chose to act in",
    "challenge": "belongs to an account that is not signed in yet",
}
"""Tables that name an organisation without being its property, and why."""

SEARCHED_WITHOUT_KEYS = {
    "audit_entry": "every write appends to it, few search it: computing keys would cost each of them 0.1 ms",
}
"""Searched tenant tables whose search is not by keys of the tenant (docs/adr/0020), and why."""

CATALOGUE = {
    "columns": """
        select c.relname || '.' || a.attname,
               format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
               || a.attidentity::text || a.attgenerated::text
               || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '-') || ' ' || c.relpersistence::text
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    """,
    "constraints": """
        select c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
        from pg_constraint k join pg_class c on c.oid = k.conrelid
        where c.relnamespace = 'public'::regnamespace and k.contype <> 't'
    """,
    "indexes": "select tablename || '.' || indexname, indexdef from pg_indexes where schemaname = 'public'",
}
"""Triggers are no part of it: migrations alone make them, and what they keep is tested where it is kept."""
FOREIGN = ("saq_", "alembic_version")


@pytest.fixture(scope="module", autouse=True)
def rows() -> None:
    migrate.load_rows(migrate.row_modules("plugins"))


def engine_for(url: str) -> Any:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)


async def catalogue(url: str) -> dict[str, dict[str, str]]:
    """Everything PostgreSQL knows about the tables, in its own words."""
    connection = await asyncpg.connect(url)
    try:
        return {
            kind: {name: text for name, text in await connection.fetch(sql) if not name.startswith(FOREIGN)}
            for kind, sql in CATALOGUE.items()
        }
    finally:
        await connection.close()


@pytest.fixture
def empty(cluster: TestCluster, request: pytest.FixtureRequest) -> Any:
    name = f"empty_{request.node.name}"
    yield cluster.create(name)
    cluster.drop(name)


async def test_the_history_makes_what_the_rows_declare(database_urls: DatabaseUrls, empty: DatabaseUrls) -> None:
    connection = await asyncpg.connect(empty.owner)
    for extension in migrate.EXTENSIONS:
        await connection.execute(f"create extension {extension} schema public")
    migrated = await asyncpg.connect(database_urls.owner)
    for function in ("socle_fold", "socle_search_keys"):
        await connection.execute(
            await migrated.fetchval("select pg_get_functiondef($1::regproc)", f"public.{function}")
        )
    await connection.close()
    await migrated.close()
    Row.metadata.create_all(engine_for(empty.owner))

    migrated_tables, declared_tables = await catalogue(database_urls.owner), await catalogue(empty.owner)
    for kind in CATALOGUE:
        assert dict(migrated_tables[kind].items() ^ declared_tables[kind].items()) == {}
        assert migrated_tables[kind]


def test_autogenerate_finds_nothing_to_do(database_urls: DatabaseUrls) -> None:
    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or not (name or "").startswith("saq_")

    with engine_for(database_urls.owner).connect() as connection:
        options = {"include_name": include_name, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Row.metadata) == []


async def test_the_history_can_be_walked_down_and_up_again(empty: DatabaseUrls) -> None:
    rows = migrate.row_modules("plugins")
    first = await migrate.upgrade(empty.owner, empty.app, rows=rows)
    assert first
    before = await catalogue(empty.owner)

    await migrate.downgrade(empty.owner, "base")
    left = await catalogue(empty.owner)
    assert not left["columns"]
    connection = await asyncpg.connect(empty.owner)
    assert await connection.fetchval("select to_regproc('public.socle_fold')") is None
    await connection.close()
    assert await migrate.pending(empty.owner) == first

    assert await migrate.upgrade(empty.owner, empty.app, rows=rows) == first
    assert await catalogue(empty.owner) == before
    assert await migrate.upgrade(empty.owner, empty.app, rows=rows) == []


def test_the_history_is_linear() -> None:
    history = migrate._history(())
    assert len(history.get_heads()) == 1
    assert not [script.revision for script in history.walk_revisions() if script.is_merge_point]


async def test_every_tenant_table_has_both_policies(owner: Any) -> None:
    declared = {table.name: tenant_of(table) for table in Row.metadata.tables.values() if tenant_of(table)}
    locked = {
        record["relname"]
        for record in await owner.fetch(
            "select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace"
        )
    }
    assert locked == set(declared)

    predicate = await owner.fetchval(
        "select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = 'membership'::regclass"
        " and polname = 'tenant'"
    )
    assert "app.tenant" in predicate, CURRENT_TENANT
    for table, column in declared.items():
        policies = {
            record["policyname"]: record
            for record in await owner.fetch("select * from pg_policies where tablename = $1", table)
        }
        shared = Row.metadata.tables[table].info.get("shared", False)
        assert set(policies) == {"tenant", "everywhere"} | ({"shared"} if shared else set()), table
        if shared:
            found = policies["shared"]
            assert (found["permissive"], found["roles"], found["cmd"]) == ("PERMISSIVE", ["public"], "SELECT"), table
            assert (found["qual"], found["with_check"]) == (f"({column} IS NULL)", None), table
        tenant, everywhere = policies["tenant"], policies["everywhere"]
        expected = predicate.replace("organisation_id", column)
        assert (tenant["permissive"], tenant["roles"], tenant["cmd"]) == ("PERMISSIVE", ["public"], "ALL")
        assert tenant["qual"] == expected
        unowned = f"(({column} IS NULL) OR {expected})"
        nullable = Row.metadata.tables[table].c[column].nullable
        assert tenant["with_check"] in ((expected, unowned) if nullable else (expected,)), table
        assert (everywhere["roles"], everywhere["qual"], everywhere["with_check"]) == (["socle_global"], "true", "true")


def test_every_table_that_names_an_organisation_is_a_tenant_table() -> None:
    open_tables = {
        table.name
        for table in Row.metadata.tables.values()
        if tenant_of(table) is None and any(name in table.c for name in TENANT_COLUMNS)
    }
    assert open_tables == set(NOT_TENANT_OWNED)


async def test_every_searched_tenant_table_has_its_view(owner: Any) -> None:
    for table in Row.metadata.tables.values():
        if tenant_of(table) is None or "search_text" not in table.c:
            continue
        if table.info.get("shared"):
            # its search shows rows of nobody as well, which the view would hide
            assert await owner.fetchval("select to_regclass($1)", search_view(table.name)) is None, table.name
            continue
        by_keys = any(index.name == search_keys_name(table.name) for index in table.indexes)
        assert by_keys == (table.name not in SEARCHED_WITHOUT_KEYS), table.name
        for view in (search_view(table.name), *([keyed_view(table.name)] if by_keys else [])):
            columns = await owner.fetch(
                "select attname::text from pg_attribute where attrelid = to_regclass($1) and attnum > 0", view
            )
            assert {record[0] for record in columns} == set(table.c.keys()), view
        definition = await owner.fetchval("select pg_get_viewdef(to_regclass($1))", search_view(table.name))
        assert "app.tenant" in definition
        options = await owner.fetchval("select reloptions from pg_class where relname = $1", search_view(table.name))
        assert options == ["security_invoker=false", "security_barrier=false"]


async def test_every_counted_table_has_its_triggers_and_no_other_has(owner: Any) -> None:
    found: dict[str, set[str]] = {}
    for table, trigger in await owner.fetch(
        "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal and tgenabled = 'O'"
        " and tgname ~ '_count_(insert|update|delete)$'"
    ):
        found.setdefault(table, set()).add(trigger.rpartition("_")[2])
    declared = {
        table.name: {"insert", "delete"} | ({"update"} if table.info.get("hidden") else set())
        for table in Row.metadata.tables.values()
        if table.info.get("counted")
    } | {tally.table: {"insert", "delete", "update"} for tally in grouped_tallies()}
    assert found == declared


async def test_every_foreign_key_has_an_index(owner: Any) -> None:
    # of a key that holds the organisation as well, its first column is the one that narrows; nothing looks for rows by
    # who wrote them, and accounts are not deleted
    bare = await owner.fetch(
        """
        select conrelid::regclass || '.' || conname from pg_constraint k
        where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
            select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
            and (i.indkey::int2[])[0] = k.conkey[1])
        """
    )
    assert [record[0] for record in bare if not record[0].endswith(("_creer_par", "_modifier_par"))] == []


async def test_the_application_role_has_the_declared_privileges_and_no_others(owner: Any) -> None:
    for table in Row.metadata.tables.values():
        declared = table.info.get("grants") or "select, insert, update, delete"
        granted = await owner.fetch(
            "select lower(privilege_type) from information_schema.role_table_grants"
            " where grantee = 'socle_app' and table_name = $1",
            table.name,
        )
        assert {record[0] for record in granted} == set(declared.split(", ")), table.name
    views = await owner.fetch(
        "select distinct lower(g.privilege_type) from information_schema.role_table_grants g"
        " join information_schema.views v using (table_schema, table_name)"
        " where grantee in ('socle_app', 'socle_global') and table_schema = 'public'"
    )
    assert [record[0] for record in views] == ["select"]
    assert not await owner.fetchval("select has_schema_privilege('socle_app', 'public', 'create')")
