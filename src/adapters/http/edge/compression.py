"""Compression of answers."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from adapters.http.edge.asgi import App, Event, Headers, Receive, Scope, Send
from adapters.http.edge.codings import CONDITIONS, Coder, choose_coding, coded_tag, coder, uncoded_conditions

MINIMUM_BYTES = 1024
_THREAD_BYTES = 128 * 1024
_WITHOUT_BODY = (204, 205, 206, 304)
_VARY = (b"vary", b"Accept-Encoding")
_CODED_OR_SECRET = (b"content-encoding", b"content-range", b"set-cookie")
_TEXTS = (b"application/json", b"application/javascript", b"application/xml", b"image/svg+xml")
_NONE_NAMED: Mapping[bytes, bytes] = MappingProxyType({})


class Compression:
    """Compresses text and JSON of at least 1 KiB, by brotli or gzip as the client prefers.

    Never compressed: what is coded already, answers with `no-transform`, and answers that carry secrets, because
    their length under compression would tell of them (BREACH): those whose handler set `Cache-Control: no-store`,
    a cookie, or `scope["socle"]["compress"] = False`. Large bodies are compressed in a thread; a stream piece by
    piece. What could have been compressed says `Vary: Accept-Encoding`. Entity tags: see `codings.coded_tag`;
    conditions of requests are translated back, so handlers only know their own tags.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = b""
        named: Mapping[bytes, bytes] | None = _NONE_NAMED
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = value if not accepted else accepted + b"," + value
            elif name in CONDITIONS:
                named = None
        if named is None:
            scope["headers"], named = uncoded_conditions(scope["headers"])
        coding = choose_coding(accepted) if accepted else None
        await self._app(scope, receive, _Answer(scope, send, coding, named).send)


class _Answer:
    """One answer under way. Its start is held back until the first piece of its body tells how large it is."""

    __slots__ = ("_coder", "_coding", "_named", "_scope", "_send", "_start")

    def __init__(self, scope: Scope, send: Send, coding: bytes | None, named: Mapping[bytes, bytes]) -> None:
        self._scope = scope
        self._send = send
        self._coding = coding
        self._named = named
        self._start: Event | None = None
        self._coder: Coder | None = None

    async def send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self._start = event
            if event["status"] == 304:
                event["headers"] = [self._tag_of_304(header) for header in event.get("headers", ())]
            return
        if self._start is not None:
            start, self._start = self._start, None
            if event["type"] == "http.response.body":
                event = await self._first(start, event)
            else:
                await self._send(start)
        elif self._coder is not None:
            event["body"] = await _code(self._coder, event)
        await self._send(event)

    async def _first(self, start: Event, event: Event) -> Event:
        headers: Headers = list(start.get("headers", ()))
        body, more = event.get("body", b""), event.get("more_body", False)
        if start["status"] not in _WITHOUT_BODY and self._compressible(headers):
            headers.append(_VARY)
            if self._coding is not None and (more or len(body) >= MINIMUM_BYTES) and self._scope["method"] != "HEAD":
                self._coder = coder(self._coding)
                event["body"] = await _code(self._coder, event)
                headers = [
                    (name, coded_tag(value, self._coding) if name == b"etag" else value)
                    for name, value in headers
                    if name != b"content-length"
                ]
                headers.append((b"content-encoding", self._coding))
                if not more:
                    headers.append((b"content-length", str(len(event["body"])).encode()))
            start["headers"] = headers
        await self._send(start)
        return event

    def _compressible(self, headers: Headers) -> bool:
        if self._scope["socle"].get("compress") is False:
            return False
        text = False
        for name, value in headers:
            if name == b"content-type":
                text = _is_text(value)
            elif name in _CODED_OR_SECRET or (name == b"cache-control" and _forbids(value)):
                return False
        return text

    def _tag_of_304(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        name, value = header
        coding = self._named.get(value) if name == b"etag" else None
        return header if coding is None else (name, coded_tag(value, coding))


@lru_cache(64)
def _is_text(media_type: bytes) -> bool:
    kind = media_type.partition(b";")[0].strip().lower()
    text = kind.startswith(b"text/") or kind in _TEXTS or kind.endswith((b"+json", b"+xml"))
    return text and kind != b"text/event-stream"


def _forbids(cache_control: bytes) -> bool:
    return b"no-store" in cache_control or b"no-transform" in cache_control


async def _code(coder: Coder, event: Event) -> bytes:
    body, last = event.get("body", b""), not event.get("more_body", False)
    if len(body) < _THREAD_BYTES:
        return coder.code(body, last=last)
    return await asyncio.to_thread(coder.code, body, last=last)
