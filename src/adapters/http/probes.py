"""Routes beside the products: liveness, readiness, and the development mailbox."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get

from core.plugin import Health

Probe = Callable[[], Awaitable[Health]]
ReadMailbox = Callable[[str, int], Awaitable[list[dict[str, Any]]]]

MAILBOX_DEFAULT = 50
MAILBOX_MAX = 500


class Readiness(msgspec.Struct):
    """Whether the server can do its work, component by component."""

    status: str
    components: dict[str, Health]


def probe_handlers(probes: Mapping[str, Probe]) -> list[Any]:
    """`GET /healthz`: the process answers. `GET /readyz`: 200 where every component is well, else 503."""

    @get("/healthz", include_in_schema=False)
    async def show_health() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", include_in_schema=False)
    async def show_readiness() -> Response[Readiness]:
        components = {}
        for name, probe in probes.items():
            try:
                components[name] = await probe()
            except Exception as error:  # noqa: BLE001 - a probe that fails in any way tells of an unwell component
                components[name] = Health(ok=False, detail=type(error).__name__)
        ready = all(health.ok for health in components.values())
        return Response(
            Readiness("ready" if ready else "unready", components),
            status_code=200 if ready else 503,
            headers={"cache-control": "no-store"},
        )

    return [show_health, show_readiness]


def mailbox_handler(read: ReadMailbox) -> Any:
    """`GET /_dev/outbox?to=ADDRESS`: what was sent, newest first. Development only (DESIGN.md section 7)."""

    @get("/_dev/outbox", include_in_schema=False)
    async def show_outbox(request: Request[Any, Any, Any]) -> Response[list[dict[str, Any]]]:
        limit = request.query_params.get("limit", "")
        count = min(int(limit), MAILBOX_MAX) if limit.isascii() and limit.isdigit() else MAILBOX_DEFAULT
        messages = await read(request.query_params.get("to", "").replace("\0", ""), count)
        return Response(messages, headers={"cache-control": "no-store"})

    return show_outbox
