"""`POST, PUT /webhooks/{gateway}/{reference}/`: where operators call back (DECISIONS.md section 2, "Webhooks").

A callback is kept and answered at once; the status read that it leads to is a job's. Duplicates, forgeries and unknown
references are answered like any other: who sends them learns nothing.
"""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, route
from litestar.params import FromPath

from adapters.http.edge.rates import RateLimiter
from adapters.http.request import asked_path
from core.access.principal import Caller, RequestContext
from core.payments.callbacks import Callbacks
from core.payments.gateway import Callback

PER_MINUTE = 6000
"""Callbacks taken from one address in a minute."""


def webhook_handler(callbacks: Callbacks, limiter: RateLimiter) -> Any:
    """The handler of operators' callbacks."""

    @route(
        ["/webhooks/{gateway:str}/{reference:str}", "/webhooks/{gateway:str}"],
        http_method=["POST", "PUT"],
        include_in_schema=False,
        status_code=200,
    )
    async def take_callback(
        request: Request[Any, Any, Any], gateway: FromPath[str], reference: FromPath[str] = ""
    ) -> Response[bytes]:
        caller = caller_of(request)
        await limiter.hit(f"webhook:{caller.request.address}", PER_MINUTE)
        await callbacks.receive(caller, gateway, reference, await callback_of(request))
        return Response(b"", status_code=200)

    return take_callback


async def callback_of(request: Request[Any, Any, Any]) -> Callback:
    """A request as gateways read it."""
    return Callback(
        method=request.method,
        headers={name: value.replace("\0", "") for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=await request.body(),
        received_at=datetime.now(UTC),
    )


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """Nobody, through this request."""
    shared: dict[str, str] = request.scope.get("socle", {})  # type: ignore[assignment]
    return Caller(
        request=RequestContext(
            method=request.method,
            path=asked_path(request.scope),
            status=200,
            address=shared.get("address") or (request.client.host if request.client else ""),
            agent=request.headers.get("user-agent", "").replace("\0", "")[:500],
            id=shared.get("request_id", ""),
        )
    )
