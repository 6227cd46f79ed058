"""The layers of the edge in their order."""

from adapters.http.edge.access_log import AccessLog
from adapters.http.edge.arrival import Arrival
from adapters.http.edge.asgi import App
from adapters.http.edge.body import BodyLimits
from adapters.http.edge.client import ClientAddress
from adapters.http.edge.compression import Compression
from adapters.http.edge.cors import Cors, CorsPreflight
from adapters.http.edge.deadline import TimeLimit
from adapters.http.edge.failures import Failures
from adapters.http.edge.head import HeadChecks
from adapters.http.edge.head_requests import HeadRequests
from adapters.http.edge.metrics import Metrics, Recording
from adapters.http.edge.refusal import Refuse
from adapters.http.edge.security_headers import SecurityHeaders
from adapters.http.edge.settings import EdgeSettings


def edge(app: App, settings: EdgeSettings, refuse: Refuse, metrics: Metrics | None = None) -> App:
    """Put the edge around an ASGI application.

    From the outside in: id and clock; client address; log line; metrics; security headers and CORS headers, so that
    refusals carry them too; unhandled exceptions; checks of the head; preflights; compression; the time limit, which
    covers reading the body; limits of the body; HEAD as GET.
    """
    app = HeadRequests(app)
    app = BodyLimits(app, settings, refuse)
    app = TimeLimit(app, settings.request_seconds, refuse)
    if settings.compression:
        app = Compression(app)
    if settings.cors_origins:
        app = CorsPreflight(app)
    app = HeadChecks(app, settings, refuse)
    app = Failures(app, refuse)
    if settings.cors_origins:
        app = Cors(app, settings.cors_origins, credentials=settings.cors_credentials)
    app = SecurityHeaders(app, production=settings.production)
    if metrics is not None:
        app = Recording(app, metrics)
    if settings.access_log:
        app = AccessLog(app, successes=settings.log_successes)
    app = ClientAddress(app, settings.trusted_proxies)
    return Arrival(app)
