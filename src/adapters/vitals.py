"""Readings of the running installation: its database, its queue, its machine."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic, perf_counter

import asyncpg

from adapters.db.work import PgWorks
from adapters.queue.outbox import Outbox
from adapters.queue.probe import FAILURES, PROBE_SECONDS, answers, holds_queue, is_redis
from core.access.principal import SYSTEM
from core.vitals import Reach

SAMPLE_SECONDS = 0.25
"""How long the processors are looked at where there is no earlier look to compare with."""
RECENT_SECONDS = 60.0
STAT = Path("/proc/stat")
MEMORY = Path("/proc/meminfo")

_CONNECTIONS = "select count(*) from pg_stat_activity where datname = current_database()"


class SystemVitals:
    """Readings of this installation. `queue_url` is that of its queue, "" where its own database holds it."""

    def __init__(self, works: PgWorks, queue_url: str) -> None:
        self._works = works
        self._outbox = Outbox(works)
        self._queue_url = queue_url
        self._looked: tuple[float, int, int] | None = None
        self.count_requests: Callable[[], int] = lambda: 0
        """Counts the requests of the last minute; the web server sets it."""

    async def database(self) -> timedelta | None:
        """Measure one round trip to the database; None where it does not answer."""
        seconds = await self._asks("select 1")
        return None if seconds is None else timedelta(seconds=seconds)

    async def redis(self) -> Reach:
        """Whether Redis answers, where it is the queue's server."""
        return await self.queue() if is_redis(self._queue_url) else Reach.NOT_CONFIGURED

    async def queue(self) -> Reach:
        """Whether the queue's server answers and holds the queue."""
        if self._queue_url:
            well = await answers(self._queue_url)
        else:
            well = await self._asks(holds_queue()) is not None
        return Reach.CONNECTED if well else Reach.UNREACHABLE

    async def workers(self) -> int:
        """How many job workers have given a sign of life."""
        return await self._outbox.workers_alive()

    async def connections(self) -> int:
        """How many connections there are to the installation's database."""
        async with self._works.everywhere(SYSTEM) as work:
            found: int = await work.connection.fetchval(_CONNECTIONS)
        return found

    async def processor(self) -> float:
        """The share of the processors' time in use since the last look, where that was a moment ago, else from now on
        (proc(5), stat)."""
        if self._looked is None or not SAMPLE_SECONDS <= monotonic() - self._looked[0] <= RECENT_SECONDS:
            self._looked = (monotonic(), *processor_time())
            await asyncio.sleep(SAMPLE_SECONDS)
        _, idle_before, whole_before = self._looked
        idle, whole = processor_time()
        self._looked = (monotonic(), idle, whole)
        passed = whole - whole_before
        return 1 - (idle - idle_before) / passed if passed > 0 else 0.0

    def memory(self) -> float:
        """The share of the memory that is not available to programs (proc(5), meminfo)."""
        found = dict(line.split(":", 1) for line in MEMORY.read_text().splitlines())
        whole, available = (int(found[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
        return 1 - available / whole

    def requests(self) -> int:
        """How many requests were answered in the last minute."""
        return self.count_requests()

    async def _asks(self, statement: str) -> float | None:
        """Return the seconds that the database takes to answer a statement; None where it does not."""
        try:
            async with asyncio.timeout(PROBE_SECONDS), self._works.database.lending.lent() as connection:
                began = perf_counter()
                await connection.fetchval(statement)
                return perf_counter() - began
        except (*FAILURES, asyncpg.InternalClientError):
            return None


def processor_time() -> tuple[int, int]:
    """The idle and the whole time of all processors since the machine started, in ticks. Waiting for a disk is idle."""
    ticks = [int(each) for each in STAT.read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
