"""The composition root: everything is built and joined here, and nowhere else."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import asyncpg
import msgspec

from adapters.clock import SystemClock
from adapters.db.access import PgPrincipals
from adapters.db.database import Database
from adapters.db.files import PgFiles, PgPublicFiles
from adapters.db.rates import PgRateLimiter
from adapters.db.stores.usage import PgUsage
from adapters.db.tallies import FOLD_SCHEDULE, FOLD_TALLIES, Tallies
from adapters.db.work import PgWorks
from adapters.documents.charts import SvgCharts
from adapters.documents.pdf import PdfPress
from adapters.http.application import Mounted
from adapters.http.auth import AccessCache
from adapters.identity.composition import IdentitySettings, compose_identity
from adapters.identity.keys import derive_key
from adapters.identity.passwords import Argon2Passwords, HashingSettings
from adapters.notify.log import PgMessageLog
from adapters.queue.housekeeping import HOUSEKEEPING, HOUSEKEEPING_SCHEDULE, Housekeeping
from adapters.storage.objects import local_storage, s3_storage
from adapters.storage.svg import clean_svg
from adapters.vitals import SystemVitals
from core.access.gate import GatedOperation, GatedOperations
from core.access.permissions import KERNEL_RESOURCES
from core.access.rules import Anyone, effective
from core.access.usage import Usage
from core.files.content import SVG
from core.files.public import SWEEP_PUBLIC_FILES, PublicFiles
from core.files.service import SWEEP_FILES, Files, Storage
from core.jobs.policy import JobPolicy
from core.kernel import Installation, Kernel
from core.notifications.service import SEND_MESSAGE, Notifications
from core.numbers import Numbers
from core.plugin import Handler, Plugin, Schedule, Unwirable, Wired
from core.primitives.secret import Secret
from socle.channels import channels_of
from socle.databases import DatabaseUrls
from socle.installation import Loaded, Secrets
from socle.keys import secret_key
from socle.operators import is_simulated, simulated
from socle.payments import PaymentsArea, add_offers, compose_payments
from socle.refusal import Refused
from socle.registry import (
    Registry,
    State,
    check_wired,
    discover,
    load_attribute,
    resolve,
    route_conflicts,
    settings_of,
)

VERSION = version("socle")
UNSERVABLE = (OSError, RuntimeError, asyncpg.PostgresError)
"""What comes of a database that is not there, or of a role that may not serve."""
UNCONNECTED = DatabaseUrls("postgresql://socle_app@localhost/socle", "", embedded=False)


class Composition(msgspec.Struct, kw_only=True):
    """A wired installation; its database is not open yet. Use it within `running`."""

    loaded: Loaded
    urls: DatabaseUrls
    registry: Registry
    database: Database
    works: PgWorks
    kernel: Kernel
    payments: PaymentsArea
    access: AccessCache
    limiter: PgRateLimiter
    vitals: SystemVitals
    mounted: tuple[Mounted, ...]
    wired: Mapping[str, Wired]
    handlers: Mapping[str, Handler]
    schedules: tuple[Schedule, ...]
    policies: Mapping[str, JobPolicy]
    hasher: Argon2Passwords

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the database, and close what the composition holds when the block ends. Raises `Refused`."""
        try:
            await self.database.open()
        except UNSERVABLE as error:
            raise Refused(f"The database cannot be served: {error}") from error
        try:
            yield
        finally:
            for made in self.wired.values():
                for close in made.closing:
                    await close()
            await self.payments.payments.close()
            await self.kernel.notifications.close()
            await self.kernel.documents.close()
            await self.kernel.charts.close()
            await self.database.close()
            self.hasher.close()


def compose(loaded: Loaded, urls: DatabaseUrls) -> Composition:
    """Wire an installation. Raises `Refused` with every reason why it cannot be."""
    registry = resolve(discover(), loaded.settings)
    clock = SystemClock()
    database = Database(urls.app, max_size=loaded.settings.pool_size)
    works = PgWorks(database, registry.subscribers())
    numbers = Numbers(works, loaded.settings.region)
    notifications = Notifications(works, PgMessageLog(), channels_of(loaded, works, clock), numbers=numbers)
    storage = _storage(loaded)
    usage = Usage(PgUsage())
    identity = compose_identity(
        works,
        notifications,
        clock,
        usage,
        installation_key=secret_key(loaded),
        public_url=loaded.link_base,
        production=loaded.production,
        region=loaded.settings.region,
        settings=_identity_settings(loaded),
        resources=_resources(registry),
        rights_changed=lambda: access.forget(),
    )
    access = AccessCache(identity.signer, PgPrincipals(database))
    queue_url = loaded.secrets.queue_url
    vitals = SystemVitals(works, queue_url.reveal() if queue_url else "")
    area = compose_payments(works, numbers, clock, loaded.link_base)
    kernel = Kernel(
        installation=_installation(loaded),
        works=works,
        clock=clock,
        accounts=identity.accounts,
        organisations=identity.organisations,
        notifications=notifications,
        files=Files(works, PgFiles(), storage, clock, derive_key(secret_key(loaded), "files")),
        public_files=PublicFiles(works, PgPublicFiles(), storage, clock, {SVG.media_type: clean_svg}),
        numbers=numbers,
        payments=area.payments,
        callbacks=area.callbacks,
        usage=usage,
        documents=PdfPress(),
        charts=SvgCharts(),
        derive_key=partial(derive_key, secret_key(loaded)),
        operations=GatedOperations(),
        vitals=vitals,
    )
    wired = _wire(registry, kernel, area, loaded)
    mounted = _mount(registry, wired, kernel)
    _refuse_conflicts(mounted, registry)
    _tell_gated(mounted, kernel)
    handlers, schedules = _jobs(registry, wired, kernel, area, works)
    return Composition(
        loaded=loaded,
        urls=urls,
        registry=registry,
        database=database,
        works=works,
        kernel=kernel,
        payments=area,
        access=access,
        limiter=PgRateLimiter(database),
        vitals=vitals,
        mounted=mounted,
        wired=wired,
        handlers=handlers,
        schedules=schedules,
        policies={SEND_MESSAGE: notifications.policy},
        hasher=identity.hasher,
    )


def compose_unconnected(loaded: Loaded) -> Composition:
    """Wire an installation that will not open its database: to describe it."""
    return compose(loaded, UNCONNECTED)


def _installation(loaded: Loaded) -> Installation:
    settings = loaded.settings
    return Installation(
        production=loaded.production,
        public_url=settings.public_url,
        time_zone=loaded.zone,
        currency=settings.currency,
        region=settings.region,
        languages=settings.languages,
        link_base=loaded.link_base.rstrip("/"),
    )


def _storage(loaded: Loaded) -> Storage:
    chosen, secret = loaded.settings.storage, loaded.secrets.storage_secret_key
    if not chosen.bucket or secret is None:
        return local_storage(loaded.home / "files")
    return s3_storage(
        chosen.bucket,
        endpoint=chosen.endpoint,
        region=chosen.region,
        access_key=chosen.access_key,
        secret_key=secret,
        plain_http=chosen.plain_http,
    )


def _identity_settings(loaded: Loaded) -> IdentitySettings:
    chosen = loaded.settings.accounts
    return IdentitySettings(
        access_seconds=chosen.access_lifetime,
        refresh_seconds=chosen.refresh_lifetime,
        refresh_rotation=chosen.refresh_rotation,
        failed_sign_ins=chosen.failures_allowed,
        failed_window_seconds=chosen.failures_window,
        hashing=HashingSettings(
            memory_kib=chosen.argon2_memory,
            passes=chosen.argon2_time,
            lanes=chosen.argon2_parallelism,
            threads=chosen.hashing_threads,
        ),
    )


def _resources(registry: Registry) -> tuple[str, ...]:
    """The resources that permissions may speak of: the kernel's, and those of wired plugins."""
    added = [permission.resource for _, plugin in registry.wired for permission in plugin.permissions]
    return tuple(dict.fromkeys([*KERNEL_RESOURCES, *added]))


def _wire(registry: Registry, kernel: Kernel, area: PaymentsArea, loaded: Loaded) -> dict[str, Wired]:
    wired: dict[str, Wired] = {}
    apis: dict[str, Any] = {}
    faults: list[str] = []
    simulators = simulated(loaded)
    for _, plugin in registry.wired:
        known = {name: apis[name] for name in (*plugin.requires, *plugin.after) if name in apis}
        given: Mapping[str, Any] = loaded.settings.settings.get(plugin.name, {})
        secrets = _secrets_of(plugin, loaded)
        if plugin.name in simulators and not given and not secrets:
            given, secrets = simulators[plugin.name].settings, simulators[plugin.name].secrets
        if loaded.production and any(is_simulated(secret) for secret in secrets.values()):
            faults.append(
                f'Plugin "{plugin.name}" has credentials of the operator simulator: give the operator\'s own.'
            )
        own = msgspec.structs.replace(kernel, settings=settings_of(plugin, given), secrets=secrets, apis=known)
        try:
            made = plugin.wire(own)
        except Unwirable as fault:
            raise Refused(*faults, f'Plugin "{plugin.name}": {fault}') from fault
        faults += check_wired(plugin, made)
        try:
            kernel.notifications.add_channels(*made.channels)
            add_offers(area, made)
        except ValueError as error:
            faults.append(f'Plugin "{plugin.name}": {error}; take one of them away.')
        kernel.numbers.add_guards(*made.number_guards)
        wired[plugin.name] = made
        apis[plugin.name] = made.api
    if faults:
        raise Refused(*faults)
    return wired


def _secrets_of(plugin: Plugin, loaded: Loaded) -> Mapping[str, Secret]:
    given = {
        name: getattr(loaded.secrets, name)
        if name in Secrets.__struct_fields__
        else loaded.secret_of(plugin.name, name)
        for name in plugin.secrets
    }
    return {name: secret for name, secret in given.items() if secret is not None}


def _mount(registry: Registry, wired: Mapping[str, Wired], kernel: Kernel) -> tuple[Mounted, ...]:
    dialects = {suite.name: load_attribute(suite.dialect) for suite in registry.suites}
    gates = {suite.name: load_attribute(suite.gate)(kernel) for suite in registry.suites if suite.gate}
    mounted = []
    for entry, plugin in registry.wired:
        if entry.state is not State.ENABLED or not wired[plugin.name].controllers:
            continue
        for prefix in entry.mounts:
            suite = _suite_at(plugin, prefix, registry)
            mounted.append(
                Mounted(
                    plugin=plugin.name,
                    title=plugin.title,
                    suite=suite,
                    prefix=prefix,
                    dialect=dialects[suite],
                    controllers=tuple(wired[plugin.name].controllers),
                    claims=plugin.claims,
                    gate=gates.get(suite),
                )
            )
    return tuple(mounted)


def _suite_at(plugin: Plugin, prefix: str, registry: Registry) -> str:
    """The first of a plugin's products that is mounted at a prefix: its dialect answers there."""
    for suite in plugin.suites:
        if registry.mounts.get(suite) == prefix:
            return suite
    raise Refused(f'Plugin "{plugin.name}" brings routes and serves no product: name one in its suites.')


def _refuse_conflicts(mounted: tuple[Mounted, ...], registry: Registry) -> None:
    routes = []
    for each in mounted:
        for served in each.served:
            shape = "/".join("{}" if part.startswith("{") else part for part in served.path.split("/"))
            routes.append((each.plugin, each.suite, served.method, shape))
    faults = route_conflicts(routes, lambda suite: registry.mounts[suite])
    if faults:
        raise Refused(*faults)


def _tell_gated(mounted: tuple[Mounted, ...], kernel: Kernel) -> None:
    """Tell the products that have a gate what is served of them."""
    production = kernel.installation.production
    for each in mounted:
        if each.gate is not None:
            kernel.operations.serve(
                each.suite,
                (
                    GatedOperation(
                        name=served.name,
                        method=served.method,
                        open=isinstance(effective(served.rule, production=production), Anyone),
                    )
                    for served in each.served
                    if served.rule is not None
                ),
            )


def _jobs(
    registry: Registry, wired: Mapping[str, Wired], kernel: Kernel, area: PaymentsArea, works: PgWorks
) -> tuple[dict[str, Handler], tuple[Schedule, ...]]:
    """Handlers by the names under which the outbox knows them: the kernel's own, and "plugin.name" of plugins.

    A retired plugin settles what is outstanding, and runs nothing by the clock.
    """
    handlers: dict[str, Handler] = {
        HOUSEKEEPING: Housekeeping(works).tidy,
        FOLD_TALLIES: Tallies(works).fold,
        SEND_MESSAGE: kernel.notifications.send,
        SWEEP_FILES: kernel.files.sweep,
        SWEEP_PUBLIC_FILES: kernel.public_files.sweep,
        **kernel.accounts.jobs,
        **area.jobs,
    }
    schedules = [
        HOUSEKEEPING_SCHEDULE,
        FOLD_SCHEDULE,
        Schedule(SWEEP_FILES, "47 * * * *"),
        Schedule(SWEEP_PUBLIC_FILES, "52 * * * *"),
        *area.schedules,
    ]
    for entry, plugin in registry.wired:
        made = wired[plugin.name]
        for name, handler in (*made.handlers.items(), *made.jobs.items()):
            handlers[f"{plugin.name}.{name}"] = handler
        if entry.state is State.ENABLED:
            schedules += [Schedule(f"{plugin.name}.{each.job}", each.cron) for each in plugin.schedules]
    return handlers, tuple(schedules)
