"""Checks of a request's head: host, sizes, and the form of its path and query."""

import re
from urllib.parse import unquote_to_bytes

from adapters.http.edge.asgi import App, Receive, Scope, Send
from adapters.http.edge.refusal import (
    BAD_HOST,
    BAD_PATH,
    HEADERS_TOO_LARGE,
    PATH_NOT_FOUND,
    PATH_TOO_LONG,
    Refuse,
    send_refusal,
)
from adapters.http.edge.settings import DEVELOPMENT_HOSTS, EdgeSettings
from core.primitives.errors import Message

_HOST = re.compile(rb"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::[0-9]{1,5})?")
_PLAIN_PATH = re.compile(rb"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_DOUBLED_OR_DOTTED = re.compile(rb"//|/\.\.?(?:/|\Z)")
_KNOWN_HOSTS = 256


class AllowedHosts:
    """The hosts that a server answers to; names compare without case, port and final dot."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._exact = {host.lower().encode() for host in hosts if not host.startswith("*.")}
        self._below = tuple(host[1:].lower().encode() for host in hosts if host.startswith("*."))
        self._seen: set[bytes] = set()

    def __contains__(self, header: bytes) -> bool:
        if header in self._seen:
            return True
        found = _HOST.fullmatch(header.lower())
        if found is None:
            return False
        name = found[1]
        if name not in self._exact and not (self._below and name.endswith(self._below)):
            return False
        if len(self._seen) < _KNOWN_HOSTS:
            self._seen.add(header)
        return True


def path_problem(raw: bytes) -> tuple[int, Message] | None:
    """What is wrong with a path as it was sent: 400 where it cannot be read, 404 where no documented path can look
    so (doubled or encoded slashes, dot segments, NUL, text that is not UTF-8). Encoded letters are the letters
    themselves (RFC 3986 section 6.2.2.2) and pass."""
    if _PLAIN_PATH.fullmatch(raw):
        return None
    if _BAD_ESCAPE.search(raw):
        return 400, BAD_PATH
    path = unquote_to_bytes(raw)
    if not path.startswith(b"/") or b"\0" in path or _DOUBLED_OR_DOTTED.search(path) or b"%2f" in raw.lower():
        return 404, PATH_NOT_FOUND
    try:
        path.decode()
    except UnicodeDecodeError:
        return 404, PATH_NOT_FOUND
    return None


def query_problem(query: bytes) -> tuple[int, Message] | None:
    """400 for a query with U+0000, which no text in PostgreSQL can hold."""
    return (400, BAD_PATH) if b"%00" in query or b"\0" in query else None


class HeadChecks:
    """Refuses what no handler needs to see: 400 for an unknown, missing or doubled Host, 414 and 431 for too long a
    path or query and too many or too large headers, 400 or 404 for a path or query that cannot be meant."""

    def __init__(self, app: App, settings: EdgeSettings, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse
        self._settings = settings
        self._hosts = AllowedHosts(settings.allowed_hosts + (() if settings.production else DEVELOPMENT_HOSTS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (problem := self._problem(scope)) is not None:
            await send_refusal(self._refuse, scope, send, *problem)
            return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> tuple[int, Message] | None:
        settings = self._settings
        raw = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        if len(raw) > settings.max_path_bytes or len(query) > settings.max_query_bytes:
            return 414, PATH_TOO_LONG
        headers = scope["headers"]
        size = hosts = 0
        host = b""
        for name, value in headers:
            size += len(name) + len(value)
            if name == b"host":
                hosts += 1
                host = value
        if size > settings.max_header_bytes or len(headers) > settings.max_headers:
            return 431, HEADERS_TOO_LARGE
        if hosts != 1 or host not in self._hosts:
            return 400, BAD_HOST
        if raw == b"*" and scope["method"] == "OPTIONS":
            return 404, PATH_NOT_FOUND
        return path_problem(raw) or (query_problem(query) if query else None)
