"""The time limit of a request."""

import asyncio

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send
from adapters.http.edge.refusal import REQUEST_TOO_SLOW, Refuse, send_refusal


class TimeLimit:
    """503 for a request whose answer has not started in time. The handler is cancelled where it stands, so that its
    unit of work rolls back before the refusal is sent. An answer once started is never cut."""

    def __init__(self, app: App, seconds: float, refuse: Refuse) -> None:
        self._app = app
        self._seconds = seconds
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = asyncio.timeout(self._seconds)
        started = False

        async def tell(event: Event) -> None:
            nonlocal started
            if not started:
                if limit.expired():
                    return
                started = True
                limit.reschedule(None)
            await send(event)

        try:
            async with limit:
                await self._app(scope, receive, tell)
        except TimeoutError:
            if started or not limit.expired():
                raise
        if limit.expired() and not started:
            await send_refusal(self._refuse, scope, send, 503, REQUEST_TOO_SLOW, [(b"retry-after", b"5")])
