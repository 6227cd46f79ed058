"""Cross-origin requests of browsers, as the Fetch standard has them (section 3.2). Off unless origins are set."""

from adapters.http.edge.asgi import App, Event, Headers, Receive, Scope, Send, first_header

_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_REQUEST_HEADERS = (
    b"Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-CSRFToken, X-Request-ID"
)
_EXPOSED = b"Allow, Content-Disposition, ETag, Location, Retry-After, X-Request-ID, X-Total-Count"
_MAX_AGE = b"600"
_VARY = (b"vary", b"Origin")


class Cors:
    """Lets the origins of a list read answers, errors among them.

    It stands outside of the layers that refuse; `CorsPreflight` answers preflights and stands inside of the checks
    of the head. An origin that is not listed gets no header at all, so its browser refuses.
    """

    def __init__(self, app: App, origins: tuple[str, ...], *, credentials: bool) -> None:
        self._app = app
        self._any = "*" in origins
        self._origins = {origin.encode() for origin in origins}
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        granted = self._granted(first_header(scope["headers"], b"origin"))
        scope["socle"]["cross_origin"] = bool(granted)
        fixed = granted if self._any else [*granted, _VARY]

        async def tell(event: Event) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [*event.get("headers", ()), *fixed]
            await send(event)

        await self._app(scope, receive, tell)

    def _granted(self, origin: bytes | None) -> Headers:
        if origin is None or not (self._any or origin in self._origins):
            return []
        headers = [
            (b"access-control-allow-origin", b"*" if self._any else origin),
            (b"access-control-expose-headers", _EXPOSED),
        ]
        if self._credentials:
            headers.append((b"access-control-allow-credentials", b"true"))
        return headers


class CorsPreflight:
    """Answers the preflights of listed origins."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "OPTIONS"
            and scope["socle"]["cross_origin"]
            and first_header(scope["headers"], b"access-control-request-method") is not None
        ):
            headers = [
                (b"access-control-allow-methods", _METHODS),
                (b"access-control-allow-headers", _REQUEST_HEADERS),
                (b"access-control-max-age", _MAX_AGE),
            ]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)
