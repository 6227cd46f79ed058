"""Figures that are counted at most once in a while (DECISIONS.md section 2, "Figures")."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")

REMEMBERED_SECONDS: Final = 60.0


class Remembered(Generic[T]):
    """The outcome of a count, remembered for `seconds`; callers that come while it is counted wait for the same one."""

    def __init__(self, count: Callable[[], Awaitable[T]], seconds: float = REMEMBERED_SECONDS) -> None:
        self._count = count
        self._seconds = seconds
        self._found: tuple[float, T] | None = None
        self._counting = asyncio.Lock()

    async def get(self) -> T:
        """Return what was counted last, or count."""
        fresh = self._fresh()
        if fresh is None:
            async with self._counting:
                fresh = self._fresh()
                if fresh is None:
                    fresh = (monotonic() + self._seconds, await self._count())
                    self._found = fresh
        return fresh[1]

    def _fresh(self) -> tuple[float, T] | None:
        return self._found if self._found is not None and self._found[0] > monotonic() else None
