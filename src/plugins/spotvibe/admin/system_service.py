"""How the running system is (contracts/spotvibe.md sections 8.3 and 8.5): real readings, taken when asked for."""

from math import ceil
from typing import Final

import msgspec

from core.vitals import Reach, Vitals

OK: Final = "OK"
DEGRADED: Final = "DEGRADED"
ERROR: Final = "ERROR"


class DatabaseState(msgspec.Struct):
    """The database, and how many whole milliseconds, rounded up, it took to answer."""

    status: str
    latency_ms: int | None


class ServerState(msgspec.Struct):
    """A server that is reached, or not."""

    status: str


class WorkersState(msgspec.Struct):
    """The job workers: active where at least one is alive."""

    status: str
    count: int


class SystemHealth(msgspec.Struct):
    """The components. `overall_status` is OK, DEGRADED where something waits because a server or the workers are away,
    ERROR where the database does not answer."""

    overall_status: str
    database: DatabaseState
    redis: ServerState
    queue: ServerState
    celery_workers: WorkersState


class Metrics(msgspec.Struct):
    """The machine and the server in figures."""

    cpu_usage: str
    memory_usage: str
    database_connections: int
    api_request_rate_per_minute: int


class System:
    """Reads the running system."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    async def health(self) -> SystemHealth:
        """Look at every component."""
        latency = await self._vitals.database()
        redis, queue = await self._vitals.redis(), await self._vitals.queue()
        workers = await self._vitals.workers() if latency is not None else 0
        well = redis is not Reach.UNREACHABLE and queue is Reach.CONNECTED and workers > 0
        overall = OK if well else DEGRADED
        return SystemHealth(
            overall_status=ERROR if latency is None else overall,
            database=DatabaseState(Reach.UNREACHABLE.value, None)
            if latency is None
            else DatabaseState(Reach.CONNECTED.value, ceil(latency.total_seconds() * 1000)),
            redis=ServerState(redis.value),
            queue=ServerState(queue.value),
            celery_workers=WorkersState("active" if workers else "inactive", workers),
        )

    async def metrics(self) -> Metrics:
        """Measure the machine and the server."""
        return Metrics(
            cpu_usage=f"{await self._vitals.processor():.0%}",
            memory_usage=f"{self._vitals.memory():.0%}",
            database_connections=await self._vitals.connections(),
            api_request_rate_per_minute=self._vitals.requests(),
        )
