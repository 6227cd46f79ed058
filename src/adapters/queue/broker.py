"""SAQ's queues, tamed: connected without owning tables, patient while their server is down."""

import asyncio
import logging
from typing import Any

from psycopg_pool import AsyncConnectionPool
from redis import asyncio as redis
from saq.job import Job
from saq.queue import Queue
from saq.queue.redis import RedisQueue

from adapters.db.queue_tables import ServingQueue

logger = logging.getLogger("socle.jobs")

QUEUE_NAME = "socle"
PAUSE_WHEN_DOWN = 1.0
CONNECT_TIMEOUT = 5
RECONNECT_TIMEOUT = 10
"""psycopg's pool doubles its pause between attempts; giving up early and starting anew keeps the pause short."""


class PatientPgQueue(ServingQueue):
    """SAQ's queue on PostgreSQL, as a role that owns no tables: `socle migrate` makes them."""

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:  # noqa: ASYNC109
        """Take the next job; None after a pause where the server does not answer."""
        try:
            return await super().dequeue(timeout, poll_interval)
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the next try is the answer
            await _pause(error)
            return None


class PatientRedisQueue(RedisQueue):
    """SAQ's queue on Redis."""

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:  # noqa: ASYNC109
        """Take the next job; None after a pause where the server does not answer."""
        try:
            return await super().dequeue(timeout, poll_interval)
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the next try is the answer
            await _pause(error)
            return None


async def _pause(error: Exception) -> None:
    """SAQ asks again at once when taking a job fails, without a word: say so, and slow it down."""
    logger.warning("The queue does not answer; the outbox keeps what is due.", exc_info=error)
    await asyncio.sleep(PAUSE_WHEN_DOWN)


def make_queue(url: str, *, name: str = QUEUE_NAME, max_size: int = 8) -> Queue:
    """Make the queue that a URL names: `redis://…`, or `postgresql://…` as the application role.

    Raises `ValueError` for any other scheme. On PostgreSQL a worker keeps one connection listening; PgBouncer's
    transaction mode does not serve it.
    """
    scheme = url.partition(":")[0].lower()
    if scheme in ("redis", "rediss"):
        connection: Any = redis.from_url(url, socket_connect_timeout=CONNECT_TIMEOUT, health_check_interval=30)
        return PatientRedisQueue(connection, name=name)
    if scheme in ("postgresql", "postgres"):
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            url,
            open=False,
            min_size=1,
            max_size=max_size,
            timeout=CONNECT_TIMEOUT,
            reconnect_timeout=RECONNECT_TIMEOUT,
            check=AsyncConnectionPool.check_connection,
            kwargs={"application_name": "socle-queue", "connect_timeout": CONNECT_TIMEOUT},
        )
        return PatientPgQueue(pool=pool, name=name, min_size=1, max_size=max_size, manage_pool_lifecycle=True)
    raise ValueError(f"SOCLE_QUEUE_URL is a redis:// or a postgresql:// URL, not {scheme}://")
