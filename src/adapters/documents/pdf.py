"""PDF documents by the press, a child process that is started when the first one is ordered (docs/adr/0016)."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.documents.renderer import RENDERER_DOWN, DocumentFault
from core.primitives.errors import DomainError, Kind

logger = logging.getLogger("socle.documents")

PATIENCE_SECONDS = 20.0
"""A document that takes longer is given up: within the time of a request."""
RETRY_AFTER = 5


class PdfPress:
    """Orders documents of a press, one after the other. Every process that orders any has one of its own."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._press: Process | None = None
        self._turn = asyncio.Lock()

    async def pdf(self, template: Path, data: Mapping[str, Any]) -> bytes:
        """Fill a template and return it as a PDF."""
        values = msgspec.json.encode(data).decode()
        order = msgspec.json.encode({"template": str(template), "data": values})
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience):
                    fault, document = await self._ordered(order)
            except (OSError, EOFError, TimeoutError) as error:
                self._dismiss(kill=isinstance(error, TimeoutError))
                logger.exception("The press does not print.")
                raise DomainError(RENDERER_DOWN, Kind.UNAVAILABLE, retry_after=RETRY_AFTER) from error
            except asyncio.CancelledError:
                # half an answer may be on its way: nobody could read the next one
                self._dismiss(kill=True)
                raise
        if fault:
            raise DocumentFault(document.decode())
        return document

    async def close(self) -> None:
        """End the press."""
        press = self._press
        self._dismiss()
        if press is not None:
            try:
                await asyncio.wait_for(press.wait(), self._patience)
            except TimeoutError:
                press.kill()
                await press.wait()

    async def _ordered(self, order: bytes) -> tuple[bool, bytes]:
        for last in (False, True):
            press = self._press or await self._start()
            try:
                return await _exchange(press, order)
            except (OSError, EOFError):
                self._dismiss()
                if last:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _start(self) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        command = (sys.executable, "-m", "adapters.documents.press")
        self._press = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
        return self._press

    def _dismiss(self, *, kill: bool = False) -> None:
        """Order nothing more of the present press: it ends with its input, or at once where it is busy."""
        press, self._press = self._press, None
        if press is not None and press.stdin is not None:
            press.stdin.close()
            if kill and press.returncode is None:
                press.kill()


async def _exchange(press: Process, order: bytes) -> tuple[bool, bytes]:
    if press.stdin is None or press.stdout is None:
        raise TypeError("a press is started with pipes")
    press.stdin.write(len(order).to_bytes(4, "big") + order)
    await press.stdin.drain()
    head = await press.stdout.readexactly(5)
    return bool(head[0]), await press.stdout.readexactly(int.from_bytes(head[1:], "big"))
