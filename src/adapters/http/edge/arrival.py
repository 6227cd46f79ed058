"""Where a request comes in: its id, its clock, and the count of what is sent."""

import re
import secrets
from time import perf_counter

import structlog

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send, first_header

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Arrival:
    """Gives every request an id, the client's own where it is well formed, else a new one; answers with it in
    `X-Request-ID`, and binds it for the log lines of the request.

    Outermost layer: it makes `scope["socle"]`, and notes the status and the bytes that leave the server.
    WebSocket connections are closed: no product has any.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        given = first_header(scope["headers"], b"x-request-id")
        name = given if given is not None and _WELL_FORMED.fullmatch(given) else secrets.token_hex(16).encode()
        request_id = name.decode()
        socle = scope["socle"] = {"request_id": request_id, "started": perf_counter(), "status": None, "sent": 0}

        async def tell(event: Event) -> None:
            if event["type"] == "http.response.start":
                socle["status"] = event["status"]
                event["headers"] = [*event.get("headers", ()), (b"x-request-id", name)]
            elif event["type"] == "http.response.body":
                socle["sent"] += len(event.get("body", b""))
            await send(event)

        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, tell)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
