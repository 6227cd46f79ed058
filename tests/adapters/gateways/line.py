"""A server on a real socket that answers raw bytes: for what a network does to an answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def line(talk: Talk) -> AsyncIterator[str]:
    """Serve, and give the address. `talk` is called once for each connection, after the head and body of its first
    request."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            for row in head.lower().split(b"\r\n"):
                if row.startswith(b"content-length:"):
                    await reader.readexactly(int(row.partition(b":")[2]))
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # the client has left, or the test has ended: what a peer that hangs is for
            return
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def head(length: int | None, content_type: str = "application/json", *more: str) -> bytes:
    """The head of a 200."""
    rows = ["HTTP/1.1 200 OK", f"Content-Type: {content_type}", *more]
    if length is not None:
        rows.append(f"Content-Length: {length}")
    return ("\r\n".join(rows) + "\r\n\r\n").encode()
