"""`upgrade` and `pending`: what `socle migrate`, `socle serve`, `/readyz` and `socle doctor` stand on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from saq import Job
from saq.queue.postgres import PostgresQueue

from adapters.db import migrate
from adapters.db.database import Database
from adapters.db.history import heads, migrations_folder, missing_heads
from adapters.db.queue_tables import ServingQueue
from tests.cluster import DatabaseUrls, TestCluster

BRANCH = """
from alembic import op
revision = "wave_0001"
down_revision = None
branch_labels = ("wave",)
depends_on = "0001"
def upgrade():
    op.execute("create table wave_note (id bigint primary key)")
def downgrade():
    op.execute("drop table wave_note")
"""


@pytest.fixture
def empty(cluster: TestCluster) -> Iterator[DatabaseUrls]:
    yield cluster.create("migrating")
    cluster.drop("migrating")


async def test_several_processes_may_upgrade_at_once(empty: DatabaseUrls) -> None:
    assert await migrate.pending(empty.owner)
    applied = await asyncio.gather(*(migrate.upgrade(empty.owner, empty.app) for _ in range(3)))
    assert sorted(map(len, applied))[:2] == [0, 0]
    assert max(applied)[0] == "0001"
    assert await migrate.pending(empty.owner) == await migrate.pending(empty.app) == []
    database = Database(empty.app)
    await database.open()
    await database.close()


async def test_a_third_partys_branch_follows_the_kernel(empty: DatabaseUrls, tmp_path: Path) -> None:
    (tmp_path / "wave_0001.py").write_text(BRANCH)
    await migrate.upgrade(empty.owner, empty.app)
    assert await migrate.pending(empty.app, version_locations=[tmp_path]) == ["wave_0001"]
    assert await migrate.upgrade(empty.owner, empty.app, version_locations=[tmp_path]) == ["wave_0001"]
    assert await migrate.pending(empty.app, version_locations=[tmp_path]) == []
    connection = await asyncpg.connect(empty.app)
    assert await connection.fetchval("select count(*) from wave_note") == 0
    await connection.close()
    with pytest.raises(migrate.MigrationError, match="wave_0001"):
        await migrate.pending(empty.app)


async def test_a_branch_that_depends_on_the_newest_revision_leaves_none_missing(
    empty: DatabaseUrls, tmp_path: Path
) -> None:
    folders = [migrations_folder() / "versions", tmp_path]
    (newest,) = heads(tuple(folders[:1]))
    (tmp_path / "wave_0001.py").write_text(BRANCH.replace('depends_on = "0001"', f'depends_on = "{newest}"'))
    await migrate.upgrade(empty.owner, empty.app)
    connection = await asyncpg.connect(empty.app)
    try:
        assert await missing_heads(connection, folders) == {"wave_0001"}
        await migrate.upgrade(empty.owner, empty.app, version_locations=[tmp_path])
        assert await missing_heads(connection, folders) == frozenset()
    finally:
        await connection.close()


async def test_a_missing_extension_is_named(empty: DatabaseUrls, cluster: TestCluster) -> None:
    administrator = await asyncpg.connect(cluster.cluster.url("migrating", "postgres"))
    try:
        await administrator.execute("revoke create on database migrating from socle_owner")
        await administrator.execute("create role reluctant login; alter database migrating owner to postgres")
        await administrator.execute("create schema elsewhere; create extension unaccent schema elsewhere")
        await administrator.execute("create extension pg_trgm schema public; create extension btree_gin schema public")
        assert await migrate.missing_extensions(administrator) == ["unaccent"]
        with pytest.raises(migrate.MigrationError, match='"unaccent" is missing'):
            await migrate.upgrade(empty.owner, empty.app)
        assert await administrator.fetchval("select to_regclass('account')") is None
    finally:
        await administrator.execute("drop role reluctant")
        await administrator.close()


async def test_one_role_for_both_is_refused(empty: DatabaseUrls) -> None:
    with pytest.raises(migrate.MigrationError, match="role of its own"):
        await migrate.upgrade(empty.owner, empty.owner)


async def test_an_owner_who_may_not_make_roles_is_told_what_to_run(empty: DatabaseUrls) -> None:
    with pytest.raises(migrate.MigrationError, match='create role "nobody_yet" login noinherit'):
        await migrate.upgrade(empty.owner, empty.app.replace("socle_app", "nobody_yet"))


async def test_an_owner_who_may_make_roles_makes_the_application_role(empty: DatabaseUrls, administrator: Any) -> None:
    app = empty.app.replace("socle_app", "fresh_app:it's%20secret")
    await administrator.execute("alter role socle_owner createrole")
    await administrator.execute("grant socle_global to socle_owner with admin option")
    try:
        await migrate.upgrade(empty.owner, app)
        database = Database(app)
        await database.open()
        await database.close()
    finally:
        await administrator.execute("alter role socle_owner nocreaterole")
        await administrator.execute("revoke socle_global from socle_owner cascade")
        connection = await asyncpg.connect(empty.owner.replace("socle_owner", "postgres"))
        await connection.execute("drop owned by fresh_app; drop role fresh_app")
        await connection.close()


async def test_the_application_role_runs_the_queue_but_makes_no_tables(database_urls: DatabaseUrls) -> None:
    stock = PostgresQueue(url=database_urls.app, min_size=1, max_size=1)
    with pytest.raises(Exception, match="permission denied"):
        await stock.connect()
    await stock.pool.close()

    queue = ServingQueue(url=database_urls.app, min_size=1, max_size=2)
    await queue.connect()
    try:
        await queue.enqueue(Job("ground", kwargs={"n": 1}))
        job = await queue.dequeue(timeout=5)
        assert job is not None
        assert job.function == "ground"
        await queue.finish(job, "complete")  # type: ignore[arg-type]
        await queue.sweep()
    finally:
        await queue.disconnect()


async def test_a_queue_of_another_version_is_refused(empty: DatabaseUrls) -> None:
    queue = ServingQueue(url=empty.app, min_size=1, max_size=1)
    with pytest.raises(RuntimeError, match="at version none"):
        await queue.connect()
    await queue.pool.close()
