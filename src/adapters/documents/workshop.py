"""A child process that makes documents, started when the first one is ordered (docs/adr/0016, 0018)."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process

from adapters.pipes import close_pipes
from core.documents.renderer import RENDERER_DOWN, DocumentFault
from core.primitives.errors import DomainError, Kind

logger = logging.getLogger("socle.documents")

PATIENCE_SECONDS = 20.0
"""A document that takes longer is given up: within the time of a request."""
RETRY_AFTER = 5


class Workshop:
    """Orders documents of a child process that runs `module`, one after the other (`adapters.documents.orders`).
    Every process that orders any has one of its own."""

    def __init__(self, module: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self._module = module
        self._patience = patience
        self._child: Process | None = None
        self._turn = asyncio.Lock()

    async def make(self, order: bytes) -> bytes:
        """Have a document made. Raises `DomainError` of kind unavailable where the child does not start or does not
        answer in time, and `DocumentFault` with what it says of an order that it cannot perform."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience):
                    fault, document = await self._ordered(order)
            except (OSError, EOFError, TimeoutError) as error:
                self._dismiss(kill=isinstance(error, TimeoutError))
                logger.exception("%s makes no documents.", self._module)
                raise DomainError(RENDERER_DOWN, Kind.UNAVAILABLE, retry_after=RETRY_AFTER) from error
            except asyncio.CancelledError:
                # half an answer may be on its way: nobody could read the next one
                self._dismiss(kill=True)
                raise
        if fault:
            raise DocumentFault(document.decode())
        return document

    async def close(self) -> None:
        """End the child."""
        child = self._child
        self._dismiss()
        if child is not None:
            try:
                async with asyncio.timeout(self._patience):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()

    async def _ordered(self, order: bytes) -> tuple[bool, bytes]:
        for last in (False, True):
            child = self._child or await self._start()
            try:
                return await _exchange(child, order)
            except (OSError, EOFError):
                self._dismiss()
                if last:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _start(self) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        command = (sys.executable, "-m", self._module)
        self._child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
        return self._child

    def _dismiss(self, *, kill: bool = False) -> None:
        """Order nothing more of the present child: it ends with its input, or at once where it is busy."""
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.stdin.close()
            if kill:
                close_pipes(child)


async def _exchange(child: Process, order: bytes) -> tuple[bool, bytes]:
    if child.stdin is None or child.stdout is None:
        raise TypeError("a child is started with pipes")
    child.stdin.write(len(order).to_bytes(4, "big") + order)
    await child.stdin.drain()
    head = await child.stdout.readexactly(5)
    return bool(head[0]), await child.stdout.readexactly(int.from_bytes(head[1:], "big"))
