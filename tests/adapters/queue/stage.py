"""A database of its own and workers on it, for the tests of the queue."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import asyncpg

from adapters.db.database import Database
from adapters.db.work import PgWorks
from adapters.queue.worker import JobWorker
from core.access.principal import SYSTEM
from core.jobs.policy import JobPolicy
from core.plugin import Handler, Schedule
from core.primitives.events import Event
from core.work import Delivery
from tests.cluster import DatabaseUrls

QUICK = JobPolicy(max_attempts=3, first_delay=0.05, factor=1.0, timeout=20.0)
SHORT_LEASE = timedelta(seconds=2)


class Sold(Event):
    """A sale, with the number that tells one from another."""

    name: ClassVar[str] = "test.sold"
    number: int


class WallClock:
    """The time of the machine."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)


class Stage:
    """Handlers see what is delivered; the tests ask for work and look at the outbox as the owner."""

    def __init__(self, urls: DatabaseUrls, database: Database, owner: Any) -> None:
        self.urls = urls
        self.owner = owner
        self.works = PgWorks(database, {Sold.name: ("count_sale",)})
        self.seen: list[Delivery] = []

    async def see(self, delivery: Delivery) -> None:
        """A handler that closes its delivery itself."""
        async with self.works.delivering(delivery) as work:
            self.seen.append(delivery)
            await work.commit()

    async def publish(self, number: int) -> None:
        """Publish an event in a unit of work."""
        async with self.works.everywhere(SYSTEM) as work:
            work.publish(Sold(number=number))
            await work.commit()

    async def ask(self, job: str, **payload: Any) -> None:
        """Ask for a job in a unit of work."""
        async with self.works.everywhere(SYSTEM) as work:
            work.ask(job, **payload)
            await work.commit()

    async def rows(self) -> list[Any]:
        """The outbox, oldest first."""
        rows: list[Any] = await self.owner.fetch("select * from outbox order by created_at, id")
        return rows

    def worker(
        self,
        handlers: Mapping[str, Handler],
        *,
        schedules: Sequence[Schedule] = (),
        queue_url: str | None = None,
        clock: Any = None,
    ) -> JobWorker:
        """A worker with quick retries and a short lease."""
        return JobWorker(
            self.works,
            queue_url or self.urls.app,
            handlers,
            clock=clock or WallClock(),
            schedules=schedules,
            policies=dict.fromkeys(handlers, QUICK),
            lease=SHORT_LEASE,
        )

    @asynccontextmanager
    async def working(self, handlers: Mapping[str, Handler], **options: Any) -> AsyncIterator[JobWorker]:
        """Run a worker for the length of a block."""
        worker = self.worker(handlers, **options)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            await worker.stop()
            await task


@asynccontextmanager
async def stage(urls: DatabaseUrls) -> AsyncIterator[Stage]:
    """Open a stage on a database that nobody else uses."""
    logging.getLogger("saq").setLevel(logging.WARNING)
    database = Database(urls.app, max_size=10, name="socle-jobs-test")
    await database.open()
    owner = await asyncpg.connect(urls.owner)
    try:
        yield Stage(urls, database, owner)
    finally:
        await owner.close()
        await database.close()


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until a condition (plain or awaitable) holds; `TimeoutError` where it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            outcome = condition()
            if asyncio.iscoroutine(outcome):
                outcome = await outcome
            if outcome:
                return
            await asyncio.sleep(0.02)
