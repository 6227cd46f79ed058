"""The relay: carries what is due from the outbox to the queue.

It leases in one short transaction, commits, then enqueues. What the queue loses, or refuses, comes again when the
lease ends.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from saq.queue import Queue

from adapters.db.database import Database
from adapters.db.work import OUTBOX_CHANNEL
from adapters.queue.outbox import Lease, Outbox

logger = logging.getLogger("socle.jobs")

BATCH = 100
POLL_SECONDS = 1.0
HIGH_WATER = 1000
"""Above so many jobs waiting in the queue nothing more is leased: leases would only run out there."""
TIMEOUT_MARGIN = 60
DELIVER = "deliver"


class Relay:
    """Leases open deliveries and enqueues them. Woken by `NOTIFY`, and every second without."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        queue: Queue,
        handlers: Collection[str],
        *,
        lease: timedelta,
        timeout_of: Callable[[str], float],
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._queue = queue
        self._handlers = handlers
        self._lease = lease
        self._timeout_of = timeout_of
        self._due = asyncio.Event()
        self._listener: Any = None
        self._lost = False

    async def run(self) -> None:
        """Carry deliveries until cancelled. Errors of the database and the queue are logged and outlived."""
        try:
            while True:
                try:
                    await self._listen()
                    self._due.clear()
                    while await self.carry() == BATCH:
                        if await self._queue.count("queued") >= HIGH_WATER:
                            break
                except Exception:
                    logger.exception("The relay could not carry what is due; it tries again.")
                    self._due.clear()
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._due.wait()
                except TimeoutError:
                    continue
        finally:
            await self._stop_listening()

    async def carry(self) -> int:
        """Lease and enqueue one batch; how many deliveries it had."""
        leases = await self._outbox.lease(self._handlers, BATCH, self._lease)
        await asyncio.gather(*(self._enqueue(lease) for lease in leases))
        return len(leases)

    async def _enqueue(self, lease: Lease) -> None:
        # One attempt for SAQ and nothing kept: retries, back-off and recovery are the outbox's.
        await self._queue.enqueue(
            DELIVER,
            key=lease.key,
            retries=1,
            ttl=-1,
            timeout=int(self._timeout_of(lease.subscriber)) + TIMEOUT_MARGIN,
            delivery=str(lease.id),
            seen=lease.attempts,
        )

    def _wake(self, *_: Any) -> None:
        self._due.set()

    def _lose(self, _: Any) -> None:
        self._lost = True
        self._due.set()

    async def _listen(self) -> None:
        if self._listener is not None and not self._lost:
            return
        await self._stop_listening()
        connection = await self._database.lending.take()
        try:
            self._lost = False
            connection.add_termination_listener(self._lose)
            await connection.add_listener(OUTBOX_CHANNEL, self._wake)
        except BaseException:
            await self._database.lending.give_back(connection, clean=False)
            raise
        self._listener = connection

    async def _stop_listening(self) -> None:
        connection, self._listener = self._listener, None
        if connection is None:
            return
        try:
            # The pool has taken a lost connection back by itself; nothing may be asked of it any more.
            if not self._lost:
                connection.remove_termination_listener(self._lose)
                await connection.remove_listener(OUTBOX_CHANNEL, self._wake)
        finally:
            await self._database.lending.give_back(connection, clean=False)
