"""The pipes of a program that was started by asyncio."""

from asyncio.subprocess import Process
from contextlib import suppress


def close_pipes(process: Process) -> None:
    """Close the pipes of a program that is given up, and kill it where it still runs. Nobody reads to the end what it
    has written: a pipe that waits for its reader would never be closed, and outlive the event loop."""
    with suppress(ProcessLookupError):
        process.kill()
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio offers no other way
