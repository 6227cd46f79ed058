"""The simulator's time: the real one, and how far the control API has moved it."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.clock import SystemClock
from core.primitives.clock import Clock

Action = Callable[[], object]


class SimulatedClock:
    """Tells the time and runs timers, in the order of their moments, when the time passes them: by itself or moved."""

    def __init__(self, wall: Clock | None = None) -> None:
        self._wall = wall or SystemClock()
        self._offset = timedelta()
        self._timers: list[tuple[datetime, int, Action]] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    def now(self) -> datetime:
        """Return the simulated moment, in UTC."""
        return self._wall.now() + self._offset

    @property
    def moved(self) -> timedelta:
        """How far the clock is ahead of the real time."""
        return self._offset

    def after(self, seconds: float, action: Action) -> None:
        """Run an action once the clock is that much later. Needs a running event loop."""
        heapq.heappush(self._timers, (self.now() + timedelta(seconds=seconds), next(self._numbers), action))
        self._set_alarm()

    def move(self, seconds: float) -> None:
        """Move forward. What falls due on the way runs before this returns, each at its own moment.

        Raises `ValueError` for a move backwards: an operator's day has no such thing.
        """
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        target = self._offset + timedelta(seconds=seconds)
        while self._timers and self._timers[0][0] <= self._wall.now() + target:
            due, _, action = heapq.heappop(self._timers)
            self._offset = max(self._offset, due - self._wall.now())
            action()
        self._offset = target
        self._set_alarm()

    def reset(self) -> None:
        """Forget all timers and return to the real time."""
        self._timers.clear()
        self._offset = timedelta()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._timers:
            wait = (self._timers[0][0] - self.now()).total_seconds()
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, wait), self._run_due)

    def _run_due(self) -> None:
        self._alarm = None
        try:
            while self._timers and self._timers[0][0] <= self.now():
                _, _, action = heapq.heappop(self._timers)
                action()
        finally:
            self._set_alarm()
