"""Operations that show what a use case returns, and ask for nothing but who it is for."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.handlers import HTTPRouteHandler

from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from adapters.http.resource import named
from core.access.principal import Caller
from core.access.rules import Rule
from core.primitives.locale import Text


def shown_operation(
    path: str,
    *,
    name: str,
    rule: Rule,
    summary: Text,
    read: Callable[[Caller], Awaitable[Any]],
    shown: Any,
    **options: Any,
) -> HTTPRouteHandler:
    """A GET that answers with what `read` returns to its caller, of the type `shown`; `options` are further ones of
    `adapters.http.operations.operation`."""

    async def handler(self: Any, request: StrictRequest) -> Any:  # noqa: ARG001
        return await read(request.caller)

    return operation("GET", path, name=name, rule=rule, summary=summary, **options)(
        named(handler, name, **{"return": shown})
    )
