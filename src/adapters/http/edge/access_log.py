"""One log line for each request."""

from time import perf_counter

import structlog

from adapters.http.edge.asgi import App, Receive, Scope, Send, route_of

_log = structlog.get_logger(area="access")
_MAX_PATH = 256


class AccessLog:
    """Writes what was asked and how it was answered: method, route template (for an unrouted request its path),
    status, milliseconds, bytes, address, account. Never bodies, headers, query values or tokens: path parameters
    may be secrets, so the template stands in their place. The request's id comes with the bound context.

    `status` is null for a request that ended without an answer.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            socle = scope["socle"]
            status = socle["status"]
            write = _log.info if status is not None and status < 500 else _log.error
            write(
                "request",
                method=scope["method"][:16],
                path=route_of(scope) or scope["path"][:_MAX_PATH],
                status=status,
                ms=round((perf_counter() - socle["started"]) * 1000, 2),
                bytes=socle["sent"],
                address=socle["address"],
                account=None if (account := socle.get("account")) is None else str(account),
            )
