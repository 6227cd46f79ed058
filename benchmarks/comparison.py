"""All servers take turns, request by request, round by round; medians stand for them."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from benchmarks.cases import Case
from benchmarks.load import run
from benchmarks.servers import Server


class Measured(NamedTuple):
    """One request on one server: medians over the rounds, CPU of the web processes in milliseconds a request."""

    requests_per_second: float
    p50: float
    p99: float
    cpu: float
    failures: int


def compare(
    servers: list[Server],
    cases: list[Case],
    *,
    after_writes: Callable[[], None],
    connections: int,
    seconds: float,
    rounds: int,
) -> dict[tuple[str, str], Measured]:
    """Measure every case on every server. Cases without targets are measured on the first server alone. What
    writes leave behind for a worker is settled by `after_writes`."""
    kept: dict[tuple[str, str], list[Measured]] = {}
    for turn in range(-1, rounds):
        for case in cases:
            taking_part = servers if case.targets else servers[:1]
            shift = turn % len(taking_part)
            for server in taking_part[shift:] + taking_part[:shift]:
                # the round before the first one warms up and is not kept
                figures = _measure(server, case, connections, seconds if turn >= 0 else min(1.0, seconds))
                if turn >= 0:
                    kept.setdefault((case.name, server.name), []).append(figures)
                if case.writes:
                    after_writes()
        print(f"round {turn + 1} of {rounds}" if turn >= 0 else "warmed up", flush=True)
    return {key: _medians(each) for key, each in kept.items()}


def _measure(server: Server, case: Case, connections: int, seconds: float) -> Measured:
    before = server.cpu_seconds()
    figures = run(server.port, case.request(server.port), connections=connections, seconds=seconds)
    cpu = (server.cpu_seconds() - before) / figures.requests * 1000
    return Measured(figures.requests_per_second, figures.p50, figures.p99, cpu, figures.failures)


def _medians(rounds: list[Measured]) -> Measured:
    speed, p50, p99, cpu, _ = (median(column) for column in zip(*rounds, strict=True))
    return Measured(speed, p50, p99, cpu, sum(each.failures for each in rounds))


def grow(
    small: tuple[Server, list[Case]],
    large: tuple[Server, list[Case]],
    *,
    connections: int,
    seconds: float,
    rounds: int,
) -> dict[str, tuple[Measured, Measured]]:
    """Measure the same cases on an installation and on a larger one, in turns."""
    kept: dict[str, tuple[list[Measured], list[Measured]]] = {}
    for turn in range(-1, rounds):
        for pair in zip(small[1], large[1], strict=True):
            for index, (server, case) in enumerate(zip((small[0], large[0]), pair, strict=True)):
                figures = _measure(server, case, connections, seconds if turn >= 0 else min(1.0, seconds))
                if turn >= 0:
                    kept.setdefault(case.name, ([], []))[index].append(figures)
    return {name: (_medians(one), _medians(other)) for name, (one, other) in kept.items()}
