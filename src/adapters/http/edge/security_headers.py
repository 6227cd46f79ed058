"""Headers that every answer carries."""

from adapters.http.edge.asgi import App, Event, Headers, Receive, Scope, Send

_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_NAMES = frozenset(name for name, _ in _ALWAYS)
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_CREDENTIALS = (b"authorization", b"cookie")
_NO_STORE = (b"cache-control", b"no-store")


class SecurityHeaders:
    """Adds the security headers that the handler did not set itself.

    `Strict-Transport-Security` (RFC 6797) goes with https in production. An answer to a request with credentials,
    and one that sets a cookie, is not to be stored by any cache unless its handler said otherwise (RFC 9111).
    """

    def __init__(self, app: App, *, production: bool) -> None:
        self._app = app
        self._production = production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def tell(event: Event) -> None:
            if event["type"] == "http.response.start":
                headers: Headers = list(event.get("headers", ()))
                names = {name for name, _ in headers}
                headers += _ALWAYS if names.isdisjoint(_NAMES) else [each for each in _ALWAYS if each[0] not in names]
                if self._production and scope["scheme"] == "https" and _HSTS[0] not in names:
                    headers.append(_HSTS)
                if _NO_STORE[0] not in names and (b"set-cookie" in names or _has_credentials(scope)):
                    headers.append(_NO_STORE)
                event["headers"] = headers
            await send(event)

        await self._app(scope, receive, tell)


def _has_credentials(scope: Scope) -> bool:
    for name, _ in scope["headers"]:  # noqa: SIM110 - a generator takes three times as long, on every request
        if name in _CREDENTIALS:
            return True
    return False
