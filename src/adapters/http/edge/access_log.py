"""One log line for each request."""

from time import perf_counter
from typing import Any

import structlog

from adapters.http.edge.asgi import App, Receive, Scope, Send, route_of

_log = structlog.get_logger(area="access")
_MAX_PATH = 256


class AccessLog:
    """Writes what was asked and how it was answered: method, route template (for an unrouted request its path),
    status, milliseconds, bytes, address, account. Never bodies, headers, query values or tokens: path parameters
    may be secrets, so the template stands in their place. The request's id comes with the bound context.

    `status` is null for a request that ended without an answer. Without `successes` only failures of the server are
    written: a line that the log level would drop costs its making all the same.
    """

    def __init__(self, app: App, *, successes: bool = True) -> None:
        self._app = app
        self._successes = successes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            status = scope["socle"]["status"]
            good = status is not None and status < 500
            if self._successes or not good:
                _write(_log.info if good else _log.error, scope)


def _write(write: Any, scope: Scope) -> None:
    socle = scope["socle"]
    account = socle.get("account")
    write(
        "request",
        method=scope["method"][:16],
        path=route_of(scope) or scope["path"][:_MAX_PATH],
        status=socle["status"],
        ms=round((perf_counter() - socle["started"]) * 1000, 2),
        bytes=socle["sent"],
        address=socle["address"],
        account=None if account is None else str(account),
    )
