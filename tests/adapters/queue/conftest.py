"""Fixtures of the queue's tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.primitives.ids import new_id
from tests.adapters.queue.redis_server import RedisServer
from tests.adapters.queue.stage import Stage, stage
from tests.cluster import DatabaseUrls, TestCluster


@pytest.fixture(scope="session")
def jobs_urls(cluster: TestCluster) -> Iterator[DatabaseUrls]:
    """A database of the queue's tests alone: a worker takes whatever is due in its database."""
    name = f"socle_jobs_{new_id().hex[:16]}"
    yield cluster.clone(name)
    cluster.drop(name)


@pytest.fixture
async def jobs(jobs_urls: DatabaseUrls) -> AsyncIterator[Stage]:
    """A stage with an empty outbox and an empty queue."""
    async with stage(jobs_urls) as opened:
        await opened.owner.execute("truncate outbox, job_worker, saq_jobs, saq_stats")
        yield opened


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis server of the test's own, empty."""
    server = RedisServer(tmp_path)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of the test's Redis."""
    return redis_server.url
