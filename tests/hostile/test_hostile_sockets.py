"""Bytes that no HTTP client library sends, against a real server process."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.cluster import DatabaseUrls
from tests.server import Server, database_environment

HOST = b"Host: 127.0.0.1\r\n"
JSON = b"Content-Type: application/json\r\n"
SECONDS = 5.0


def post(body: bytes, *headers: bytes, path: bytes = b"/api/tenants/") -> bytes:
    """A POST whose headers are given as they are."""
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + JSON + b"".join(headers) + b"\r\n" + body


def sized(body: bytes) -> bytes:
    """A POST with the right length."""
    return post(body, b"Content-Length: %d\r\n" % len(body), b"Connection: close\r\n")


GET = b"GET /api/roles/ HTTP/1.1\r\n"
VALID = b'{"nom":"Par la prise"}'

REQUESTS = {
    "no-host": GET + b"\r\n",
    "two-hosts": GET + HOST + b"Host: evil.example\r\n\r\n",
    "other-host": GET + b"Host: evil.example\r\n\r\n",
    "host-with-path": GET + b"Host: 127.0.0.1/admin\r\n\r\n",
    "nul-in-header": GET + HOST + b"X-A: a\x00b\r\n\r\n",
    "not-utf8-header": GET + HOST + b"X-A: \xff\xfe\r\nAuthorization: Bearer \xff\r\n\r\n",
    "no-colon": GET + HOST + b"nothing\r\n\r\n",
    "space-before-colon": GET + HOST + b"X-A : 1\r\n\r\n",
    "folded-header": GET + HOST + b"X-A: 1\r\n 2\r\n\r\n",
    "bare-line-feeds": b"GET /api/roles/ HTTP/1.1\nHost: 127.0.0.1\n\n",
    "http-0.9": b"GET /api/roles/\r\n\r\n",
    "http-9.9": b"GET /api/roles/ HTTP/9.9\r\n" + HOST + b"\r\n",
    "absolute-form": b"GET http://evil.example/api/roles/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "asterisk": b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    "authority": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "trace": b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n",
    "raw-utf8-path": "GET /api/rôles/ HTTP/1.1\r\n".encode() + HOST + b"\r\n",
    "space-in-path": b"GET /api/ro les/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "nul-in-path": b"GET /api/roles/\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "long-path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "long-header": GET + HOST + b"X-A: " + b"a" * 300_000 + b"\r\n\r\n",
    "many-headers": GET + HOST + b"".join(b"X-%d: 1\r\n" % number for number in range(2000)) + b"\r\n",
    "negative-length": post(VALID, b"Content-Length: -1\r\n"),
    "text-length": post(VALID, b"Content-Length: ten\r\n"),
    "two-lengths": post(VALID, b"Content-Length: 5\r\n", b"Content-Length: 22\r\n"),
    "huge-length": post(b"", b"Content-Length: 99999999999999999999999\r\n"),
    "large-length": post(b"", b"Content-Length: 99999999999\r\n"),
    "length-and-chunks": post(
        b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"
    ),
    "bad-chunk-size": post(b"zz\r\nabc\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"),
    "overflowing-chunk-size": post(b"ffffffffffffffffff\r\nabc\r\n", b"Transfer-Encoding: chunked\r\n"),
    "chunk-without-end": post(b"5\r\nabc", b"Transfer-Encoding: chunked\r\n"),
    "unknown-transfer-coding": post(VALID, b"Transfer-Encoding: gzip, chunked\r\n"),
    "short": post(VALID[:5], b"Content-Length: 22\r\n"),
    "expectation": post(b"", b"Content-Length: 22\r\nExpect: 100-continue\r\n"),
    "websocket": GET + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "http2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    "random": bytes(range(256)),
    "nothing": b"",
    "half-a-line": b"GET /api",
    "invalid-utf8-body": sized(b'{"nom":"\xff\xfe"}'),
    "invalid-utf8-ignored": sized(b'{"nom":"Ici","x":"\xff"}'),
    "nul-body": sized(b'{"nom":"a\\u0000b"}'),
    "deep-body": sized(b'{"nom":"Ici","x":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "nan-body": sized(b'{"nom":"Ici","taille":NaN}'),
    "huge-number-body": sized(b'{"nom":"Ici","taille":1E+999999999}'),
    "surrogate-body": sized(b'{"nom":"\\ud800"}'),
    "chunked-garbage": post(b"3\r\n\xff\xfe{\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\nConnection: close\r\n"),
}


@pytest.fixture(scope="module")
def server(database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process of its own, on this worker's database."""
    running = Server(tmp_path_factory.mktemp("sockets"), database_environment(database_urls))
    running.start()
    yield running
    running.stop()


def exchange(port: int, request: bytes, *, complete: bool) -> bytes:
    """Send bytes and read until the server is done. Unless they are a complete request, close the sending half: the
    server would wait for the rest."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        try:
            connection.sendall(request)
            if not complete:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except OSError:
            return answer
    return answer


def answers_of(data: bytes) -> list[int]:
    """The status of every answer in what a server sent."""
    return [
        int(line.split(b" ")[1]) for line in data.replace(b"\r\n", b"\n").split(b"\n") if line.startswith(b"HTTP/1.")
    ]


@pytest.mark.parametrize("name", REQUESTS)
def test_raw_bytes(name: str, server: Server) -> None:
    complete = name.endswith(("-body", "-ignored")) or name == "chunked-garbage"
    answer = exchange(server.port, REQUESTS[name], complete=complete)
    statuses = answers_of(answer)
    assert all(status < 500 or status in (501, 505) for status in statuses), answer[:500]
    if complete:
        assert statuses == [400], answer[:500]
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"x-request-id:" in head.lower()
        assert isinstance(json.loads(body), dict)
    if name in ("two-hosts", "other-host", "no-host", "length-and-chunks"):
        assert all(status >= 400 for status in statuses), answer[:500]
    healthy: Any = httpx.get(f"{server.base_url}/readyz", timeout=SECONDS)
    assert healthy.status_code == 200
