"""Row-level security: the second lock."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.db.database import Database
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM, Caller
from core.primitives.ids import new_id
from tests.adapters.db.arrange import add_account, add_membership, add_organisation


@pytest.fixture
async def two(owner: Any) -> tuple[UUID, UUID]:
    """Two organisations with a member each."""
    organisations = []
    for _ in range(2):
        organisation = await add_organisation(owner)
        await add_membership(owner, await add_account(owner), organisation)
        organisations.append(organisation)
    return organisations[0], organisations[1]


async def memberships(work: Any) -> set[UUID]:
    return {record[0] for record in await work.connection.fetch("select organisation_id from membership")}


async def test_a_query_without_tenant_sees_nothing(works: PgWorks, two: tuple[UUID, UUID]) -> None:
    async with works.within(SYSTEM) as work:
        assert await memberships(work) == set()


async def test_a_tenant_sees_its_rows_and_the_global_role_all(works: PgWorks, two: tuple[UUID, UUID]) -> None:
    async with works.within(Caller(narrowed_to=two[0])) as work:
        assert await memberships(work) == {two[0]}
    async with works.everywhere(SYSTEM) as work:
        assert await memberships(work) >= set(two)


async def test_nothing_leaks_to_the_next_checkout(database_urls: Any, two: tuple[UUID, UUID]) -> None:
    database = Database(database_urls.app, max_size=1)
    await database.open()
    try:
        works = PgWorks(database, {})
        backends = set()
        for opened in (works.within(Caller(narrowed_to=two[0])), works.everywhere(SYSTEM)):
            async with opened as work:
                assert await memberships(work) >= {two[0]}
                backends.add(await work.connection.fetchval("select pg_backend_pid()"))
            async with works.within(SYSTEM) as work:
                assert await memberships(work) == set()
                assert await work.connection.fetchval("select current_user") == "socle_app"
                backends.add(await work.connection.fetchval("select pg_backend_pid()"))
        assert len(backends) == 1
    finally:
        await database.close()


async def test_a_row_of_another_tenant_cannot_be_written(works: PgWorks, owner: Any, two: tuple[UUID, UUID]) -> None:
    account = await add_account(owner)
    for opened in (works.within(Caller(narrowed_to=two[0])), works.within(SYSTEM)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with opened as work:
                await add_membership(work.connection, account, two[1])
    async with works.within(Caller(narrowed_to=two[0])) as work:
        changed = await work.connection.execute("update membership set owner = false")
        assert changed == "UPDATE 1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await work.connection.execute("update membership set organisation_id = $1", two[1])


async def test_audit_entries_are_never_changed(works: PgWorks, owner: Any, two: tuple[UUID, UUID]) -> None:
    caller = Caller(narrowed_to=two[0])
    async with works.within(caller) as work:
        work.audit("CREATE", "Produit", "a")
        await work.commit()
    for statement in (
        "update audit_entry set action = 'x'",
        "delete from audit_entry",
        "truncate audit_entry",
        "update audit_entry_visible set action = 'x'",
        "delete from audit_entry_visible",
        "insert into audit_entry_visible (id) values (gen_random_uuid())",
    ):
        for opened in (works.within(caller), works.everywhere(SYSTEM)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                async with opened as work:
                    await work.connection.execute(statement)
    assert await owner.fetchval("select count(*) from audit_entry where organisation_id = $1", two[0]) == 1


async def test_an_account_without_organisation_is_audited(works: PgWorks, owner: Any) -> None:
    object_id = str(new_id())
    async with works.within(SYSTEM) as work:
        work.audit("LOGIN", "Utilisateur", object_id)
        await work.commit()
    assert await owner.fetchval("select count(*) from audit_entry where object_id = $1", object_id) == 1
    async with works.within(SYSTEM) as work:
        assert await work.connection.fetchval("select count(*) from audit_entry") == 0


async def test_the_search_view_shows_the_tenants_rows_and_uses_the_trigram_index(
    works: PgWorks, owner: Any, two: tuple[UUID, UUID]
) -> None:
    for organisation in two:
        await owner.execute(
            "insert into audit_entry (id, action, method, path, object_type, object_id, ip_address, user_agent,"
            " status_code, organisation_id) select gen_random_uuid(), 'CREATE', 'POST', '/api/depenses/', 'Dépense',"
            " case n when 7 then 'Électricité' else md5(n::text) end, '', '', 201, $1 from generate_series(1, 4000) n",
            organisation,
        )
    await owner.execute("vacuum analyze audit_entry")
    condition = "where search_text like '%' || socle_fold('ÉLECTRIC') || '%'"
    search = f"select organisation_id from audit_entry_visible {condition}"
    async with works.within(Caller(narrowed_to=two[1])) as work:
        assert [record[0] for record in await work.connection.fetch(search)] == [two[1]]
        plan = "\n".join(record[0] for record in await work.connection.fetch(f"explain {search}"))
        assert "ix_audit_entry_search_text" in plan
        # Behind a policy the same condition cannot use the index: the reason why the view exists.
        behind = f"explain select organisation_id from audit_entry {condition}"
        plan = "\n".join(record[0] for record in await work.connection.fetch(behind))
        assert "ix_audit_entry_search_text" not in plan or "search_text ~~" not in plan.split("Index Cond", 1)[1]
    async with works.within(SYSTEM) as work:
        assert await work.connection.fetch(search) == []


async def test_roles_that_pass_the_policies_by_are_refused(database_urls: Any, cluster: Any, owner: Any) -> None:
    superuser = cluster.cluster.url("postgres", "postgres")
    for url in (database_urls.owner, superuser):
        with pytest.raises(RuntimeError, match="row-level security would not bind it"):
            await Database(url).open()
    administrator = await asyncpg.connect(superuser)
    try:
        await administrator.execute("create role inheriting login inherit in role socle_global")
        with pytest.raises(RuntimeError, match="inherits the rights"):
            await Database(database_urls.app.replace("socle_app", "inheriting")).open()
        # The grant keeps the right to inherit that the role had when it was granted.
        await administrator.execute("alter role inheriting noinherit")
        with pytest.raises(RuntimeError, match="inherits the rights"):
            await Database(database_urls.app.replace("socle_app", "inheriting")).open()
    finally:
        await administrator.execute("drop role inheriting")
        await administrator.close()


async def test_session_access_tells_account_and_place_in_one_statement(works: PgWorks, owner: Any) -> None:
    account, organisation = await add_account(owner), await add_organisation(owner)
    session = new_id()
    await owner.execute(
        "insert into session (id, account_id, organisation_id, refresh_id, address, agent, expires_at)"
        " values ($1, $2, $3, $1, '', '', now() + interval '1 hour')",
        session,
        account,
        organisation,
    )

    async def access() -> Any:
        async with works.within(SYSTEM) as work:
            return await work.connection.fetchrow("select * from session_access where session_id = $1", session)

    async def with_change(statement: str, key: Any) -> Any:
        await owner.execute(f"{statement} where id = $1", key)
        return await access()

    found = await access()
    assert (found["account_id"], found["membership_id"], found["owner"]) == (account, None, None)
    place = await add_membership(owner, account, organisation)
    found = await access()
    assert (found["membership_id"], found["organisation_id"]) == (place, organisation)
    assert found["permissions"] == {"products": ["read"]}

    for key, change, undo in (
        (place, "update membership set status = 'inactif'", "update membership set status = 'actif'"),
        (organisation, "update organisation set is_active = false", "update organisation set is_active = true"),
        (organisation, "update organisation set archived_at = now()", "update organisation set archived_at = null"),
    ):
        found = await with_change(change, key)
        assert (found["account_id"], found["membership_id"], found["organisation_id"]) == (account, None, None)
        assert (await with_change(undo, key))["membership_id"] == place
    assert await with_change("update account set is_active = false", account) is None
    assert await with_change("update account set is_active = true", account) is not None
    assert await with_change("update session set revoked_at = now()", session) is None
