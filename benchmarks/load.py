"""A closed-loop HTTP/1.1 load over kept-alive connections, with as little client cost as plain asyncio allows."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple


class Figures(NamedTuple):
    """What a load measured: requests a second, latencies in milliseconds, and answers that were not expected."""

    requests_per_second: float
    p50: float
    p99: float
    failures: int


class Request(NamedTuple):
    """A request as bytes on the wire, made anew for each number, and the status that it expects."""

    make: Callable[[int], bytes]
    status: int = 200


def request_bytes(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """One request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    if start >= 0:
        await reader.readexactly(int(lowered[start + 15 : lowered.index(b"\r", start)]))
    return status


async def run(port: int, request: Request, *, connections: int = 16, seconds: float = 5.0) -> Figures:
    """Load a server on loopback with one request for some seconds."""
    latencies: list[float] = []
    failures = 0
    numbers = iter(range(10**9))
    end = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            began = time.perf_counter()
            status = await _one(reader, writer, request.make(next(numbers)))
            latencies.append(time.perf_counter() - began)
            failures += status != request.status
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    took = time.perf_counter() - began
    latencies.sort()
    return Figures(
        len(latencies) / took,
        latencies[len(latencies) // 2] * 1000,
        latencies[int(len(latencies) * 0.99)] * 1000,
        failures,
    )
