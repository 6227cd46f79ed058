"""Readings of the running system, and who may see anything of administration (contracts/spotvibe.md section 8)."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from core.primitives.ids import new_id
from core.vitals import Reach
from plugins.spotvibe.admin.system_service import System
from tests.architecture.operations import Declared, declared
from tests.matrices.footprint import footprint
from tests.scene import Scene

OPERATIONS = sorted(
    (each for each in declared("spotvibe") if each.path.startswith("/api/admin/")), key=lambda each: each.name
)
BODIES = {
    "run_bulk_action": {"action_type": "deactivate_users", "object_ids": ["{person}"]},
    "run_quick_action": {"action_name": "toggle_maintenance_mode", "value": False},
}
"""What each writing operation is asked for, so that who may does something."""


async def test_health_reads_the_real_components(scene: Scene) -> None:
    staff = await scene.person(staff=True)
    owner = scene.owner
    await owner.execute("delete from job_worker")
    shown = await staff.client.get("/api/admin/system/health/")
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    body = shown.json()
    latency = body["database"].pop("latency_ms")
    assert isinstance(latency, int)
    assert 1 <= latency < 2_000
    assert body == {
        "overall_status": "DEGRADED",
        "database": {"status": "connected"},
        "redis": {"status": "not_configured"},
        "queue": {"status": "connected"},
        "celery_workers": {"status": "inactive", "count": 0},
    }
    for seconds in (1, 5, 3600):
        await owner.execute(
            "insert into job_worker (id, host, process, seen_at) values ($1, 'ici', 1, now() - $2::interval)",
            new_id(),
            timedelta(seconds=seconds),
        )
    try:
        body = (await staff.client.get("/api/admin/system/health/")).json()
        assert body["celery_workers"] == {"status": "active", "count": 2}
        assert body["overall_status"] == "OK"
    finally:
        await owner.execute("delete from job_worker")


class Readings:
    """An installation as a test says it is."""

    def __init__(self, database: timedelta | None, redis: Reach, queue: Reach, workers: int) -> None:
        self._database, self._redis, self._queue, self._workers = database, redis, queue, workers

    async def database(self) -> timedelta | None:
        """How long the database takes."""
        return self._database

    async def redis(self) -> Reach:
        """Whether Redis answers."""
        return self._redis

    async def queue(self) -> Reach:
        """Whether the queue answers."""
        return self._queue

    async def workers(self) -> int:
        """How many workers there are."""
        return self._workers


@pytest.mark.parametrize(
    ("database", "redis", "queue", "workers", "overall"),
    [
        (1.2, Reach.CONNECTED, Reach.CONNECTED, 1, "OK"),
        (1.2, Reach.NOT_CONFIGURED, Reach.CONNECTED, 1, "OK"),
        (1.2, Reach.UNREACHABLE, Reach.UNREACHABLE, 1, "DEGRADED"),
        (1.2, Reach.CONNECTED, Reach.CONNECTED, 0, "DEGRADED"),
        (None, Reach.CONNECTED, Reach.CONNECTED, 1, "ERROR"),
    ],
)
async def test_the_whole_is_as_well_as_its_parts(
    database: float | None, redis: Reach, queue: Reach, workers: int, overall: str
) -> None:
    latency = None if database is None else timedelta(milliseconds=database)
    vitals: Any = Readings(latency, redis, queue, workers)
    found = await System(vitals).health()
    assert (found.overall_status, found.database.latency_ms) == (overall, None if database is None else 2)


async def test_metrics_are_measured(scene: Scene) -> None:
    staff = await scene.person(staff=True)
    before = (await staff.client.get("/api/admin/metrics/")).json()
    for share in ("cpu_usage", "memory_usage"):
        assert re.fullmatch(r"\d{1,3}%", before[share])
        assert 0 <= int(before[share][:-1]) <= 100
    assert before["database_connections"] == await scene.owner.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database()"
    )
    for _ in range(20):
        await scene.api().get("/api/core/info/")
    after = (await staff.client.get("/api/admin/metrics/")).json()
    # a minute of the clock may end in between: what was counted in it fades as it passes
    assert after["api_request_rate_per_minute"] >= before["api_request_rate_per_minute"] + 15


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_staff_alone_are_admitted(scene: Scene, operation: Declared) -> None:
    person = await scene.person()
    stranger = await scene.person(profile=False)
    staff, superuser = await scene.person(staff=True), await scene.person(profile=False, superuser=True)
    body = BODIES.get(operation.name)
    options: dict[str, Any] = {}
    if body is not None:
        options = {"json": {**body, **({"object_ids": [person.id]} if "object_ids" in body else {})}}
    before = await footprint(scene.owner)
    for client, status in ((scene.api(), 401), (stranger.client, 403), (person.client, 403)):
        refused = await client.request(operation.method, operation.path, **options)
        assert refused.status_code == status, refused.text
        assert set(refused.json()) == {"error", "code"}
    assert await footprint(scene.owner) == before, "refused, and something has changed"
    for who in (staff, superuser):
        answer = await who.client.request(operation.method, operation.path, **options)
        assert answer.status_code == 200, answer.text
    await asyncio.sleep(0)


def test_the_matrix_covers_every_documented_endpoint() -> None:
    documented = {
        "/api/admin/dashboard/",
        "/api/admin/stats/users/",
        "/api/admin/stats/events/",
        "/api/admin/stats/payments/",
        "/api/admin/system/health/",
        "/api/admin/actions/",
        "/api/admin/bulk-action/",
        "/api/admin/quick-action/",
        "/api/admin/metrics/",
    }
    assert {operation.path for operation in OPERATIONS} == documented | {"/api/admin/verifications/"}
