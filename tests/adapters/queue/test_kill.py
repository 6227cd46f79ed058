"""A worker killed in the middle of a job: another one runs it."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.adapters.queue.stage import Stage, until

ROOT = Path(__file__).parents[3]


async def kill_in_the_middle(jobs: Stage, queue_url: str) -> None:
    """Ask for jobs, let a process begin them, kill it."""
    for number in range(3):
        await jobs.ask("look", number=number)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.adapters.queue.doomed",
        jobs.urls.app,
        queue_url,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    try:
        await until(lambda: jobs.owner.fetchval("select count(*) = 3 from outbox where subscriber = 'begun'"), 30)
    finally:
        process.kill()
        await process.wait()


async def test_killed_workers_jobs_run_again(jobs: Stage) -> None:
    await kill_in_the_middle(jobs, jobs.urls.app)
    assert not jobs.seen
    async with jobs.working({"look": jobs.see}):
        await until(lambda: len(jobs.seen) == 3, 8)
    assert sorted((each.payload["number"], each.attempt) for each in jobs.seen) == [(0, 2), (1, 2), (2, 2)]


async def test_delivery_whose_workers_all_died_is_given_up(jobs: Stage) -> None:
    await jobs.ask("look")
    await jobs.owner.execute("update outbox set attempts = 3")
    async with jobs.working({"look": jobs.see}):
        await until(lambda: jobs.owner.fetchval("select failed_at is not null from outbox"))
    assert not jobs.seen


@pytest.mark.peers
async def test_killed_workers_jobs_run_again_on_redis(jobs: Stage, redis_url: str) -> None:
    await kill_in_the_middle(jobs, redis_url)
    async with jobs.working({"look": jobs.see}, queue_url=redis_url):
        await until(lambda: len(jobs.seen) == 3, 8)
    assert {each.attempt for each in jobs.seen} == {2}
