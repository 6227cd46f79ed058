"""The OpenAPI document, made by a process of its own: making it leaves 15 MiB and more behind, which a web process
would keep (docs/adr/0010)."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from core.primitives.errors import DomainError, Kind, message

PATIENCE_SECONDS = 60.0

NO_DOCUMENT = message(
    "no_api_document",
    fr="La documentation n'a pas pu être préparée. Réessayez dans un instant.",
    en="The documentation could not be prepared. Try again in a moment.",
)


class DescribedApart:
    """The document of the installation in `home`, as `socle openapi` makes it in this process's environment. It is made
    when it is first asked for, and kept."""

    def __init__(self, home: Path) -> None:
        self._command = (sys.executable, "-m", "socle", "openapi", "--home", str(home))
        self._document = b""
        self._making = asyncio.Lock()
        self._process: Process | None = None

    async def __call__(self) -> bytes:
        """Return the document. Raises `DomainError` of kind unavailable where the process does not make it."""
        async with self._making:
            if not self._document:
                self._document = await self._make()
        return self._document

    def close(self) -> None:
        """End the process that makes it: the server stops."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _make(self) -> bytes:
        process = self._process = await asyncio.create_subprocess_exec(*self._command, stdin=DEVNULL, stdout=PIPE)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                written, _ = await process.communicate()
        except TimeoutError:
            written = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not written:
            raise DomainError(NO_DOCUMENT, Kind.UNAVAILABLE, retry_after=5)
        return written.rstrip(b"\n")
