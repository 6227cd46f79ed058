"""Rate limits on PostgreSQL."""

import asyncio
from typing import Any

import asyncpg
import pytest

from adapters.db.database import Database
from adapters.db.lending import Lending
from adapters.db.rates import PgRateLimiter
from core.primitives.errors import DomainError, Kind
from core.primitives.ids import new_id

HOUR = 3600


async def test_the_limit_holds_across_processes_under_parallel_hits(database: Database) -> None:
    limiters = [PgRateLimiter(database) for _ in range(4)]
    key = f"sign-in:{new_id()}"
    results = await asyncio.gather(*(limiters[n % 4].hit(key, 10, HOUR) for n in range(40)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, DomainError)]
    assert [result for result in results if result is not None and result not in refused] == []
    assert len(refused) == 30
    assert {error.kind for error in refused} == {Kind.LIMITED}
    assert all(error.retry_after is not None and 1 <= error.retry_after <= HOUR + 1 for error in refused)


async def test_keys_and_windows_count_apart(database: Database) -> None:
    limiter = PgRateLimiter(database)
    for key in (f"a:{new_id()}", f"b:{new_id()}", f"long:{new_id()}" + "x" * 200, f"nul\0:{new_id()}"):
        await limiter.hit(key, 1, HOUR)
        await limiter.hit(key, 1, 2 * HOUR)
        with pytest.raises(DomainError):
            await limiter.hit(key, 1, HOUR)


async def test_a_new_window_starts_at_nothing(database: Database) -> None:
    limiter, key = PgRateLimiter(database), f"k:{new_id()}"
    refused = 0
    async with asyncio.timeout(10):
        while refused == 0:
            try:
                await limiter.hit(key, 2, 1)
            except DomainError as error:
                refused = error.retry_after or 0
        await asyncio.sleep(1.1)
        await limiter.hit(key, 2, 1)
    assert 1 <= refused <= 2


async def test_a_flood_does_not_write(database: Database, owner: Any) -> None:
    limiter, key = PgRateLimiter(database), f"flood:{new_id()}"
    for _ in range(50):
        try:
            await limiter.hit(key, 5, HOUR)
        except DomainError:
            continue
    assert await owner.fetchval("select count from rate_window where key = $1", f"{HOUR}:{key}") == 6


async def test_ended_windows_are_swept(database: Database, owner: Any) -> None:
    limiter, key = PgRateLimiter(database), f"old:{new_id()}"
    await limiter.hit(key, 5, HOUR)
    await owner.execute(
        "insert into rate_window (key, starts_at, count, ends_at)"
        " values ($1, now() - interval '1 day', 1, now() - interval '1 hour')",
        key,
    )
    assert await limiter.sweep() >= 1
    assert await owner.fetchval("select count(*) from rate_window where key = $1", key) == 0
    assert await owner.fetchval("select count(*) from rate_window where key = $1", f"{HOUR}:{key}") == 1


async def test_a_database_that_is_down_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    database._lending = Lending(await _pool_of_nothing())
    with pytest.raises(DomainError) as caught:
        await PgRateLimiter(database).hit("k", 1)
    assert caught.value.kind is Kind.UNAVAILABLE


async def _pool_of_nothing() -> Any:
    return await asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/none", min_size=0)
