"""Metrics of one process and of several."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Response, get
from litestar.params import FromPath

from adapters.http.edge.metrics import Metrics
from adapters.http.edge.metrics_folder import prepare_metrics_folder
from adapters.http.edge.metrics_route import metrics_handler
from adapters.http.edge.settings import EdgeSettings
from adapters.http.edge.stack import edge
from core.primitives.errors import DomainError
from tests.adapters.http.edge.drive import answering, ask, refuse

LOOPBACK = ("127.0.0.1", 1)


@get("/ventes/{number:int}")
async def read_vente(number: FromPath[int]) -> dict[str, int]:
    """Read one."""
    return {"id": number}


async def test_requests_are_counted_by_template_and_never_by_path() -> None:
    metrics = Metrics()
    app = edge(Litestar([read_vente], openapi_config=None), EdgeSettings(), refuse, metrics)
    for number in range(20):
        await ask(app, f"/ventes/{number}")
        await ask(app, f"/nowhere/{number}")
        await ask(app, "/", method=f"M{number}")
    text = (await metrics.render()).decode()
    assert 'socle_http_requests_total{method="GET",route="/ventes/{number}",status="200"} 20.0' in text
    assert 'socle_http_requests_total{method="GET",route="unrouted",status="404"} 20.0' in text
    assert 'socle_http_request_seconds_count{method="GET",route="/ventes/{number}"} 20.0' in text
    assert "/nowhere" not in text
    assert "M3" not in text
    assert text.count("socle_http_requests_total{") == 3


async def test_failures_memory_and_gauges() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError

    async def depth() -> float:
        return 7

    metrics = Metrics()
    metrics.gauge("socle_outbox_open", "Open deliveries.", depth)
    metrics.gauge("socle_queue_depth", "Jobs waiting.", lambda: 3)
    await ask(edge(app, EdgeSettings(), refuse, metrics))
    text = (await metrics.render()).decode()
    assert 'socle_http_unhandled_exceptions_total{route="unrouted"} 1.0' in text
    assert "socle_outbox_open 7.0" in text
    assert "socle_queue_depth 3.0" in text
    (memory,) = [line for line in text.splitlines() if line.startswith("socle_process_resident_bytes")]
    assert float(memory.split()[1]) > 10_000_000


async def test_only_metrics_networks_may_read_them() -> None:
    metrics, settings = Metrics(), EdgeSettings()
    seen: list[str] = []

    def answer_missing(request: Any, error: DomainError) -> Any:
        seen.append(error.kind)
        return Response(b"", status_code=404)

    app = edge(
        Litestar(
            [metrics_handler(metrics, settings)], openapi_config=None, exception_handlers={DomainError: answer_missing}
        ),
        settings,
        refuse,
        metrics,
    )
    answer = await ask(app, "/metrics", client=LOOPBACK)
    assert (answer.status, answer.header("content-type")) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert (await ask(app, "/metrics", client=("203.0.113.9", 1))).status == 404
    assert (await ask(app, "/metrics", client=None)).status == 404
    assert seen == ["missing", "missing"]


WORKER = """
import asyncio, sys
from adapters.http.edge.metrics import Metrics
metrics = Metrics()
for _ in range(int(sys.argv[1])):
    metrics.record("GET", "/a", 200, 0.01)
if len(sys.argv) > 2:
    sys.stdout.write(asyncio.run(metrics.render()).decode())
"""


def test_several_processes_are_summed_and_the_dead_keep_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("prometheus_client")]:
        monkeypatch.delitem(sys.modules, name)
    stale = tmp_path / "metrics" / "counter_1.db"
    stale.parent.mkdir()
    stale.write_bytes(b"old")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    assert prepare_metrics_folder(tmp_path) == tmp_path / "metrics"
    assert not stale.exists()

    def work(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, "-c", WORKER, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return done.stdout

    work("3")
    text = work("4", "render")
    assert 'socle_http_requests_total{method="GET",route="/a",status="200"} 7.0' in text
    assert 'socle_http_request_seconds_count{method="GET",route="/a"} 7.0' in text
    assert text.count("socle_process_resident_bytes{") == 1


def test_a_late_metrics_folder_is_refused(tmp_path: Path) -> None:
    assert "prometheus_client" in sys.modules
    with pytest.raises(RuntimeError, match="before"):
        prepare_metrics_folder(tmp_path)


async def test_unmeasured_without_metrics() -> None:
    assert (await ask(edge(answering(), EdgeSettings(), refuse))).status == 200
