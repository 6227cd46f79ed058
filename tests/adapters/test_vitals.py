"""Readings of the running installation, on a real database and a real machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from adapters import vitals
from adapters.db.work import PgWorks
from adapters.queue.probe import answers
from adapters.vitals import SystemVitals, processor_time
from core.vitals import Reach
from tests.cluster import DatabaseUrls, TestCluster

NOWHERE = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def redis_server(reply: bytes) -> AsyncIterator[str]:
    """A server that answers every command of RESP alike; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while command := await reader.readline():
            for _ in range(int(command[1:])):
                length = int((await reader.readline())[1:])
                await reader.readexactly(length + 2)
            writer.write(reply)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        server.close()


async def test_a_database_that_answers_is_timed(works: PgWorks) -> None:
    latency = await SystemVitals(works, "").database()
    assert latency is not None
    assert 0 < latency.total_seconds() < 2


async def test_the_queue_is_the_databases_unless_told_otherwise(works: PgWorks, database_urls: DatabaseUrls) -> None:
    own = SystemVitals(works, "")
    assert (await own.queue(), await own.redis()) == (Reach.CONNECTED, Reach.NOT_CONFIGURED)
    other = SystemVitals(works, database_urls.app)
    assert (await other.queue(), await other.redis()) == (Reach.CONNECTED, Reach.NOT_CONFIGURED)


async def test_a_database_without_the_queues_tables_holds_no_queue(cluster: TestCluster) -> None:
    assert not await answers(cluster.cluster.url("postgres", "postgres"))


async def test_a_redis_is_connected_where_it_answers(works: PgWorks) -> None:
    async with redis_server(b"+PONG\r\n") as url:
        found = SystemVitals(works, url)
        assert (await found.redis(), await found.queue()) == (Reach.CONNECTED, Reach.CONNECTED)


async def test_a_redis_that_refuses_or_is_away_is_unreachable(works: PgWorks) -> None:
    away = SystemVitals(works, NOWHERE)
    assert (await away.redis(), await away.queue()) == (Reach.UNREACHABLE, Reach.UNREACHABLE)
    async with redis_server(b"-NOAUTH Authentication required.\r\n") as url:
        assert await SystemVitals(works, url).redis() is Reach.UNREACHABLE


async def test_connections_are_those_of_the_database(works: PgWorks, database_urls: DatabaseUrls) -> None:
    found = SystemVitals(works, "")
    before = await found.connections()
    another = await asyncpg.connect(database_urls.owner)
    try:
        assert await found.connections() == before + 1
    finally:
        await another.close()


async def test_shares_are_those_of_the_machine(works: PgWorks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = SystemVitals(works, "")
    assert 0 <= await found.processor() <= 1
    assert 0 < found.memory() < 1
    stat, memory = tmp_path / "stat", tmp_path / "meminfo"
    monkeypatch.setattr(vitals, "STAT", stat)
    monkeypatch.setattr(vitals, "MEMORY", memory)
    memory.write_text("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 400 kB\n")
    assert found.memory() == pytest.approx(0.6)
    stat.write_text("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1\n")
    assert processor_time() == (800, 1000)

    async def pass_time(seconds: float) -> None:
        stat.write_text("cpu  150 0 125 750 125 0 0 0 50 0\n")

    monkeypatch.setattr(vitals.asyncio, "sleep", pass_time)
    fresh = SystemVitals(works, "")
    assert await fresh.processor() == pytest.approx(0.5)


async def test_requests_are_counted_by_who_serves_them(works: PgWorks) -> None:
    found = SystemVitals(works, "")
    assert found.requests() == 0
    found.count_requests = lambda: 7
    assert found.requests() == 7
