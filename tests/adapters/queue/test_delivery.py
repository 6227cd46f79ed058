"""Deliveries: from the unit of work over relay and queue to the handler, at least once, closed once."""

import asyncio
import contextlib
from datetime import timedelta

import asyncpg
import pytest

from adapters.queue import worker as worker_module
from adapters.queue.broker import PatientPgQueue, make_queue
from adapters.queue.outbox import Outbox
from adapters.queue.relay import Relay
from core.access.principal import SYSTEM
from core.jobs.policy import GiveUp
from core.work import AlreadyDelivered, Delivery
from tests.adapters.queue.stage import SHORT_LEASE, Stage, until

LOST = timedelta(seconds=30)


async def all_done(jobs: Stage) -> bool:
    """Whether every delivery is closed."""
    rows = await jobs.rows()
    return bool(rows) and all(row["done_at"] is not None for row in rows)


async def test_event_reaches_its_subscriber_and_is_closed(jobs: Stage) -> None:
    async with jobs.working({"count_sale": jobs.see}):
        await jobs.publish(7)
        await until(lambda: all_done(jobs))
    assert [(each.topic, each.subscriber, each.payload, each.attempt) for each in jobs.seen] == [
        ("test.sold", "count_sale", {"number": 7}, 1)
    ]
    (row,) = await jobs.rows()
    assert row["id"] == jobs.seen[0].id
    assert row["payload"] == "{}", "the payload of what is done is wiped"
    assert await jobs.owner.fetchval("select count(*) from saq_jobs") == 0


async def test_what_was_recorded_before_the_worker_started_is_delivered(jobs: Stage) -> None:
    for number in range(250):
        await jobs.publish(number)
    async with jobs.working({"count_sale": jobs.see}):
        await until(lambda: all_done(jobs), 30)
    assert sorted(each.payload["number"] for each in jobs.seen) == list(range(250))


async def test_handler_that_does_not_close_has_its_delivery_closed(jobs: Stage) -> None:
    async def look(delivery: Delivery) -> None:
        jobs.seen.append(delivery)

    async with jobs.working({"look": look}):
        await jobs.ask("look", of="Awa")
        await until(lambda: all_done(jobs))
    assert [(each.topic, each.payload) for each in jobs.seen] == [("job", {"of": "Awa"})]


async def test_rolled_back_work_sends_nothing(jobs: Stage) -> None:
    async with jobs.working({"look": jobs.see}):
        async with jobs.works.everywhere(SYSTEM) as work:
            work.ask("look", number=2)
        await jobs.ask("look", number=3)
        await until(lambda: all_done(jobs))
    assert [each.payload for each in jobs.seen] == [{"number": 3}]


async def test_raising_handler_is_retried_and_succeeds(jobs: Stage) -> None:
    attempts: list[int] = []

    async def stumble(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        if delivery.attempt < 3:
            raise RuntimeError("not yet")

    async with jobs.working({"stumble": stumble}):
        await jobs.ask("stumble")
        await until(lambda: all_done(jobs))
    assert attempts == [1, 2, 3]


async def test_raising_handler_fails_at_last_and_is_reported(jobs: Stage) -> None:
    attempts: list[int] = []

    async def fall(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        raise RuntimeError("no way")

    async with jobs.working({"fall": fall, "look": jobs.see}) as worker:
        await jobs.ask("fall", kept="yes")
        await until(lambda: jobs.owner.fetchval("select failed_at is not null from outbox"))
        await jobs.ask("look")
        await until(lambda: jobs.seen)
        report = await worker.outbox.report({"fall", "look"})
    assert attempts == [1, 2, 3]
    row = (await jobs.rows())[0]
    assert (row["done_at"], row["last_error"], row["payload"]) == (None, "RuntimeError: no way", '{"kept": "yes"}')
    assert (report.failed, report.waiting, report.workers) == ({"fall": 1}, {}, 1)


async def test_failed_delivery_can_be_reopened(jobs: Stage) -> None:
    async def refuse(delivery: Delivery) -> None:
        raise GiveUp("the account is gone")

    async with jobs.working({"look": refuse}):
        await jobs.ask("look", number=1)
        await until(lambda: jobs.owner.fetchval("select failed_at is not null from outbox"))
    row = (await jobs.rows())[0]
    assert (row["attempts"], row["last_error"]) == (1, "the account is gone"), "giving up is not tried again"
    async with jobs.working({"look": jobs.see}) as worker:
        await worker.outbox.reopen("look")
        await until(lambda: all_done(jobs))
    assert [each.payload for each in jobs.seen] == [{"number": 1}]


async def test_handler_that_takes_too_long_is_cancelled_and_retried(jobs: Stage) -> None:
    attempts: list[int] = []

    async def dawdle(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        if delivery.attempt == 1:
            await asyncio.sleep(60)

    worker = jobs.worker({"dawdle": dawdle})
    worker._policies = {"dawdle": worker._policies["dawdle"].__class__(timeout=0.2, first_delay=0.05)}
    task = asyncio.create_task(worker.run())
    await jobs.ask("dawdle")
    await until(lambda: all_done(jobs))
    await worker.stop()
    await task
    assert attempts == [1, 2]
    assert (await jobs.rows())[0]["last_error"] == "TimeoutError: "


async def test_a_worker_stops_at_once_though_upkeep_passes_over_its_cancellation(
    jobs: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As psycopg's `wait_for` does on Python 3.11 where what it waits for comes in the same turn; SAQ sleeps then."""
    sweeping = asyncio.Event()

    async def deaf(*_: object) -> list[str]:
        sweeping.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return []

    monkeypatch.setattr(PatientPgQueue, "sweep", deaf)
    worker = jobs.worker({"look": jobs.see})
    task = asyncio.create_task(worker.run())
    await asyncio.wait_for(sweeping.wait(), 5)
    await asyncio.wait_for(worker.stop(), 3)
    await task


async def test_a_relay_that_is_woken_and_cancelled_in_one_turn_ends(jobs: Stage) -> None:
    relay = Relay(
        jobs.works.database,
        Outbox(jobs.works),
        make_queue(jobs.urls.app),
        (),
        lease=SHORT_LEASE,
        timeout_of=lambda _: 1.0,
    )
    task = asyncio.create_task(relay.run())
    await until(lambda: relay._listener is not None)
    # by the end of this it has looked once, and waits to be woken
    await asyncio.sleep(0.3)
    relay._wake()
    task.cancel()
    _, running = await asyncio.wait([task], timeout=3)
    task.cancel()
    assert not running


async def test_a_worker_that_stops_hands_over_what_it_runs_in_peace(
    jobs: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "GRACE_SECONDS", 1)
    cleaned = asyncio.Event()

    async def dawdle(_: Delivery) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            # what a handler gives back before it goes takes longer than the pause between two looks
            await asyncio.sleep(0.5)
            cleaned.set()
            raise

    worker = jobs.worker({"dawdle": dawdle})
    task = asyncio.create_task(worker.run())
    await jobs.ask("dawdle")
    await until(lambda: worker._running)
    await worker.stop()
    await task
    assert cleaned.is_set()
    row = (await jobs.rows())[0]
    assert (row["done_at"], row["last_error"]) == (None, "interrupted: the worker stopped")


async def test_long_run_keeps_its_lease(jobs: Stage) -> None:
    async def dawdle(delivery: Delivery) -> None:
        jobs.seen.append(delivery)
        await asyncio.sleep(SHORT_LEASE.total_seconds() * 2)

    async with jobs.working({"dawdle": dawdle}), jobs.working({"dawdle": dawdle}):
        await jobs.ask("dawdle")
        await until(lambda: all_done(jobs))
    assert [each.attempt for each in jobs.seen] == [1]


async def test_same_delivery_enqueued_twice_runs_once(jobs: Stage) -> None:
    outbox = Outbox(jobs.works)
    await jobs.ask("look")
    (lease,) = await outbox.lease({"look"}, 10, LOST)
    first, second = await asyncio.gather(
        outbox.begin(lease.id, lease.attempts, LOST), outbox.begin(lease.id, lease.attempts, LOST)
    )
    begun = first or second
    assert begun is not None
    assert first is None or second is None
    await jobs.see(begun)
    assert await outbox.begin(lease.id, lease.attempts, LOST) is None
    assert await outbox.begin(lease.id, begun.attempt, LOST) is None, "what is done does not begin again"


async def test_second_handling_of_a_delivery_changes_nothing(jobs: Stage) -> None:
    outbox = Outbox(jobs.works)
    await jobs.ask("look")
    (lease,) = await outbox.lease({"look"}, 10, LOST)
    begun = await outbox.begin(lease.id, lease.attempts, LOST)
    assert begun is not None
    await jobs.see(begun)
    async with jobs.works.delivering(begun) as work:
        work.ask("look", consequence="twice")
        with pytest.raises(AlreadyDelivered):
            await work.commit()
    assert len(await jobs.rows()) == 1


async def test_lease_is_taken_by_one_relay_only(jobs: Stage) -> None:
    outbox = Outbox(jobs.works)
    for number in range(40):
        await jobs.ask("look", number=number)
    taken = await asyncio.gather(*(outbox.lease({"look"}, 10, LOST) for _ in range(6)))
    ids = [lease.id for leases in taken for lease in leases]
    assert len(ids) == len(set(ids)) == 40


async def test_locked_delivery_holds_no_other_up(jobs: Stage) -> None:
    for number in range(3):
        await jobs.ask("look", number=number)
    oldest = (await jobs.rows())[0]["id"]
    async with jobs.owner.transaction(), asyncio.timeout(3):
        await jobs.owner.execute("select from outbox where id = $1 for update", oldest)
        leased = {lease.id for lease in await Outbox(jobs.works).lease({"look"}, 10, LOST)}
    assert len(leased) == 2
    assert oldest not in leased


async def test_stale_attempt_has_no_say(jobs: Stage) -> None:
    outbox = Outbox(jobs.works)
    await jobs.ask("look")
    (lease,) = await outbox.lease({"look"}, 10, timedelta())
    stale = await outbox.begin(lease.id, 0, timedelta())
    current = await outbox.begin(lease.id, 1, LOST)
    assert stale is not None
    assert current is not None
    await outbox.fail(stale, "too late")
    await outbox.try_again(stale, timedelta(), "too late")
    await outbox.renew({stale.id: stale.attempt}, timedelta())
    row = (await jobs.rows())[0]
    assert (row["failed_at"], row["last_error"]) == (None, None)
    assert not await outbox.lease({"look"}, 10, LOST)


async def test_unknown_handler_leaves_the_delivery_open(jobs: Stage) -> None:
    await jobs.ask("of_a_plugin_switched_off", number=1)
    async with jobs.working({"look": jobs.see}) as worker:
        await jobs.ask("look")
        await until(lambda: jobs.seen)
        await asyncio.sleep(1.2)
        report = await worker.outbox.report({"look"})
    row = (await jobs.rows())[0]
    assert (row["attempts"], row["done_at"], row["failed_at"]) == (0, None, None)
    assert report.orphaned == {"of_a_plugin_switched_off": 1}
    jobs.seen.clear()
    async with jobs.working({"of_a_plugin_switched_off": jobs.see}):
        await until(lambda: all_done(jobs))
    assert [each.payload for each in jobs.seen] == [{"number": 1}]


async def test_queue_lost_between_lease_and_run(jobs: Stage) -> None:
    outbox = Outbox(jobs.works)
    for number in range(5):
        await jobs.publish(number)
    assert len(await outbox.lease({"count_sale"}, 10, SHORT_LEASE)) == 5
    await jobs.owner.execute("truncate saq_jobs, saq_stats")
    async with jobs.working({"count_sale": jobs.see}):
        await until(lambda: all_done(jobs))
    assert sorted(each.payload["number"] for each in jobs.seen) == list(range(5))


async def test_queue_lost_while_working(jobs: Stage) -> None:
    async def dawdle(delivery: Delivery) -> None:
        await asyncio.sleep(0.05)
        await jobs.see(delivery)

    async with jobs.working({"count_sale": dawdle}):
        for number in range(60):
            await jobs.publish(number)
            if number % 20 == 10:
                await jobs.owner.execute("truncate saq_jobs, saq_stats")
        await until(lambda: all_done(jobs), 20)
    assert sorted({each.payload["number"] for each in jobs.seen}) == list(range(60))
    assert len(jobs.seen) == 60


async def test_remains_of_a_dead_worker_in_the_queue_do_not_block(jobs: Stage) -> None:
    """A worker killed after it took a job from the queue and before it began leaves an active job behind."""
    outbox = Outbox(jobs.works)
    await jobs.ask("look")
    (lease,) = await outbox.lease({"look"}, 10, SHORT_LEASE)
    await jobs.owner.execute(
        "insert into saq_jobs (key, job, queue, status) values ($1, $2, 'socle', 'active')",
        lease.key,
        b'{"function": "deliver", "queue": "socle", "key": "%s", "timeout": 600}' % lease.key.encode(),
    )
    async with jobs.working({"look": jobs.see}):
        await until(lambda: all_done(jobs), 6)


async def test_stopping_hands_running_deliveries_over(jobs: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.queue.worker.GRACE_SECONDS", 0.5)
    started = asyncio.Event()

    async def hang(delivery: Delivery) -> None:
        started.set()
        await asyncio.sleep(60)

    async with jobs.working({"look": hang}):
        await jobs.ask("look")
        await started.wait()
    row = (await jobs.rows())[0]
    assert (row["attempts"], row["done_at"], row["last_error"]) == (1, None, "interrupted: the worker stopped")
    async with jobs.working({"look": jobs.see}):
        await until(lambda: all_done(jobs), 4)
    assert [each.attempt for each in jobs.seen] == [2]


async def test_worker_outlives_lost_connections(jobs: Stage) -> None:
    async with jobs.working({"count_sale": jobs.see}):
        await jobs.publish(1)
        await until(lambda: len(jobs.seen) == 1)
        itself = await asyncpg.connect(jobs.urls.app)
        lost = await itself.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        )
        await itself.close()
        assert lost > 3
        await asyncio.sleep(0.2)
        await jobs.publish(2)
        await until(lambda: len(jobs.seen) == 2, 20)
        await jobs.publish(3)
        await until(lambda: len(jobs.seen) == 3, 5)
    assert [each.payload["number"] for each in jobs.seen] == [1, 2, 3]


async def test_worker_that_runs_is_alive_and_signs_off(jobs: Stage) -> None:
    outbox = Outbox(jobs.works)
    async with jobs.working({"look": jobs.see}), jobs.working({"look": jobs.see}):
        await until(lambda: workers_are(outbox, 2))
    assert await outbox.workers_alive() == 0
    await jobs.owner.execute(
        "insert into job_worker (id, host, process, seen_at)"
        " values (gen_random_uuid(), 'h', 1, now() - interval '1 minute')"
    )
    assert await outbox.workers_alive() == 0, "a worker that was killed counts no more"


async def workers_are(outbox: Outbox, number: int) -> bool:
    """Whether so many workers are alive."""
    return await outbox.workers_alive() == number
