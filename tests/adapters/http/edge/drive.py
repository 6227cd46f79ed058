"""Drives ASGI applications without a server, so that tests can send what HTTP clients will not."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, NamedTuple

from adapters.http.edge.asgi import App, Event, Headers, Scope
from adapters.http.edge.settings import EdgeSettings
from adapters.http.edge.stack import edge
from core.primitives.errors import Message

HOST = (b"host", b"testserver")


class Answer(NamedTuple):
    """An answer as it left the outermost layer."""

    status: int
    raw_headers: Headers
    body: bytes
    scope: Scope

    def header(self, name: str) -> str | None:
        """The only value of a header, None without one."""
        values = [value.decode() for key, value in self.raw_headers if key == name.encode()]
        assert len(values) < 2, f"{name} stands twice: {values}"
        return values[0] if values else None

    @property
    def code(self) -> str:
        """The code of a refusal."""
        code: str = json.loads(self.body)["code"]
        return code


def refuse(scope: Scope, status: int, message: Message, headers: Headers) -> tuple[int, Headers, bytes]:
    """Render a refusal in the dialect of these tests."""
    body = json.dumps({"code": message.code}).encode()
    return status, [(b"content-type", b"application/json"), *headers], body


async def ask(
    app: App,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Iterable[tuple[bytes, bytes]] = (HOST,),
    body: bytes | AsyncIterator[bytes] = b"",
    raw_path: bytes | None = None,
    client: tuple[str, int] | None = ("203.0.113.9", 5000),
    scheme: str = "http",
) -> Answer:
    """Send one request and return the answer."""
    bare, _, query = path.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": bare,
        "raw_path": bare.encode() if raw_path is None else raw_path,
        "query_string": query.encode(),
        "root_path": "",
        "headers": list(headers),
        "client": client,
        "server": ("127.0.0.1", 8000),
    }
    pieces = body if not isinstance(body, bytes) else None
    ended = asyncio.Event()
    given = False

    async def receive() -> Event:
        nonlocal given
        if pieces is None:
            if given:
                await ended.wait()
                return {"type": "http.disconnect"}
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        try:
            return {"type": "http.request", "body": await anext(pieces), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    await app(scope, receive, send)
    assert [event["type"] for event in sent].count("http.response.start") == 1
    assert sent[0]["type"] == "http.response.start"
    assert sent[-1].get("more_body", False) is False
    data = b"".join(event.get("body", b"") for event in sent[1:])
    return Answer(sent[0]["status"], list(sent[0]["headers"]), data, scope)


def answering(
    body: bytes = b"ok", status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ((b"content-type", b"text/plain"),)
) -> App:
    """An application that gives one answer without reading the request's body."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return app


async def echo(scope: Scope, receive: Any, send: Any) -> None:
    """An application that reads the body and answers with its length."""
    size, more = 0, True
    while more:
        event = await receive()
        size += len(event.get("body", b""))
        more = event.get("more_body", False)
    await answering(str(size).encode())(scope, receive, send)


def edged(app: App, **settings: Any) -> App:
    """The application inside of the whole edge."""
    return edge(app, EdgeSettings(**settings), refuse)
