"""HEAD is GET without the body (RFC 9110 section 9.3.2)."""

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send


class HeadRequests:
    """Has GET answer HEAD requests, and keeps its body back. Its headers tell what GET would have sent."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(event: Event) -> None:
            await send({**event, "body": b""} if event["type"] == "http.response.body" else event)

        await self._app({**scope, "method": "GET"}, receive, send_head)
