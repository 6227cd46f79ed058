"""The edge inside of the real server, over raw sockets: what HTTP clients will not send."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server with two processes, small limits, and an application that reads and echoes."""
    number = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--workers", "2"]
    command += ["--host", "127.0.0.1", "--port", str(number), "tests.adapters.http.edge.served:app"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", number), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the server did not start"
                assert server.poll() is None, "the server ended"
                time.sleep(0.05)
        yield number
    finally:
        server.terminate()
        server.wait(20)


def talk(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send pieces as they are and return all that comes back until the connection ends or falls silent."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                break
            time.sleep(pause)
        connection.settimeout(3)
        try:
            while data := connection.recv(65536):
                received += data
        except (TimeoutError, ConnectionResetError):
            pass
    return received


def get(path: bytes, *lines: bytes) -> bytes:
    """A GET request."""
    return b"GET " + path + b" HTTP/1.1\r\n" + b"\r\n".join((*lines, b"Connection: close")) + b"\r\n\r\n"


HOST = b"Host: localhost"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (get(b"/", HOST), 200),
        (get(b"/%75/1", HOST), 200),
        (get(b"//u/1", HOST), 404),
        (get(b"/u%2F1", HOST), 404),
        (get(b"/u%00", HOST), 404),
        (get(b"/u/%ff", HOST), 404),
        (get(b"/u/%zz", HOST), 400),
        (get(b"/?a=%00", HOST), 400),
        (get(b"/"), 400),
        (get(b"/", HOST, HOST), 400),
        (get(b"/", b"Host: evil.example"), 400),
        (get(b"/", b"Host:"), 400),
        (get(b"/" + b"a" * 9000, HOST), 414),
        (get(b"/?" + b"a" * 9000, HOST), 414),
        (get(b"/", HOST, b"X: " + b"a" * 33_000), 431),
        (get(b"/", HOST, *(b"X-%d: a" % n for n in range(120))), 431),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GARBAGE\r\n\r\n", 400),
    ],
)
def test_heads(port: int, request_bytes: bytes, status: int) -> None:
    answer = talk(port, request_bytes)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:300]


def test_a_chunked_body_over_the_limit_is_refused_and_the_connection_ends(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"64\r\n" + b"x" * 100 + b"\r\n"
    started = time.monotonic()
    answer = talk(port, head, *[chunk] * 15)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - started < 2.5


def test_a_chunked_body_within_the_limit_passes(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = talk(port, head, b"64\r\n" + b"x" * 100 + b"\r\n", b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"100")


def test_a_body_that_never_comes_is_refused_in_time(port: int) -> None:
    started = time.monotonic()
    answer = talk(port, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"x-request-id: " in answer
    assert time.monotonic() - started < 2.5


def test_a_body_that_trickles_is_refused_in_time(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n"
    answer = talk(port, head, *[b"x"] * 15, pause=0.1)
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_connection_serves_again_after_a_refusal_without_body(port: int) -> None:
    first = b"GET //u HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = talk(port, first + get(b"/", HOST))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"HTTP/1.1 200 " in answer
