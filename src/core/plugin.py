"""Plugins: manifests that can be read without importing any framework, and the points where features meet the kernel.

A feature never imports another suite. What it needs of the kernel is handed to its `wire` function; what it offers is
in the `Wired` that it returns.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from core.notifications.channel import Channel
from core.numbers import NumberGuard
from core.organisations.enrolment import Enrolment
from core.payments.gateway import GatewayOffer
from core.payments.orders import OrderType
from core.primitives.locale import Text
from core.work import Delivery

if TYPE_CHECKING:
    from core.kernel import Kernel

Handler = Callable[[Delivery], Awaitable[None]]
"""Handles a delivery, idempotently by its id."""


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """A product: one of the documented APIs. `dialect` is where its `Dialect` stands ("package.module:NAME"), `gate`
    what makes its `Gate` of the kernel, where it has one; `mount` is its prefix in the `full` edition."""

    name: str
    title: Text
    dialect: str
    mount: str = "/"
    gate: str = ""


class Schedule(msgspec.Struct, frozen=True):
    """Runs a job by the clock: `cron` has five fields, or six with seconds first, in UTC."""

    job: str
    cron: str


class Permission(msgspec.Struct, frozen=True):
    """A resource that roles can be given actions on."""

    resource: str
    title: Text


class Health(msgspec.Struct, frozen=True):
    """The state of one component as `/readyz` shows it."""

    ok: bool
    detail: str = ""


class Wired(msgspec.Struct, kw_only=True):
    """What a plugin puts into the server once wired.

    `controllers` are Litestar controllers (opaque to the core); `handlers` are subscribers by the name that the
    manifest's `subscribes` gives them; `jobs` by the manifest's job names; `api` is what other plugins may call;
    `health` are named probes; `channels` are ways to send a message that the plugin adds, `number_guards` keep phone
    numbers from being contacted or paid, `gateways` are operators that money is collected by, `order_types` are what
    it is paid for, `enrolment` makes what its product keeps of accounts that the command line makes (extension
    points). `closing` is run when the server stops gracefully, while the database is still open.
    """

    controllers: Sequence[Any] = ()
    handlers: Mapping[str, Handler] = {}
    jobs: Mapping[str, Handler] = {}
    api: Any = None
    health: Mapping[str, Callable[[], Awaitable[Health]]] = {}
    channels: Sequence[Channel] = ()
    number_guards: Sequence[NumberGuard] = ()
    gateways: Sequence[GatewayOffer] = ()
    order_types: Sequence[OrderType] = ()
    enrolment: Enrolment | None = None
    closing: Sequence[Callable[[], Awaitable[None]]] = ()


class Unwirable(Exception):
    """An installation that a plugin cannot be wired for; the text is a sentence that says what to change."""


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest.

    - `name` is unique, in lower case with underscores, with its suite in front: "ekigega_produits".
    - `suites` are the products that it serves: one for a feature, several for what products share, none for
      gateways and other extensions. It is mounted once for each distinct mount of those that are enabled.
    - `requires` names plugins that must be enabled as well; `after` plugins that are wired before it where enabled.
    - `claims` are the path prefixes below its mount, so that an unrouted path finds its product's dialect.
    - `settings` is a msgspec struct with a default for every field; the installation file's `[settings.NAME]` fills it.
    - `secrets` names the secrets that it is given: one of the installation's own, or one of the plugin's, which
      comes from `SOCLE_<PLUGIN>_<SECRET>` (SOCLE_GATEWAY_MTN_API_KEY), or a file that `…_FILE` names.
    - `publishes` are the names of its events, `subscribes` maps event names to a handler name of `Wired.handlers`.
    - `jobs` are the names of its jobs, `schedules` run some of them by the clock.
    - `permissions` are the resources that it adds to roles.
    - `migrations` is the package whose folder holds its Alembic branch ("acme_loyalty.migrations"); the house's own
      plugins have none, their tables are in the one history of `migrations/`.
    - `wire` imports the plugin's own parts when called and returns them wired.
    """

    name: str
    title: Text
    wire: Callable[["Kernel"], Wired]
    suites: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    settings: type[msgspec.Struct] | None = None
    secrets: tuple[str, ...] = ()
    publishes: tuple[str, ...] = ()
    subscribes: Mapping[str, str] = {}
    jobs: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    permissions: tuple[Permission, ...] = ()
    migrations: str = ""
