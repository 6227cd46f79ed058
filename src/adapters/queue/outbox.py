"""The outbox as the relay and the workers use it.

A delivery is open until it is done or failed. Whoever wants to act on it moves `available_at` ahead (a lease); a
lease that is not renewed ends by itself. `attempts` is the fence: a run begins only where it is what the relay saw,
so that the same delivery enqueued twice runs once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from adapters.db.work import OUTBOX_CHANNEL, PgWorks
from core.access.principal import SYSTEM
from core.jobs.report import JobsReport
from core.work import Delivery

SCHEDULE_TOPIC = "schedule"
ALIVE_WITHIN = timedelta(seconds=20)
MAX_ERROR_LENGTH = 1000

_LEASE = """
with due as (
    select id from outbox
    where done_at is null and failed_at is null and available_at <= now() and subscriber = any($1)
    order by available_at, id limit $2 for update skip locked
)
update outbox o set available_at = now() + $3 from due where o.id = due.id
returning o.id, o.topic, o.subscriber, o.attempts, o.available_at
"""
_BEGIN = """
update outbox set attempts = attempts + 1, available_at = now() + $3
where id = $1 and attempts = $2 and done_at is null and failed_at is null
returning id, topic, subscriber, payload, attempts
"""
_RENEW = """
update outbox o set available_at = now() + $3 from unnest($1::uuid[], $2::int[]) held(id, attempt)
where o.id = held.id and o.attempts = held.attempt and o.done_at is null and o.failed_at is null
"""
_CLOSE = "update outbox set done_at = now(), payload = '{}' where id = $1 and done_at is null"
_RETRY = """
update outbox set available_at = now() + $3, last_error = $4
where id = $1 and attempts = $2 and done_at is null and failed_at is null
"""
_FAIL = """
update outbox set failed_at = now(), last_error = $3
where id = $1 and attempts = $2 and done_at is null and failed_at is null
"""
_TICK = """
with added as (
    insert into outbox (id, topic, subscriber, payload)
    select $1, $2, $3, $4 where not exists (
        select from outbox where subscriber = $3 and topic = $2 and done_at is null and failed_at is null
    )
    on conflict (id) do nothing returning pg_notify($5, '')
)
select exists (select from added) or exists (select from outbox where id = $1)
"""
_REOPEN = """
update outbox set failed_at = null, attempts = 0, available_at = now()
where failed_at is not null and done_at is null and ($1::text is null or subscriber = $1)
"""
_WAITING = """
select subscriber, count(*) as number, min(created_at) as oldest
from outbox where done_at is null and failed_at is null group by subscriber
"""
_FAILED = """
select subscriber, count(*) as number from outbox where failed_at is not null and done_at is null group by subscriber
"""
_ALIVE = "select count(*) from job_worker where seen_at > now() - $1::interval"
_SEEN = """
insert into job_worker (id, host, process, running) values ($1, $2, $3, $4)
on conflict (id) do update set running = excluded.running, seen_at = now()
"""


class Lease(msgspec.Struct, frozen=True):
    """An open delivery that the relay has taken. `key` differs from lease to lease, so that a queue that still holds
    the remains of an earlier one (a worker killed between taking and beginning) does not refuse it."""

    id: UUID
    topic: str
    subscriber: str
    attempts: int
    key: str


class Outbox:
    """Leases, runs and closes deliveries, each step in a short transaction as the global role."""

    def __init__(self, works: PgWorks) -> None:
        self._works = works

    async def lease(self, handlers: Iterable[str], limit: int, lasting: timedelta) -> list[Lease]:
        """Take up to `limit` open deliveries that have one of these handlers, oldest first. Others stay untouched."""
        records = await self._fetch(_LEASE, sorted(handlers), limit, lasting)
        return [
            Lease(
                record["id"],
                record["topic"],
                record["subscriber"],
                record["attempts"],
                f"{record['id']}:{int(record['available_at'].timestamp() * 1000)}",
            )
            for record in records
        ]

    async def begin(self, delivery: UUID, seen: int, lasting: timedelta) -> Delivery | None:
        """Begin a run, where the delivery is open and its attempts are still those that the relay saw."""
        records = await self._fetch(_BEGIN, delivery, seen, lasting)
        for record in records:
            return Delivery(
                record["id"], record["topic"], record["subscriber"], record["payload"], attempt=record["attempts"]
            )
        return None

    async def renew(self, running: Mapping[UUID, int], lasting: timedelta) -> None:
        """Keep the leases of running deliveries, named with their attempt."""
        ids = sorted(running)
        await self._fetch(_RENEW, ids, [running[each] for each in ids], lasting)

    async def close(self, delivery: Delivery) -> None:
        """Close a delivery that its handler has not closed itself."""
        await self._fetch(_CLOSE, delivery.id)

    async def try_again(self, delivery: Delivery, delay: timedelta, error: str) -> None:
        """Have a delivery run again after a delay."""
        await self._fetch(_RETRY, delivery.id, delivery.attempt, delay, error[:MAX_ERROR_LENGTH])

    async def fail(self, delivery: Delivery, error: str) -> None:
        """Give a delivery up. It stays visible with its payload until it is reopened or housekeeping takes it."""
        await self._fetch(_FAIL, delivery.id, delivery.attempt, error[:MAX_ERROR_LENGTH])

    async def add_tick(self, tick: UUID, job: str, payload: dict[str, Any]) -> bool:
        """Record the run of a scheduled job; whether this tick is recorded, now or before.

        It is not where an earlier run of the job is still open: ticks do not pile up behind a slow job.
        """
        records = await self._fetch(_TICK, tick, SCHEDULE_TOPIC, job, payload, OUTBOX_CHANNEL)
        return bool(records[0][0])

    async def reopen(self, handler: str | None = None) -> None:
        """Try failed deliveries again: one handler's, or all."""
        await self._fetch(_REOPEN, handler)

    async def mark_seen(self, worker: UUID, host: str, process: int, running: int) -> None:
        """Say that a worker is alive."""
        await self._fetch(_SEEN, worker, host, process, running)

    async def leave(self, worker: UUID) -> None:
        """Say that a worker has stopped."""
        await self._fetch("delete from job_worker where id = $1", worker)

    async def workers_alive(self) -> int:
        """How many job workers were seen within the last 20 seconds."""
        return int((await self._fetch(_ALIVE, ALIVE_WITHIN))[0][0])

    async def report(self, handlers: Iterable[str]) -> JobsReport:
        """The state of the outbox, as seen by an installation that has these handlers."""
        known = frozenset(handlers)
        waiting = await self._fetch(_WAITING)
        failed = await self._fetch(_FAILED)
        return JobsReport(
            waiting={record["subscriber"]: record["number"] for record in waiting},
            orphaned={r["subscriber"]: r["number"] for r in waiting if r["subscriber"] not in known},
            failed={record["subscriber"]: record["number"] for record in failed},
            oldest=min((r["oldest"] for r in waiting if r["subscriber"] in known), default=None),
            workers=await self.workers_alive(),
        )

    async def _fetch(self, sql: str, *arguments: Any) -> Sequence[Any]:
        async with self._works.everywhere(SYSTEM) as work:
            records: Sequence[Any] = await work.connection.fetch(sql, *arguments)
            await work.commit()
        return records
