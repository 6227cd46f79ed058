"""The queue on Redis: the same promises."""

import asyncio

import pytest

from adapters.queue.broker import make_queue
from core.plugin import Schedule
from core.work import Delivery
from tests.adapters.queue.redis_server import RedisServer
from tests.adapters.queue.stage import Stage, until

pytestmark = pytest.mark.peers


async def test_deliveries_and_ticks(jobs: Stage, redis_url: str) -> None:
    handlers = {"count_sale": jobs.see, "look": jobs.see}
    schedules = [Schedule("look", "* * * * * *")]
    async with (
        jobs.working(handlers, schedules=schedules, queue_url=redis_url),
        jobs.working(handlers, schedules=schedules, queue_url=redis_url),
    ):
        for number in range(50):
            await jobs.publish(number)
        await until(lambda: len(jobs.seen) >= 53)
    sold = [each.payload["number"] for each in jobs.seen if each.subscriber == "count_sale"]
    ticks = [each.payload["tick"] for each in jobs.seen if each.subscriber == "look"]
    assert sorted(sold) == list(range(50))
    assert len(ticks) == len(set(ticks))
    assert await jobs.owner.fetchval("select count(*) from saq_jobs") == 0


async def test_raising_handler_is_retried(jobs: Stage, redis_url: str) -> None:
    attempts: list[int] = []

    async def stumble(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        if delivery.attempt < 3:
            raise RuntimeError("not yet")

    async with jobs.working({"stumble": stumble}, queue_url=redis_url):
        await jobs.ask("stumble")
        await until(lambda: len(attempts) == 3)


async def test_redis_killed_and_empty_again(jobs: Stage, redis_server: RedisServer) -> None:
    async def dawdle(delivery: Delivery) -> None:
        await asyncio.sleep(0.05)
        await jobs.see(delivery)

    async with jobs.working({"count_sale": dawdle}, queue_url=redis_server.url):
        for number in range(30):
            await jobs.publish(number)
        await redis_server.stop()
        for number in range(30, 60):
            await jobs.publish(number)
        await asyncio.sleep(1)
        await redis_server.start()
        await until(lambda: len(jobs.seen) == 60, 30)
    assert sorted(each.payload["number"] for each in jobs.seen) == list(range(60))


def test_other_schemes_are_refused() -> None:
    with pytest.raises(ValueError, match="not amqp://"):
        make_queue("amqp://localhost")
