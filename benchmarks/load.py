"""A closed-loop HTTP/1.1 load over kept-alive connections.

Load and servers share the cores, so a request costs the client some 20 us: sockets and epoll, no event loop.
"""

import gc
import select
import socket
import time
from collections.abc import Callable
from typing import NamedTuple


class Request(NamedTuple):
    """A request as bytes on the wire, made anew for each number, and the status that it expects."""

    make: Callable[[int], bytes]
    status: int = 200


class Figures(NamedTuple):
    """What a load measured: requests a second, latencies in milliseconds, requests, and answers not expected."""

    requests_per_second: float
    p50: float
    p99: float
    requests: int
    failures: int


def request_bytes(method: str, port: int, path: str, token: str, body: bytes = b"", **headers: str) -> bytes:
    """One request. Underscores in the names of headers stand for dashes; an empty token sends none."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection:
    """A connection with one request under way."""

    __slots__ = ("_received", "began", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(120)
        self._received = b""
        self.began = 0.0

    def send(self, data: bytes) -> None:
        """Send a request."""
        self._received = b""
        self.began = time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> bytes | None:
        """Read what is there: the whole answer, or None while some is missing."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionResetError("the server closed a connection in the middle of an answer")
        answer = self._received = self._received + part if self._received else part
        head = answer.find(b"\r\n\r\n")
        if head < 0:
            return None
        lowered = answer[:head].lower() + b"\r\n"
        start = lowered.find(b"content-length:")
        if start >= 0:
            length = int(lowered[start + 15 : lowered.index(b"\r", start)])
            return answer if len(answer) >= head + 4 + length else None
        if b"transfer-encoding: chunked" in lowered:
            return answer if answer.endswith(b"\r\n0\r\n\r\n") else None
        return answer


def fetch(port: int, data: bytes) -> tuple[int, bytes]:
    """Send one request on a connection of its own: status and body."""
    connection = _Connection(port)
    try:
        connection.send(data)
        answer = None
        while answer is None:
            answer = connection.receive()
    finally:
        connection.socket.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        parts = []
        while body:
            size, _, rest = body.partition(b"\r\n")
            parts.append(rest[: int(size, 16)])
            body = rest[int(size, 16) + 2 :]
        body = b"".join(parts)
    return int(answer[9:12]), body


def repeat(port: int, request: Request, times: int) -> None:
    """Send a request some times, one after the other, on one connection."""
    connection = _Connection(port)
    for number in range(times):
        connection.send(request.make(number))
        while (answer := connection.receive()) is None:
            pass
        if int(answer[9:12]) != request.status:
            raise RuntimeError(f"expected {request.status}: {answer[:500]!r}")
    connection.socket.close()


def run(port: int, request: Request, *, connections: int = 16, seconds: float = 5.0, start: int = 0) -> Figures:
    """Load a server on loopback with one request for some seconds; requests are numbered from `start`."""
    latencies: list[float] = []
    failures = 0
    number = start
    clients = {}
    poll = select.epoll()
    for _ in range(connections):
        client = _Connection(port)
        clients[client.socket.fileno()] = client
        poll.register(client.socket, select.EPOLLIN)
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        end = began + seconds
        for client in clients.values():
            client.send(request.make(number))
            number += 1
        running = len(clients)
        while running:
            for descriptor, _ in poll.poll():
                client = clients[descriptor]
                answer = client.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                latencies.append(now - client.began)
                failures += int(answer[9:12]) != request.status
                if now < end:
                    client.send(request.make(number))
                    number += 1
                else:
                    running -= 1
        took = time.perf_counter() - began
    finally:
        gc.enable()
        poll.close()
        for client in clients.values():
            client.socket.close()
    latencies.sort()
    return Figures(
        len(latencies) / took,
        latencies[len(latencies) // 2] * 1000,
        latencies[int(len(latencies) * 0.99)] * 1000,
        len(latencies),
        failures,
    )
