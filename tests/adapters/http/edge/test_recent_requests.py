"""The requests of the last minute: as the clock passes, and of several processes together."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from adapters.http.edge import recent
from adapters.http.edge.recent import RecentRequests, last_minute_of

START = 1_800_000_000.0
"""The beginning of a minute of the clock."""


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock of the module."""
    found = Hands()
    monkeypatch.setattr(recent, "time", found)
    return found


def counted(requests: RecentRequests, number: int) -> None:
    """Count requests."""
    for _ in range(number):
        requests.count()


def test_a_minute_slides(hands: Hands) -> None:
    requests = RecentRequests(CollectorRegistry())
    assert requests.last_minute() == 0
    counted(requests, 60)
    hands.now = START + 59
    assert requests.last_minute() == 60
    hands.now = START + 60
    counted(requests, 10)
    assert requests.last_minute() == 70
    hands.now = START + 90
    assert requests.last_minute() == 40
    hands.now = START + 119
    counted(requests, 5)
    assert requests.last_minute() == pytest.approx(15 + 60 / 60)


def test_who_counts_nothing_more_fades_away(hands: Hands) -> None:
    requests = RecentRequests(CollectorRegistry())
    counted(requests, 60)
    hands.now = START + 105
    assert requests.last_minute() == pytest.approx(15)
    hands.now = START + 120
    assert requests.last_minute() == 0
    hands.now = START + 300
    counted(requests, 1)
    assert requests.last_minute() == 1


def test_what_is_published_says_the_same(hands: Hands) -> None:
    registry = CollectorRegistry()
    requests = RecentRequests(registry)
    counted(requests, 30)
    hands.now = START + 75
    counted(requests, 4)
    assert last_minute_of(registry.collect()) == requests.last_minute() == pytest.approx(4 + 30 * 0.75)


WORKER = """
import sys
from adapters.http.edge.metrics import Metrics
metrics = Metrics()
for _ in range(int(sys.argv[1])):
    metrics.record("GET", "/a", 200, 0.01)
print(metrics.last_minute(), flush=True)
sys.stdin.read()
"""


def test_processes_count_together_and_the_dead_no_more(tmp_path: Path) -> None:
    path = os.pathsep.join(each for each in sys.path if each)
    environment = {**os.environ, "PYTHONPATH": path, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def start(number: int) -> Any:
        command = [sys.executable, "-c", WORKER, str(number)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def count_of(process: Any) -> int:
        return int(process.stdout.readline())

    def end(process: Any) -> None:
        process.communicate(timeout=30)

    first = start(3)
    assert count_of(first) == 3
    second = start(4)
    # a minute of the clock may end in between, and what was counted in it begins to fade
    assert count_of(second) in (6, 7)
    end(first)
    third = start(1)
    assert count_of(third) in (4, 5)
    end(second)
    end(third)
