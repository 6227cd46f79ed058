"""A worker in a process of its own, to be killed: `python -m tests.adapters.queue.doomed URL QUEUE_URL`."""

import asyncio
import sys
from datetime import timedelta

from adapters.db.database import Database
from adapters.db.work import PgWorks
from adapters.queue.worker import JobWorker
from core.access.principal import SYSTEM
from core.work import Delivery
from tests.adapters.queue.stage import WallClock


async def main(url: str, queue_url: str) -> None:
    """Run a worker whose handler records that it has begun, and hangs."""
    database = Database(url)
    await database.open()
    works = PgWorks(database, {})

    async def hang(delivery: Delivery) -> None:
        async with works.everywhere(SYSTEM) as work:
            work.ask("begun", process=delivery.payload)
            await work.commit()
        await asyncio.sleep(600)

    await JobWorker(works, queue_url, {"look": hang}, clock=WallClock(), lease=timedelta(seconds=2)).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
