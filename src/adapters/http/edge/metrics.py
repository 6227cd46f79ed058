"""Metrics for Prometheus, of one process or of several together."""

import os
from collections.abc import Awaitable, Callable, Iterator
from inspect import isawaitable
from pathlib import Path
from time import monotonic, perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from adapters.http.edge.asgi import App, Receive, Scope, Send, route_of
from adapters.http.edge.metrics_folder import VARIABLE
from adapters.http.edge.recent import RecentRequests, last_minute_of

CONTENT_TYPE = "text/plain; version=0.0.4"
UNROUTED = "unrouted"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_MEMORY_SECONDS = 5.0
_PAGE = os.sysconf("SC_PAGE_SIZE")

Reading = Callable[[], float | Awaitable[float]]


class Metrics:
    """The metrics of a server: requests by method, route template and status, their durations by method and route,
    unhandled exceptions, resident memory of each process, and gauges that are read when asked for.

    Where `prepare_metrics_folder` was called, `render` sums up all processes; counts of a process that has ended
    stay in the sums, its memory goes.
    """

    def __init__(self) -> None:
        folder = os.environ.get(VARIABLE)
        self._folder = Path(folder) if folder else None
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "socle_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._durations = Histogram(
            "socle_http_request_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._failures = Counter(
            "socle_http_unhandled_exceptions", "Unhandled exceptions.", ("route",), registry=self._registry
        )
        self._memory = Gauge(
            "socle_process_resident_bytes",
            "Resident memory of a server process.",
            multiprocess_mode="liveall",
            registry=self._registry,
        )
        self._recent = RecentRequests(self._registry)
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._readings: list[tuple[str, str, Reading]] = []
        self._memory_read = 0.0

    def gauge(self, name: str, description: str, read: Reading) -> None:
        """Add a gauge whose value is read, by a plain or an async callable, whenever the metrics are asked for: the
        depth of a queue, for instance. It speaks of the whole installation, whichever process answers."""
        self._readings.append((name, description, read))

    def record(self, method: str, route: str, status: int, seconds: float, *, failed: bool = False) -> None:
        """Count one request. `route` is a template, never a path."""
        key = (method if method in _METHODS else "OTHER", route or UNROUTED, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = (
                self._requests.labels(key[0], key[1], str(status)),
                self._durations.labels(key[0], key[1]),
            )
        self._recent.count()
        child[0].inc()
        child[1].observe(seconds)
        if failed:
            self._failures.labels(key[1]).inc()
        now = monotonic()
        if now - self._memory_read > _MEMORY_SECONDS:
            self._memory_read = now
            self._memory.set(resident_bytes())

    def last_minute(self) -> int:
        """How many requests were answered in the last sixty seconds, by all processes together."""
        if self._folder is None:
            return round(self._recent.last_minute())
        _forget_dead(self._folder)
        return round(last_minute_of(MultiProcessCollector(CollectorRegistry(), path=str(self._folder)).collect()))  # type: ignore[no-untyped-call]

    async def render(self) -> bytes:
        """The metrics in the text format, version 0.0.4."""
        self._memory.set(resident_bytes())
        readings = []
        for name, description, read in self._readings:
            value = read()
            readings.append(GaugeMetricFamily(name, description, float(await value if isawaitable(value) else value)))
        if self._folder is None:
            return generate_latest(self._registry) + generate_latest(_registry_of(readings))
        _forget_dead(self._folder)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(together) + generate_latest(_registry_of(readings))


class _Readings(Collector):
    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return iter(self._families)


def _registry_of(families: list[GaugeMetricFamily]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Readings(families))
    return registry


def resident_bytes() -> int:
    """The resident memory of this process (Linux: proc(5), statm)."""
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE


def _forget_dead(folder: Path) -> None:
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            file.unlink(missing_ok=True)


class Recording:
    """Counts every request in the metrics."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            socle = scope["socle"]
            self._metrics.record(
                scope["method"],
                route_of(scope),
                socle["status"] or 0,
                perf_counter() - socle["started"],
                failed=socle.get("failed", False),
            )
