"""Schedules: each tick once among all workers, none lost to one that dies, none piled up behind a slow one."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.queue.outbox import Outbox
from adapters.queue.scheduler import Scheduler, latest_tick, tick_id
from core.plugin import Schedule
from core.testkit.clock import FakeClock
from core.work import Delivery
from tests.adapters.queue.stage import Stage, until

EVERY_SECOND = Schedule("look", "* * * * * *")
NIGHTLY = Schedule("look", "30 2 * * *")


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 15) -> datetime:
    """A moment of March 2026."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "now", "tick"),
    [
        ("30 2 * * *", at(2, 30), at(2, 30)),
        ("30 2 * * *", at(2, 29, 59), at(2, 30, day=14)),
        ("*/10 * * * * *", at(12, 0, 19), at(12, 0, 10)),
        ("*/10 * * * * *", at(12, 0, 20), at(12, 0, 20)),
        ("0 0 1 * *", at(12), datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_latest_tick(cron: str, now: datetime, tick: datetime) -> None:
    assert latest_tick(cron, now) == tick
    assert latest_tick(cron, now.replace(microsecond=999_999)) == tick


def test_tick_ids_differ_by_job_cron_and_moment() -> None:
    ids = {
        tick_id(schedule, tick)
        for schedule in (NIGHTLY, Schedule("other", "30 2 * * *"), Schedule("look", "30 3 * * *"))
        for tick in (at(2, 30), at(2, 30, day=16))
    }
    assert len(ids) == 6
    assert tick_id(NIGHTLY, at(2, 30)) == tick_id(Schedule("look", "30 2 * * *"), at(2, 30))


async def test_two_workers_one_run_per_tick(jobs: Stage) -> None:
    async with (
        jobs.working({"look": jobs.see}, schedules=[EVERY_SECOND]),
        jobs.working({"look": jobs.see}, schedules=[EVERY_SECOND]),
    ):
        await until(lambda: len(jobs.seen) >= 4)
    ticks = [each.payload["tick"] for each in jobs.seen]
    assert len(ticks) == len(set(ticks))
    moments = sorted(datetime.fromisoformat(tick) for tick in ticks)
    assert moments[-1] - moments[0] == timedelta(seconds=len(moments) - 1), "no tick is left out"


async def test_many_schedulers_record_a_tick_once(jobs: Stage) -> None:
    clock = FakeClock(at(2, 29))
    schedulers = [Scheduler(Outbox(jobs.works), [NIGHTLY], clock) for _ in range(5)]
    await jobs.owner.execute("truncate outbox")
    clock.set(at(2, 30, 3))
    await asyncio.gather(*(scheduler.record_due() for scheduler in schedulers))
    assert [row["id"] for row in await jobs.rows()] == [tick_id(NIGHTLY, at(2, 30))]


async def test_done_tick_is_not_run_again_by_a_restarted_worker(jobs: Stage) -> None:
    clock = FakeClock(at(12))
    async with jobs.working({"look": jobs.see}, schedules=[NIGHTLY], clock=clock):
        await until(lambda: jobs.seen)
    async with jobs.working({"look": jobs.see}, schedules=[NIGHTLY], clock=clock):
        await asyncio.sleep(1.5)
    assert [each.payload for each in jobs.seen] == [{"tick": "2026-03-15T02:30:00+00:00"}]


async def test_old_missed_tick_is_left(jobs: Stage) -> None:
    scheduler = Scheduler(Outbox(jobs.works), [Schedule("look", "0 0 1 * *")], FakeClock(at(12)))
    await scheduler.record_due()
    assert await jobs.rows() == []


async def test_ticks_do_not_pile_up_behind_an_open_run(jobs: Stage) -> None:
    clock = FakeClock(at(12))
    outbox = Outbox(jobs.works)
    scheduler = Scheduler(outbox, [Schedule("look", "*/10 * * * * *")], clock)
    for _ in range(5):
        await scheduler.record_due()
        clock.advance(timedelta(seconds=10))
    (row,) = await jobs.rows()
    await outbox.close(Delivery(row["id"], "schedule", "look", {}))
    await scheduler.record_due()
    assert [row["payload"] for row in await jobs.rows()][1:] == ['{"tick": "2026-03-15T12:00:50+00:00"}']


async def test_schedule_is_refused(jobs: Stage) -> None:
    with pytest.raises(ValueError, match='names the job "look", which has no handler'):
        jobs.worker({}, schedules=[NIGHTLY])
    with pytest.raises(ValueError, match="cannot be read"):
        Scheduler(Outbox(jobs.works), [Schedule("look", "every night")], FakeClock())
