"""Unhandled exceptions: a log line with the traceback, a count, and an answer in the product's dialect."""

import structlog

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send, route_of
from adapters.http.edge.refusal import INTERNAL, Refuse, send_refusal

_log = structlog.get_logger(area="failure")


def report_failure(scope: Scope, error: BaseException) -> None:
    """Log an unhandled exception with its traceback, once for each request, and have the metrics count it. For
    exception handlers of the application that answer 500 themselves, too."""
    socle = scope["socle"]
    if socle.get("failed"):
        return
    socle["failed"] = True
    _log.error("unhandled exception", method=scope["method"], route=route_of(scope) or "unrouted", exc_info=error)


class Failures:
    """Answers 500 where the application raised. Once an answer has started it cannot be replaced: the exception goes
    on to the server, which cuts the connection."""

    def __init__(self, app: App, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def tell(event: Event) -> None:
            nonlocal started
            started = True
            await send(event)

        try:
            await self._app(scope, receive, tell)
        except Exception as error:
            report_failure(scope, error)
            if started:
                raise
            await send_refusal(self._refuse, scope, send, 500, INTERNAL)
