"""Lending connections of an asyncpg pool at the cost of a list's append and pop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

TAKE_SECONDS = 10.0
SPARE_SECONDS = 30.0


class Lending:
    """Lends the connections of a pool, and keeps those that come back clean at hand.

    The pool itself starts a task to take a connection under a time limit, and another to take it back: together a
    tenth of a detail's time. What nobody needed for half a minute goes back to the pool, whose own limit of
    inactivity closes it. Everything that uses the pool takes its connections here, or it might wait for one that
    lies at hand.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._at_hand: list[Any] = []
        self._spare = 0
        self._waiting = 0
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()

    @property
    def max_size(self) -> int:
        """How many connections there can be."""
        size: int = self._pool.get_max_size()
        return size

    async def take(self) -> Any:
        """Take a connection. Raises `TimeoutError` where none came free in time, and what connecting raises."""
        while self._at_hand:
            connection = self._at_hand.pop()
            self._spare = min(self._spare, len(self._at_hand))
            if not is_lost(connection):
                return connection
            await self._pool.release(connection)
        self._waiting += 1
        try:
            async with asyncio.timeout(TAKE_SECONDS):
                return await self._pool.acquire()
        finally:
            self._waiting -= 1

    async def give_back(self, connection: Any, *, clean: bool) -> None:
        """Give a connection back: `clean` where nothing failed on it."""
        if not clean or self._waiting or self._closing or is_lost(connection) or connection.is_in_transaction():
            await self._pool.release(connection)
            return
        self._at_hand.append(connection)
        if self._timer is None:
            self._spare = 0
            self._timer = asyncio.get_running_loop().call_later(SPARE_SECONDS, self._return_spare)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Any]:
        """A connection for the length of a block."""
        connection = await self.take()
        clean = False
        try:
            yield connection
            clean = True
        finally:
            await self.give_back(connection, clean=clean)

    async def close(self) -> None:
        """Return what is at hand, and close the pool once the rest is back."""
        if self._timer is not None:
            self._timer.cancel()
        self._closing = True
        while self._at_hand:
            await self._pool.release(self._at_hand.pop())
        await asyncio.gather(*self._returning)
        await self._pool.close()

    def _return_spare(self) -> None:
        spare, self._at_hand = self._at_hand[: self._spare], self._at_hand[self._spare :]
        for connection in spare:
            task = asyncio.ensure_future(self._pool.release(connection))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)
        self._spare = len(self._at_hand)
        self._timer = None
        if self._at_hand:
            self._timer = asyncio.get_running_loop().call_later(SPARE_SECONDS, self._return_spare)


def is_lost(connection: Any) -> bool:
    """Whether a connection is gone. The pool takes a lost one back at once, and its proxy then refuses every call."""
    try:
        closed: bool = connection.is_closed()
    except asyncpg.InterfaceError:
        return True
    return closed
