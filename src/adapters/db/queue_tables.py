"""The queue's tables: made once by the owner, used by the application role without the right to create any.

SAQ makes and migrates its tables at each connect. `create table if not exists` needs the right to create in the schema
even where the table exists, so the application role cannot run that; and the lock SAQ takes for it is a session's, held
until the pooled connection ends.
"""

from psycopg.sql import Identifier
from saq.queue.postgres import JOBS_TABLE, STATS_TABLE, VERSIONS_TABLE, PostgresQueue
from saq.queue.postgres_migrations import get_migrations

_LOCK_KEYSPACE = 0x50C1E


class ServingQueue(PostgresQueue):
    """SAQ's PostgreSQL queue for a role that may not create tables. `connect` raises `RuntimeError` where the tables
    are not those of this version of SAQ."""

    async def init_db(self) -> None:
        """Check the version of the tables instead of making them."""
        async with self.pool.connection() as connection:
            exists = await (
                await connection.execute("select to_regclass(%s) is not null", (VERSIONS_TABLE,))
            ).fetchone()
            row = None
            if exists and exists[0]:
                row = await (await connection.execute("select max(version) from saq_versions")).fetchone()
        version = row[0] if row else None
        expected = schema_version()
        if version != expected:
            raise RuntimeError(
                f"The queue's tables are at version {version or 'none'} and this Socle needs {expected}: "
                "run `socle migrate`."
            )


def schema_version() -> int:
    """The version of the tables that the installed SAQ works with."""
    return get_migrations(Identifier(JOBS_TABLE), Identifier(STATS_TABLE))[-1][0]


async def create_queue_tables(owner_url: str) -> None:
    """As the owner: let SAQ make or migrate its tables."""
    queue = PostgresQueue(url=owner_url, min_size=1, max_size=1, saq_lock_keyspace=_LOCK_KEYSPACE)
    try:
        await queue.connect()
    finally:
        await queue.disconnect()
        await queue.pool.close()
