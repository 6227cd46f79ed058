"""Lending connections of an asyncpg pool at the cost of a list's append and pop."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

TAKE_SECONDS = 10.0
SPARE_SECONDS = 30.0


class Lending:
    """Lends the connections of a pool, and keeps those that come back clean at hand.

    The pool itself starts a task to take a connection under a time limit, and another to take it back: together a
    tenth of a detail's time. Where all are out, who waits longest gets the next one from hand to hand. What nobody
    needed for half a minute goes back to the pool, whose own limit of inactivity closes it. Everything that uses the
    pool takes its connections here, or it might wait for one that lies at hand. What is lent is the connection itself:
    the pool's proxy, which calls it in another's name, stays here.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._at_hand: list[Any] = []
        self._proxies: dict[Any, Any] = {}
        self._out = 0
        self._waiters: deque[asyncio.Future[Any]] = deque()
        self._spare = 0
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()
        self.max_size: int = pool.get_max_size()
        """How many connections there can be."""

    async def take(self) -> Any:
        """Take a connection. Raises `TimeoutError` where none came free in time, and what connecting raises."""
        while True:
            while self._at_hand:
                connection = self._at_hand.pop()
                self._spare = min(self._spare, len(self._at_hand))
                if not connection.is_closed():
                    return connection
                await self._return(connection)
            if self._out < self.max_size:
                return await self._acquire()
            connection = await self._wait()
            if connection is not None:
                return connection

    async def _acquire(self) -> Any:
        self._out += 1
        try:
            async with asyncio.timeout(TAKE_SECONDS):
                proxy = await self._pool.acquire()
        except BaseException:
            self._out -= 1
            self._hand_over(None)
            raise
        connection = proxy.itself
        self._proxies[connection] = proxy
        return connection

    async def _wait(self) -> Any:
        """Wait for a connection from hand to hand; None where the pool may have one again."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Any] = loop.create_future()
        self._waiters.append(waiter)
        timer = loop.call_later(TAKE_SECONDS, _give_up, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # it was handed over in the very turn in which its taker was cancelled
                self._pass_on(waiter.result())
            raise
        finally:
            timer.cancel()

    def _hand_over(self, connection: Any) -> bool:
        """Give a connection, or None where the pool may have one, to who waits longest; whether anybody waits."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _pass_on(self, connection: Any) -> None:
        if self._hand_over(connection) or connection is None:
            return
        self._return_soon(connection)

    async def give_back(self, connection: Any, *, clean: bool) -> None:
        """Give a connection back: `clean` where nothing failed on it."""
        if not clean or self._closing or connection.is_closed() or connection.is_in_transaction():
            await self._return(connection)
            return
        if self._hand_over(connection):
            return
        self._at_hand.append(connection)
        if self._timer is None:
            self._spare = 0
            self._timer = asyncio.get_running_loop().call_later(SPARE_SECONDS, self._return_spare)

    async def _return(self, connection: Any) -> None:
        try:
            await self._pool.release(self._proxies.pop(connection))
        finally:
            self._out -= 1
            self._hand_over(None)

    def _return_soon(self, connection: Any) -> None:
        task = asyncio.ensure_future(self._return(connection))
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

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
            await self._return(self._at_hand.pop())
        await asyncio.gather(*self._returning)
        await self._pool.close()

    def _return_spare(self) -> None:
        spare, self._at_hand = self._at_hand[: self._spare], self._at_hand[self._spare :]
        for connection in spare:
            self._return_soon(connection)
        self._spare = len(self._at_hand)
        self._timer = None
        if self._at_hand:
            self._timer = asyncio.get_running_loop().call_later(SPARE_SECONDS, self._return_spare)


def _give_up(waiter: "asyncio.Future[Any]") -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
