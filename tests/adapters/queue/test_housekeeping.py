"""Housekeeping deletes what has served its time and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.queue.housekeeping import HOUSEKEEPING, HOUSEKEEPING_SCHEDULE, Housekeeping
from core.primitives.ids import new_id
from core.work import Delivery
from tests.adapters.queue.stage import Stage, until

TIDY = Delivery(new_id(), "job", HOUSEKEEPING, {})


@pytest.mark.parametrize(
    ("table", "column", "kept", "others"),
    [
        ("outbox", "done_at", timedelta(days=7), {"topic": "t", "subscriber": "s", "payload": "{}"}),
        ("outbox", "failed_at", timedelta(days=90), {"topic": "t", "subscriber": "s", "payload": "{}"}),
        (
            "rate_window",
            "ends_at",
            timedelta(),
            {"key": "k", "count": 1, "starts_at": datetime(2026, 1, 1, tzinfo=UTC)},
        ),
        (
            "development_message",
            "sent_at",
            timedelta(days=7),
            {"channel": "email", "recipient": "r", "subject": "s", "body": "b"},
        ),
        ("job_worker", "seen_at", timedelta(days=1), {"host": "h", "process": 1}),
    ],
)
async def test_rows_go_when_their_time_is_over(
    jobs: Stage, table: str, column: str, kept: timedelta, others: dict[str, Any]
) -> None:
    await jobs.owner.execute(f"truncate {table}")
    now = await jobs.owner.fetchval("select now()")
    has_id = table != "rate_window"
    for minutes in (-2, 2):
        row = {**others, column: now - kept - timedelta(minutes=minutes)}
        row |= {"id": new_id()} if has_id else {"key": f"k{minutes}"}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await jobs.owner.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
    await Housekeeping(jobs.works).tidy(TIDY)
    assert await jobs.owner.fetchval(f"select array_agg({column}) from {table}") == [now - kept + timedelta(minutes=2)]


async def test_sessions_and_answers(jobs: Stage) -> None:
    account = new_id()
    await jobs.owner.execute(
        "insert into account (id, email, username) values ($1, $2, $2)", account, f"{account.hex}@exemple.bj"
    )
    for days in (29, 31):
        await jobs.owner.execute(
            "insert into session (id, account_id, refresh_id, address, agent, expires_at)"
            " values ($1, $2, $1, '', '', now() - $3::interval)",
            new_id(),
            account,
            timedelta(days=days),
        )
    for hours in (23, 25):
        await jobs.owner.execute(
            "insert into idempotent_answer (account_id, route, key, fingerprint, status, body, headers, created_at)"
            " values ($1, 'r', $2, '', 201, '', '{}', now() - $3::interval)",
            account,
            str(hours),
            timedelta(hours=hours),
        )
    await Housekeeping(jobs.works).tidy(TIDY)
    assert await jobs.owner.fetchval("select count(*) from session where account_id = $1", account) == 1
    assert await jobs.owner.fetchval("select key from idempotent_answer where account_id = $1", account) == "23"


async def test_open_deliveries_stay(jobs: Stage) -> None:
    await jobs.ask("of_a_plugin_switched_off")
    await jobs.owner.execute("update outbox set created_at = now() - interval '2 years', available_at = created_at")
    await Housekeeping(jobs.works).tidy(TIDY)
    assert len(await jobs.rows()) == 1


async def test_runs_by_its_schedule(jobs: Stage) -> None:
    await jobs.owner.execute(
        "insert into outbox (id, topic, subscriber, payload, done_at)"
        " select gen_random_uuid(), 't', 's', '{}', now() - interval '8 days' from generate_series(1, 4500)"
    )
    tidy = Housekeeping(jobs.works).tidy
    async with jobs.working({HOUSEKEEPING: tidy}, schedules=[HOUSEKEEPING_SCHEDULE]):
        await until(lambda: jobs.owner.fetchval("select count(*) = 1 and bool_and(done_at is not null) from outbox"))
