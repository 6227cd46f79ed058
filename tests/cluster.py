"""One PostgreSQL cluster for a test run, a migrated template in it, and databases cloned from the template."""

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from adapters.db import embedded, migrate

HOME_VARIABLE = "SOCLE_TEST_HOME"
TEMPLATE = "socle_template"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "deadlock_timeout": "200ms",
    "log_min_duration_statement": "-1",
}


class DatabaseUrls(NamedTuple):
    """The URLs of one database."""

    owner: str
    app: str


class TestCluster:
    """The run's cluster. Its methods block: they are for session fixtures."""

    __test__ = False

    def __init__(self, home: Path) -> None:
        self.cluster = embedded.start(home, SETTINGS)

    def stop(self) -> None:
        """Stop the cluster once the last worker of the run is done with it."""
        self.cluster.stop()

    def urls(self, database: str) -> DatabaseUrls:
        """The URLs of a database."""
        return DatabaseUrls(
            self.cluster.url(database, embedded.OWNER_ROLE), self.cluster.url(database, embedded.APPLICATION_ROLE)
        )

    def create(self, database: str) -> DatabaseUrls:
        """Create an empty database."""
        return self._run(self._create(database, None))

    def clone(self, database: str) -> DatabaseUrls:
        """Create a database from the template, which the first caller of the run makes."""
        return self._run(self._create(database, TEMPLATE))

    def drop(self, database: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._run(self._administer(f'drop database if exists "{database}" with (force)'))

    def _run(self, coroutine: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, coroutine).result()

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.cluster.url("postgres", "postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _create(self, database: str, template: str | None) -> DatabaseUrls:
        connection = await asyncpg.connect(self.cluster.url("postgres", "postgres"))
        try:
            await connection.execute("select pg_advisory_lock(1)")
            if template is not None and not await connection.fetchval(
                "select exists (select from pg_database where datname = $1)", template
            ):
                await self._make_template(connection, template)
            source = f'template "{template}"' if template else ""
            await connection.execute(f'create database "{database}" owner {embedded.OWNER_ROLE} {source}')
        finally:
            await connection.close()
        return self.urls(database)

    async def _make_template(self, connection: Any, template: str) -> None:
        draft = f"{template}_draft"
        await connection.execute(f'drop database if exists "{draft}"')
        await connection.execute(f'create database "{draft}" owner {embedded.OWNER_ROLE}')
        owner, app = self.urls(draft)
        await migrate.upgrade(owner, app, rows=migrate.row_modules("plugins"))
        await connection.execute(f'alter database "{draft}" rename to "{template}"')


def run_home() -> Path:
    """The folder of the run, the same in all of its workers."""
    return Path(os.environ[HOME_VARIABLE])


def remove_home() -> None:
    """Remove the run's folder."""
    shutil.rmtree(os.environ.pop(HOME_VARIABLE), ignore_errors=True)
