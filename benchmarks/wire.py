"""Counts the statements and round trips of a request, on the wire between a server and PostgreSQL.

A proxy on a Unix socket reads what PostgreSQL sends (protocol 3, "Message Formats"): a CommandComplete (`C`), or a
PortalSuspended (`s`) where the driver asked for a limited number of rows, ends every statement, a ReadyForQuery (`Z`)
every round trip.
"""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.cases import Case
from benchmarks.installation import Installation
from benchmarks.load import repeat

WARM_UP, COUNTED = 60, 200


class Traffic(NamedTuple):
    """Per request. `control` are those of the statements that only begin or end a transaction."""

    statements: float
    round_trips: float
    control: float


class _Proxy:
    def __init__(self, upstream: Path, folder: Path) -> None:
        self._upstream = upstream
        self._path = folder / upstream.name
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.statements = self.round_trips = self.control = 0

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def reset(self) -> None:
        self.statements = self.round_trips = self.control = 0

    def _serve(self) -> None:
        async def main() -> None:
            self._stopped = asyncio.Event()
            server = await asyncio.start_unix_server(self._accept, str(self._path))
            self._ready.set()
            await self._stopped.wait()
            server.close()

        self._loop.run_until_complete(main())

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(str(self._upstream))

        async def ask() -> None:
            while data := await reader.read(65_536):
                forth.write(data)
            forth.close()

        async def answer() -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = await back.readexactly(5)
                    body = await back.readexactly(int.from_bytes(head[1:], "big") - 4)
                    self.statements += head[:1] in (b"C", b"s")
                    self.round_trips += head[:1] == b"Z"
                    self.control += head[:1] == b"C" and body.startswith((b"BEGIN", b"COMMIT", b"ROLLBACK"))
                    writer.write(head + body)
            writer.close()

        with contextlib.suppress(ConnectionError):
            await asyncio.gather(ask(), answer())


@contextmanager
def _proxy(upstream: Path) -> Iterator[tuple[_Proxy, Path]]:
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        made = _Proxy(upstream, Path(folder))
        made.start()
        try:
            yield made, Path(folder)
        finally:
            made.stop()


def count(installation: Installation, name: str, cases: list[Case]) -> dict[str, Traffic]:
    """Start a server of one process behind the proxy, and count what each request costs once it is warm."""
    found = {}
    with _proxy(installation.socket) as (proxy, folder):
        server = installation.start(name, sockets=folder, processes=1)
        try:
            for case in cases:
                request = case.request(server.port)
                repeat(server.port, request, WARM_UP)
                request = case.request(server.port)
                proxy.reset()
                repeat(server.port, request, COUNTED)
                found[case.name] = Traffic(
                    proxy.statements / COUNTED, proxy.round_trips / COUNTED, proxy.control / COUNTED
                )
        finally:
            server.stop()
    return found
