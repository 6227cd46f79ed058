"""The clock's jobs: each tick is an outbox row whose id follows from job and tick, so that several workers write it
once and none that dies takes it along."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from croniter import croniter

from adapters.queue.outbox import Outbox
from core.plugin import Schedule
from core.primitives.clock import Clock

logger = logging.getLogger("socle.jobs")

TICKS = UUID("5f2f8f0e-6d2b-5e0c-9a55-3d6a4c1b7e10")
CATCH_UP = timedelta(hours=24)
"""The latest tick that nobody was there for is made up for if it is not older. Done rows are kept for longer, so that
a tick is not taken for a missed one."""
LOOK_EVERY = 0.5


def check_schedule(schedule: Schedule) -> None:
    """Raise `ValueError` where the cron expression cannot be read."""
    if not croniter.is_valid(schedule.cron, second_at_beginning=len(schedule.cron.split()) == 6):
        raise ValueError(f'The schedule of the job "{schedule.job}" cannot be read: "{schedule.cron}".')


def latest_tick(cron: str, now: datetime) -> datetime:
    """The last moment up to now at which an expression is due, in UTC."""
    following = now.replace(microsecond=0) + timedelta(seconds=1)
    tick: datetime = croniter(cron, following, second_at_beginning=True).get_prev(datetime)
    return tick


def next_tick(cron: str, after: datetime) -> datetime:
    """The first moment after another at which an expression is due, in UTC."""
    tick: datetime = croniter(cron, after, second_at_beginning=True).get_next(datetime)
    return tick


def tick_id(schedule: Schedule, tick: datetime) -> UUID:
    """The outbox id of a tick."""
    return uuid5(TICKS, f"{schedule.job}\n{schedule.cron}\n{tick.isoformat()}")


class Scheduler:
    """Records the runs of scheduled jobs. A tick that finds the job's last run still open waits for its end, and only
    the latest tick waits."""

    def __init__(self, outbox: Outbox, schedules: Iterable[Schedule], clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._due: dict[Schedule, datetime] = {}
        for schedule in schedules:
            check_schedule(schedule)
            tick = latest_tick(schedule.cron, clock.now())
            missed = clock.now() - tick <= CATCH_UP
            self._due[schedule] = tick if missed else next_tick(schedule.cron, clock.now())

    async def run(self) -> None:
        """Record ticks until cancelled. Errors of the database are logged and outlived."""
        while True:
            try:
                await self.record_due()
            except Exception:
                logger.exception("The scheduler could not record what is due; it tries again.")
            await asyncio.sleep(LOOK_EVERY)

    async def record_due(self) -> None:
        """Record every schedule's latest tick that is due."""
        now = self._clock.now()
        for schedule, due in self._due.items():
            if due > now:
                continue
            tick = latest_tick(schedule.cron, now)
            if await self._outbox.add_tick(tick_id(schedule, tick), schedule.job, {"tick": tick.isoformat()}):
                self._due[schedule] = next_tick(schedule.cron, tick)
