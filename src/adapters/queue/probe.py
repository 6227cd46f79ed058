"""Asking a queue's server whether it answers. Web processes load this: the queue's own packages, and Redis's, are
imported when they are asked for (ADR 0013)."""

from typing import Any

import asyncpg

PROBE_SECONDS = 2.0
FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What comes of a server that is not there, or is not what it should be."""


def holds_queue() -> str:
    """The statement that only a database which holds the queue answers."""
    from saq.queue.postgres import JOBS_TABLE

    return f"select exists (select from {JOBS_TABLE})"  # noqa: S608 - a name of SAQ's


def is_redis(url: str) -> bool:
    """Whether a queue's URL names a Redis server."""
    return url.partition(":")[0].lower() in ("redis", "rediss")


async def answers(url: str) -> bool:
    """Whether the server that a queue's URL names answers, and holds the queue."""
    try:
        return await (_ask_redis(url) if is_redis(url) else _ask_postgres(url))
    except FAILURES:
        return False


async def _ask_redis(url: str) -> bool:
    from redis import asyncio as redis
    from redis.exceptions import RedisError

    client: Any = redis.from_url(url, socket_connect_timeout=PROBE_SECONDS, socket_timeout=PROBE_SECONDS)
    try:
        await client.ping()
    except RedisError:
        return False
    finally:
        await client.aclose()
    return True


async def _ask_postgres(url: str) -> bool:
    connection = await asyncpg.connect(url, timeout=PROBE_SECONDS)
    try:
        await connection.fetchval(holds_queue(), timeout=PROBE_SECONDS)
    finally:
        await connection.close(timeout=PROBE_SECONDS)
    return True
