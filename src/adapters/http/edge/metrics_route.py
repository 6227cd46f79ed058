"""The route that Prometheus reads."""

from typing import Any

from litestar import Request, Response, get

from adapters.http.edge.client import Networks
from adapters.http.edge.metrics import CONTENT_TYPE, Metrics
from adapters.http.edge.settings import EdgeSettings
from core.primitives.errors import missing


def metrics_handler(metrics: Metrics, settings: EdgeSettings) -> Any:
    """A Litestar handler for `GET /metrics`, open to `metrics_networks`; to everybody else there is no such path."""
    readers = Networks(settings.metrics_networks)

    @get("/metrics", include_in_schema=False)
    async def read_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if request.scope["socle"]["address"] not in readers:  # type: ignore[typeddict-item]
            raise missing()
        return Response(await metrics.render(), media_type=CONTENT_TYPE, headers={"cache-control": "no-cache"})

    return read_metrics
