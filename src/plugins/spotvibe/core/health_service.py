"""Whether the application works (contracts/spotvibe.md section 3.3; DECISIONS.md section 2, "core/health")."""

from typing import Final

import msgspec

from core.vitals import Reach, Vitals
from plugins.spotvibe.figures import Remembered

REMEMBERED_SECONDS: Final = 1.0
"""Anybody may ask: however many do, what is asked about is asked once a second."""


class Readings(msgspec.Struct, frozen=True):
    """Whether each server that the application needs answers."""

    database: Reach
    redis: Reach
    queue: Reach

    @property
    def well(self) -> bool:
        """Whether the application works: what waits in the outbox survives a queue that is away."""
        return self.database is Reach.CONNECTED


class HealthCheck:
    """Reads the signs of life."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._remembered = Remembered(self._read, REMEMBERED_SECONDS)

    async def readings(self) -> Readings:
        """Return what was read within the last second."""
        return await self._remembered.get()

    async def _read(self) -> Readings:
        database = await self._vitals.database()
        return Readings(
            database=Reach.UNREACHABLE if database is None else Reach.CONNECTED,
            redis=await self._vitals.redis(),
            queue=await self._vitals.queue(),
        )
