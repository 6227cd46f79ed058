"""The route handler of operations: Litestar's, without what no operation here uses."""

from collections.abc import Mapping
from copy import copy, deepcopy
from typing import Any, TypeVar

import msgspec
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler

from adapters.http.edge.asgi import Headers, Receive, Scope, Send

_JSON = (b"content-type", b"application/json")
_WITHOUT_BODY = (204, 304)
_OWN = ("opt", "paths", "guards", "dependencies", "_response_handler_mapping")
"""What the framework may change of a copy."""
T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class Answer:
    """A whole answer, encoded."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the answer."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class Shown(Response[T]):
    """A value and headers of its answer, under the operation's status. It is a `Response` for the handler's type alone:
    what a response collects besides (cookies, header objects, options) is a fiftieth of a detail's time."""

    def __init__(self, content: T, headers: Mapping[str, str]) -> None:
        self.content = content
        self.headers = dict(headers)


class OperationHandler(HTTPRouteHandler):
    """A route handler that writes JSON answers itself, and hands guards the handler rather than a copy of it.

    The framework makes two response objects and a header collection for each answer, and copies the handler for each
    guard: together a quarter of its own time (py-spy, product detail).
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> "OperationHandler":
        # The framework copies each handler for its controller, its router and the application: what never changes
        # (signature, options, texts) is shared by the copies, since it was a third of what a start costs.
        made = copy(self)
        memo[id(self)] = made
        made.owner = deepcopy(self.owner, memo)
        for name in _OWN:
            setattr(made, name, copy(getattr(self, name)))
        return made

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Run the guards."""
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]

    async def to_response(self, app: Litestar, data: Any, request: Request[Any, Any, Any]) -> Any:
        """Return the answer as an ASGI application."""
        headers: Headers = []
        status = self.status_code
        if isinstance(data, Response):
            if type(data) is not Shown:
                if type(data) is not Response or data.cookies or data.background or data.media_type is not None:
                    return await super().to_response(app, data, request)
                status = data.status_code or status
            headers += [(name.lower().encode(), str(value).encode("latin-1")) for name, value in data.headers.items()]
            data = data.content
        if status in _WITHOUT_BODY:
            return Answer(status, headers, b"")
        body = _encode(data)
        headers += (_JSON, (b"content-length", b"%d" % len(body)))
        return Answer(status, headers, body)
