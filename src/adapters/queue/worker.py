"""The worker: runs handlers, and beside them the relay, the scheduler and its own sign of life."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from saq.queue import Queue
from saq.worker import Worker

from adapters.db.work import PgWorks
from adapters.queue.broker import make_queue
from adapters.queue.outbox import SCHEDULE_TOPIC, Outbox
from adapters.queue.relay import DELIVER, Relay
from adapters.queue.scheduler import Scheduler
from core.jobs.policy import DELIVERY, SCHEDULED, GiveUp, JobPolicy
from core.plugin import Handler, Schedule
from core.primitives.clock import Clock
from core.primitives.ids import new_id
from core.work import AlreadyDelivered, Delivery

logger = logging.getLogger("socle.jobs")

LEASE = timedelta(seconds=30)
GRACE_SECONDS = 5
SWEEP_SECONDS = 15


class JobWorker:
    """Runs the handlers of an installation's jobs and events. Any number of workers may run beside each other.

    - `handlers` are looked up by a delivery's subscriber. A delivery without a handler here stays open.
    - `schedules` run jobs by the clock, each tick once among all workers.
    - `policies` name the jobs that are tried otherwise than `core.jobs.policy` says.
    - `lease` is how long a delivery stays away when its worker or the queue has died.

    A handler that returns without having closed its delivery (`works.delivering`) has it closed; one that raises is
    run again after a back-off, at last given up. A worker that dies leaves its deliveries to the others.
    """

    def __init__(
        self,
        works: PgWorks,
        queue_url: str,
        handlers: Mapping[str, Handler],
        *,
        clock: Clock,
        schedules: Sequence[Schedule] = (),
        policies: Mapping[str, JobPolicy] | None = None,
        concurrency: int = 10,
        lease: timedelta = LEASE,
        queue_name: str = "socle",
    ) -> None:
        for schedule in schedules:
            if schedule.job not in handlers:
                raise ValueError(
                    f'The schedule "{schedule.cron}" names the job "{schedule.job}", which has no handler.'
                )
        self.id: UUID = new_id()
        self.outbox = Outbox(works)
        self._works = works
        self._queue_url = queue_url
        self._queue_name = queue_name
        self._handlers = handlers
        self._schedules = schedules
        self._clock = clock
        self._policies = policies or {}
        self._concurrency = concurrency
        self._lease = lease
        self._running: dict[UUID, int] = {}
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()

    async def run(self) -> None:
        """Run, once, until `stop` is called or the task is cancelled. Raises `RuntimeError` where the queue's tables
        are missing; outages of the database and the queue after that are waited for."""
        self._stopped.clear()
        try:
            queue = make_queue(self._queue_url, name=self._queue_name, max_size=self._concurrency + 4)
            try:
                await queue.connect()
                await self._run_on(queue)
            finally:
                await queue.disconnect()
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """End `run`: handlers have some seconds to finish, what is left is handed to the other workers."""
        self._stopping.set()
        await self._stopped.wait()

    async def _run_on(self, queue: Queue) -> None:
        saq = self._saq(queue)
        relay = Relay(
            self._works.database,
            self.outbox,
            queue,
            self._handlers.keys(),
            lease=self._lease,
            timeout_of=lambda subscriber: self._policies.get(subscriber, DELIVERY).timeout,
        )
        scheduler = Scheduler(self.outbox, self._schedules, self._clock)
        stopping = asyncio.create_task(self._stopping.wait())
        processing = asyncio.create_task(saq.start())
        loops = [asyncio.create_task(each) for each in (relay.run(), scheduler.run())]
        pulse = asyncio.create_task(self._pulse())
        everything = [stopping, processing, *loops, pulse]
        try:
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for task in loops:
                task.cancel()
            await self._finish(saq)
            processing.cancel()
            # The pulse ends last: it keeps the leases of handlers that are finishing.
            pulse.cancel()
            outcomes = await asyncio.gather(*everything, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        await self._leave()

    def _saq(self, queue: Queue) -> Worker[Any]:
        worker: Worker[Any] = Worker(
            queue,
            functions=[(DELIVER, self._deliver)],
            concurrency=self._concurrency,
            timers={"schedule": 1, "worker_info": 10, "sweep": SWEEP_SECONDS, "abort": 5},
            dequeue_timeout=5,
            # SAQ's own grace would wait for its idle tasks too; `_finish` ends those, so it is never used up.
            shutdown_grace_period_s=2 * GRACE_SECONDS,
            cancellation_hard_deadline_s=GRACE_SECONDS,
        )
        # Signals are the server's; SAQ would take its handlers away.
        worker.SIGNALS = []
        return worker

    async def _finish(self, saq: Worker[Any]) -> None:
        """Let handlers finish for a while, then cancel what is left; idle tasks of SAQ's are not waited for."""
        tasks = set(saq.tasks)
        saq.event.set()
        waited = 0.0
        while self._running and waited < GRACE_SECONDS:
            await asyncio.sleep(0.05)
            waited += 0.05
        for task in tasks:
            task.cancel()
        end = asyncio.get_running_loop().time() + GRACE_SECONDS
        while tasks and asyncio.get_running_loop().time() < end:
            _, tasks = await asyncio.wait(tasks, timeout=0.1)
            if not self._running:
                # Once is not enough: SAQ's upkeep may pass over a cancellation, and goes to sleep for seconds. A
                # handler hears it once, and hands its delivery over in peace.
                for task in tasks:
                    task.cancel()
        await saq.stop()

    async def _pulse(self) -> None:
        host, process = socket.gethostname(), os.getpid()
        while True:
            try:
                await self.outbox.mark_seen(self.id, host, process, len(self._running))
                if self._running:
                    await self.outbox.renew(dict(self._running), self._lease)
            except Exception:
                logger.exception("The worker could not renew its leases; it tries again.")
            await asyncio.sleep(min(5.0, self._lease.total_seconds() / 4))

    async def _leave(self) -> None:
        try:
            await self.outbox.leave(self.id)
        except Exception:
            logger.warning("The worker could not sign off; it counts as alive for a moment.", exc_info=True)

    async def _deliver(self, _: Any, *, delivery: str, seen: int) -> None:
        begun = await self.outbox.begin(UUID(delivery), seen, self._lease)
        if begun is None:
            return
        self._running[begun.id] = begun.attempt
        try:
            await self._handle(begun)
        finally:
            self._running.pop(begun.id, None)

    def _policy(self, delivery: Delivery) -> JobPolicy:
        fallback = SCHEDULED if delivery.topic == SCHEDULE_TOPIC else DELIVERY
        return self._policies.get(delivery.subscriber, fallback)

    async def _handle(self, delivery: Delivery) -> None:
        policy = self._policy(delivery)
        if delivery.attempt > policy.max_attempts:
            await self.outbox.fail(delivery, "given up: the worker died in the last attempt")
            return
        try:
            async with asyncio.timeout(policy.timeout):
                await self._handlers[delivery.subscriber](delivery)
            await self.outbox.close(delivery)
        except AlreadyDelivered:
            return
        except asyncio.CancelledError:
            await self.outbox.try_again(delivery, timedelta(), "interrupted: the worker stopped")
            raise
        except GiveUp as error:
            logger.error("Gave up %s %s: %s", delivery.subscriber, delivery.id, error)
            await self.outbox.fail(delivery, str(error))
        except Exception as error:
            logger.exception("Attempt %d of %s %s failed", delivery.attempt, delivery.subscriber, delivery.id)
            delay = policy.delay_after(delivery.attempt)
            reason = f"{type(error).__name__}: {error}"
            if delay is None:
                await self.outbox.fail(delivery, reason)
            else:
                await self.outbox.try_again(delivery, delay, reason)


async def workers_alive(works: PgWorks) -> int:
    """How many job workers are alive: seen within the last 20 seconds."""
    return await Outbox(works).workers_alive()
