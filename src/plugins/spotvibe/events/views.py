"""How views are counted: in the process, and written by the batch.

A view costs a request no write and no wait: it adds one to a number in memory. Once a second, as long as there are any,
the process writes what it counted, a thousand events in a statement, as additions, so that processes add up. An event
that somebody holds at that moment (a buyer, an organiser) is passed over and gets its views in the next round: a writer
of views never stands in a queue for a row. When the server stops gracefully, what is counted is written before the
database is closed, so that nothing is lost. A process that is killed loses the views of its last second; one whose
connection breaks in the very moment of a commit may count them twice.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from core.access.principal import SYSTEM
from core.work import Work, Works

FLUSH_SECONDS: Final = 1.0
BATCH: Final = 1_000

logger = logging.getLogger("socle.spotvibe")


class ViewStore(Protocol):
    """Where views are kept."""

    async def add_views(self, work: Work, views: Mapping[int, int], *, waiting: bool) -> Sequence[int]:
        """Add views to events and return those that took theirs: without `waiting`, events that somebody holds are
        passed over."""
        ...


class Views:
    """The views that this process has counted and not yet written."""

    def __init__(self, works: Works, store: ViewStore, seconds: float = FLUSH_SECONDS) -> None:
        self._works = works
        self._store = store
        self._seconds = seconds
        self._counted: Counter[int] = Counter()
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def note(self, key: int) -> None:
        """Count a view of an event."""
        self._counted[key] += 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what is counted; the database is still open."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        await self.flush(waiting=True)
        self._closing.clear()

    async def flush(self, *, waiting: bool = False) -> None:
        """Write what is counted. What cannot be written now is counted still."""
        taken, self._counted = self._counted, Counter()
        keys = sorted(taken)
        for start in range(0, len(keys), BATCH):
            views = {key: taken[key] for key in keys[start : start + BATCH]}
            written: Sequence[int] = ()
            try:
                written = await self._add(views, waiting=waiting)
            except Exception:
                logger.warning("views of events could not be written; they are kept", exc_info=True)
            finally:
                self._counted.update({key: views[key] for key in views.keys() - set(written)})

    async def _add(self, views: Mapping[int, int], *, waiting: bool) -> Sequence[int]:
        async with self._works.everywhere(SYSTEM) as work:
            written = await self._store.add_views(work, views, waiting=waiting)
            await work.commit()
        return written

    async def _write(self) -> None:
        try:
            while self._counted and not self._closing.is_set():
                await self._pause()
                await self.flush()
        finally:
            self._writing = None

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._closing.wait()
        except TimeoutError:
            return
