"""The web application of a composition: Litestar inside, the edge around it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from adapters.db.history import migrations_folder, missing_heads
from adapters.http.application import build_application, dialects_of
from adapters.http.auth import Admission
from adapters.http.documentation.pages import documentation_handlers
from adapters.http.edge.logs import configure_logging
from adapters.http.edge.metrics import Metrics
from adapters.http.edge.metrics_route import metrics_handler
from adapters.http.edge.settings import EdgeSettings
from adapters.http.edge.stack import edge
from adapters.http.errors import ErrorWriter
from adapters.http.files import file_handler
from adapters.http.probes import mailbox_handler, probe_handlers
from adapters.http.schema import schema_builder
from adapters.http.webhooks import webhook_handler
from adapters.notify.mailbox import read_mailbox
from adapters.queue.outbox import Outbox
from core.plugin import Health
from core.primitives.locale import Locale, Text
from socle.composition import VERSION, Composition
from socle.described_apart import DescribedApart
from socle.registry import State, load_attribute, migration_folders


def title_of(composition: Composition) -> Text:
    """The title of the API: the product's where there is one, else the server's."""
    suites = composition.registry.suites
    if len(suites) == 1:
        return suites[0].title
    names = ", ".join(suite.name for suite in suites)
    return Text(fr=f"Socle : {names}", en=f"Socle: {names}")


def schema_of(composition: Composition) -> Callable[[], bytes]:
    """The builder of the OpenAPI document."""
    return schema_builder(
        composition.mounted,
        title=title_of(composition),
        version=VERSION,
        production=composition.loaded.production,
    )


def edge_settings(composition: Composition) -> EdgeSettings:
    """What the installation sets about the edge."""
    loaded = composition.loaded
    settings, limits = loaded.settings, loaded.settings.limits
    return EdgeSettings(
        production=loaded.production,
        allowed_hosts=loaded.hosts,
        trusted_proxies=settings.trusted_proxies,
        max_body_bytes=limits.json_body,
        max_multipart_bytes=limits.form_body,
        body_seconds=limits.body_seconds,
        request_seconds=limits.request_seconds,
        cors_origins=settings.cors_origins,
        cors_credentials=bool(settings.cors_origins) and "*" not in settings.cors_origins,
        log_successes=loaded.log_level <= logging.INFO,
    )


def web_application(composition: Composition, document: DescribedApart | None = None) -> Any:
    """Build the ASGI application. Its lifespan opens and closes the database. `document` makes the OpenAPI document
    where this process shall not."""
    loaded = composition.loaded
    configure_logging(production=loaded.production, level=loaded.log_level)
    spoken = tuple(Locale(language) for language in loaded.settings.languages)
    errors = ErrorWriter(dialects_of(composition.mounted, _first_dialect(composition)), spoken)
    settings = edge_settings(composition)
    metrics = Metrics()
    composition.vitals.count_requests = metrics.last_minute
    outbox = Outbox(composition.works)
    schema = schema_of(composition)

    async def document_here() -> bytes:
        return schema()

    beside = [
        *documentation_handlers(document or document_here, title_of(composition).fr),
        *probe_handlers(_probes(composition, outbox)),
        metrics_handler(metrics, settings),
        file_handler(composition.kernel.files),
        webhook_handler(composition.payments.callbacks, composition.limiter),
    ]
    if not loaded.production:
        beside.append(mailbox_handler(_mailbox_reader(composition)))

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:  # noqa: ARG001
        async with composition.running():
            try:
                yield
            finally:
                if document is not None:
                    document.close()

    app = build_application(
        composition.mounted,
        errors=errors,
        admission=Admission(composition.access, composition.limiter, per_minute=loaded.per_minute, spoken=spoken),
        beside=beside,
        public_url=loaded.settings.public_url,
        production=loaded.production,
        lifespan=[lifespan],
    )
    return edge(app, settings, errors.refuse, metrics)


def _first_dialect(composition: Composition) -> Any:
    return load_attribute(composition.registry.suites[0].dialect)


def _probes(composition: Composition, outbox: Outbox) -> dict[str, Any]:
    folders = [migrations_folder() / "versions", *migration_folders(composition.registry.installed)]

    async def database() -> Health:
        async with asyncio.timeout(2), composition.database.lending.lent() as connection:
            absent = sorted(await missing_heads(connection, folders))
        return Health(ok=not absent, detail=f"missing migrations up to {', '.join(absent)}" if absent else "")

    async def workers() -> Health:
        alive = await outbox.workers_alive()
        return Health(ok=True, detail=f"{alive} alive")

    probes: dict[str, Any] = {"database": database, "workers": workers}
    for entry, plugin in composition.registry.wired:
        if entry.state is State.ENABLED:
            probes.update(composition.wired[plugin.name].health)
    return probes


def _mailbox_reader(composition: Composition) -> Any:
    async def read(to: str, limit: int) -> list[dict[str, Any]]:
        kept = await read_mailbox(composition.works, to or None, limit)
        return [msgspec.to_builtins(message) for message in kept]

    return read
