"""The words of ASGI that every layer uses, and what a request's shared facts are.

`scope["socle"]` is one dict per request:

| key | set by | meaning |
| --- | --- | --- |
| `request_id` | arrival | the id in `X-Request-ID` and in every log line |
| `started` | arrival | `time.perf_counter()` when the request came in |
| `address` | client | the client's address as text, "" where it is unknown |
| `status`, `sent` | arrival | status and number of body bytes sent so far, as they leave the server |
| `route` | handlers | a route template, where the framework's `path_template` does not tell it |
| `account` | handlers | the account's id, for the access log |
| `compress` | handlers | False keeps the answer uncompressed |
| `failed` | failures | True once an unhandled exception has been reported |
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def first_header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    """The first value of a header (its name in lower case, as ASGI has them), or None."""
    for name, value in headers:
        if name == wanted:
            return value
    return None


def joined_header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    """All values of a list header as one, separated by commas (RFC 9110 section 5.3)."""
    return b", ".join(value for name, value in headers if name == wanted)


def route_of(scope: Scope) -> str:
    """The route template of a request that was routed, else ""."""
    return scope["socle"].get("route") or scope.get("path_template") or ""
