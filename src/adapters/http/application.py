"""The Litestar application: plugins' controllers under their mounts, every operation guarded, every error in its
dialect."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from adapters.http.auth import Admission
from adapters.http.dialect import Dialect
from adapters.http.errors import DialectMap, ErrorWriter
from adapters.http.request import StrictRequest
from core.access.gate import Closable, Gate
from core.access.rules import Anyone, OpenInDevelopment, Rule, effective
from core.primitives.locale import Text

_ANYONE = Anyone()

BODY_CEILING = 64 * 1024 * 1024
"""The edge limits bodies; the framework's own limit only must not be lower."""


class Served(NamedTuple):
    """An operation as it is served: its `operationId`, and its rule, None where it declares none."""

    method: str
    path: str
    name: str
    rule: Rule | None


@dataclass(frozen=True)
class Mounted:
    """A plugin's controllers under one mount, with the dialect, path claims and gate that go with them."""

    plugin: str
    title: Text
    suite: str
    prefix: str
    dialect: Dialect
    controllers: tuple[Any, ...]
    claims: tuple[str, ...]
    gate: Any = None

    def claimed(self) -> Iterator[tuple[str, Dialect]]:
        """The claimed path prefixes with their dialect."""
        for claim in self.claims:
            yield self.prefix.rstrip("/") + claim, self.dialect

    @cached_property
    def served(self) -> tuple[Served, ...]:
        """Every operation. The framework copies each handler to tell them: it is asked once."""
        return tuple(
            Served(method, path, str(handler.operation_id), handler.opt.get("rule"))
            for method, path, handler in operations_of(self)
        )


def router_of(mounted: Mounted, guards: Sequence[Any]) -> Router:
    """The router of a plugin's controllers."""
    return Router(path=mounted.prefix, route_handlers=list(mounted.controllers), guards=list(guards))


def guards_of(mounted: Mounted) -> list[Any]:
    """The guard of a product that has a gate, for after the rule of the operation."""
    if mounted.gate is None:
        return []
    gate: Gate = mounted.gate

    async def pass_gate(connection: Any, handler: Any) -> None:
        if not isinstance(handler.opt.get("rule", _ANYONE), Anyone):
            await gate.admit(connection.scope["socle"]["caller"], handler.operation_id)

    return [pass_gate]


def operations_of(mounted: Mounted) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every operation of a plugin: method, path template, handler."""
    for route in router_of(mounted, ()).routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(handler.http_methods):
                if method != "OPTIONS":
                    yield method, route.path_format or "/", handler


def dialects_of(mounted: Sequence[Mounted], default: Dialect) -> DialectMap:
    """Which dialect answers for which path."""
    return DialectMap([claim for each in mounted for claim in each.claimed()], default)


def build_application(
    mounted: Sequence[Mounted],
    *,
    errors: ErrorWriter,
    admission: Admission,
    beside: Sequence[Any],
    public_url: str,
    production: bool,
    lifespan: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]],
) -> Litestar:
    """Build the application. `beside` are route handlers outside of the products: probes, documentation, metrics.

    Raises `TypeError` for an operation without a rule of admission.
    """
    for each in mounted:
        for served in each.served:
            if served.rule is None:
                raise TypeError(f"{each.plugin}: {served.method} {served.path} declares no rule of admission")

    def admitting(mounted: Mounted) -> Any:
        closable = mounted.gate if isinstance(mounted.gate, Closable) else None

        async def admit(connection: Any, handler: Any) -> None:
            # the framework's own answer to OPTIONS: the methods of a path are no secret
            if connection.scope["method"] == "OPTIONS" and "rule" not in handler.opt:
                return
            await admission(connection, handler, closable)

        return admit

    def settle_rules(handler: Any) -> None:
        rule = handler.opt.get("rule")
        if isinstance(rule, OpenInDevelopment):
            handler.opt["rule"] = effective(rule, production=production)

    app = Litestar(
        route_handlers=[*(router_of(each, [admitting(each), *guards_of(each)]) for each in mounted), *beside],
        request_class=StrictRequest,
        exception_handlers=errors.handlers(),
        openapi_config=None,
        lifespan=list(lifespan),
        state=State({"public_url": public_url.rstrip("/")}),
        request_max_body_size=BODY_CEILING,
        logging_config=None,
        debug=False,
    )
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            settle_rules(handler)
    return app
