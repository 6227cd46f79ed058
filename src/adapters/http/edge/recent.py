"""How many requests were answered in the last minute, by one process or by several together.

Each process counts by the minute of the clock and publishes the present and the past minute. The last sixty seconds are
the present minute and as much of the past one as they reach into it, as if its requests had come evenly.
"""

from collections.abc import Iterable
from time import time

from prometheus_client import CollectorRegistry, Gauge, Metric

MINUTE = 60
NUMBER = "socle_http_minute"
COUNT = "socle_http_minute_requests"


class RecentRequests:
    """Counts the requests of this process by minute."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._minute = 0
        self._present = 0
        self._past = 0
        self._number = Gauge(
            NUMBER,
            "The minute of the clock (unix time) that a process counts requests in.",
            multiprocess_mode="liveall",
            registry=registry,
        )
        counts = Gauge(
            COUNT,
            "Requests that a process answered in that minute (present) and the one before (past).",
            ("minute",),
            multiprocess_mode="liveall",
            registry=registry,
        )
        self._shown_present, self._shown_past = counts.labels("present"), counts.labels("past")

    def count(self) -> None:
        """Count one request."""
        minute = int(time() // MINUTE)
        if minute != self._minute:
            self._past = self._present if minute == self._minute + 1 else 0
            self._minute, self._present = minute, 0
            self._number.set(minute)
            self._shown_past.set(self._past)
        self._present += 1
        self._shown_present.set(self._present)

    def last_minute(self) -> float:
        """How many this process counted in the last sixty seconds."""
        return _within_a_minute(self._minute, self._present, self._past)


def last_minute_of(families: Iterable[Metric]) -> float:
    """How many requests the processes counted together, by what they published."""
    published: dict[str, dict[str, float]] = {}
    for family in families:
        if family.name in (NUMBER, COUNT):
            for sample in family.samples:
                kind = sample.labels.get("minute", "number")
                published.setdefault(sample.labels.get("pid", ""), {})[kind] = sample.value
    return sum(
        _within_a_minute(int(each.get("number", 0)), each.get("present", 0), each.get("past", 0))
        for each in published.values()
    )


def _within_a_minute(minute: int, present: float, past: float) -> float:
    """The requests of the last sixty seconds, of a process that last counted in a minute of the clock."""
    now, gone = divmod(time(), MINUTE)
    reach = 1 - gone / MINUTE
    if minute == int(now):
        return present + past * reach
    return present * reach if minute == int(now) - 1 else 0.0
