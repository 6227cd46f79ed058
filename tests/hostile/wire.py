"""Raw requests to the application over ASGI: bytes as they are, which no HTTP client library would send."""

import json
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

Pair = tuple[bytes, bytes]


class Answer(NamedTuple):
    """An answer as it left the application."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


async def send(
    app: Any, method: str, path: bytes, *, query: bytes = b"", headers: list[Pair], body: bytes = b""
) -> Answer:
    """Send one request and return the answer. `path` is written as it stands on the wire."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "surrogateescape"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8000),
    }
    given = False
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(event: Any) -> None:
        sent.append(event)

    await app(scope, receive, keep)
    data = b"".join(event.get("body", b"") for event in sent[1:])
    return Answer(sent[0]["status"], dict(sent[0]["headers"]), data)
