"""The Litestar application: plugins' controllers under their mounts, every operation guarded, every error in its
dialect."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from types import MemberDescriptorType
from typing import Any, NamedTuple

from litestar import Controller, Litestar, Router
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.utils.path import join_paths

from adapters.http.auth import Admission
from adapters.http.dialect import Dialect
from adapters.http.errors import DialectMap, ErrorWriter
from adapters.http.request import StrictRequest
from core.access.gate import Closable, Gate
from core.access.rules import Anyone, OpenInDevelopment, Rule, effective
from core.primitives.locale import Text

_ANYONE = Anyone()
_PARAMETER = re.compile(r"\{(\w+):\w+\}")
"""A path parameter as handlers write it, with its type."""

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
        """Every operation, read from the controllers' classes: the framework would make and copy a router to tell."""
        return tuple(
            Served(method, path, str(handler.operation_id), handler.opt.get("rule"))
            for controller in self.controllers
            for path, handler in _placed(self.prefix, controller)
            for method in sorted(handler.http_methods)
        )


def _declared(controller: Any, name: str) -> Any:
    """What a controller's class declares, None where it is but the empty slot of an instance."""
    value = getattr(controller, name)
    return None if isinstance(value, MemberDescriptorType) else value


def _path_of(controller: type[Controller], prefix: str) -> str:
    return join_paths([prefix, _declared(controller, "path") or "/"])


def _placed(prefix: str, controller: type[Controller]) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """The handlers of a controller under a prefix, its ancestors' included, each with its path."""
    for name in dict.fromkeys(name for ancestor in reversed(controller.__mro__) for name in vars(ancestor)):
        handler = getattr(controller, name)
        if isinstance(handler, HTTPRouteHandler):
            for path in handler.paths:
                yield _PARAMETER.sub(r"{\1}", join_paths([_path_of(controller, prefix), path])), handler


def router_of(mounted: Mounted, guards: Sequence[Any]) -> Router:
    """The router of a plugin's controllers."""
    return Router(path=mounted.prefix, route_handlers=list(mounted.controllers), guards=list(guards))


def mounted_handlers(mounted: Mounted, guards: Sequence[Any]) -> list[Any]:
    """The controllers of a plugin at their places, with guards before their own.

    The framework copies a router, with all of its handlers, twice: a tenth of what a start costs. Only controllers that
    share a path need one, which answers OPTIONS for all of them.
    """
    prefix = mounted.prefix
    paths = {each: {path for path, _ in _placed(prefix, each)} for each in mounted.controllers}
    times = Counter(path for those in paths.values() for path in those)
    apart = [each for each, those in paths.items() if all(times[path] == 1 for path in those)]
    together = [each for each in paths if each not in apart]
    made: list[Any] = [_placed_at(prefix, each, guards) for each in apart]
    if together:
        made.append(Router(path=prefix, route_handlers=together, guards=list(guards)))
    return made


def _placed_at(prefix: str, controller: type[Controller], guards: Sequence[Any]) -> type[Controller]:
    placed = {"path": _path_of(controller, prefix), "guards": [*guards, *(_declared(controller, "guards") or ())]}
    return type(controller.__name__, (controller,), {"__module__": controller.__module__, **placed})


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

    handlers = [handler for each in mounted for handler in mounted_handlers(each, [admitting(each), *guards_of(each)])]
    app = Litestar(
        route_handlers=[*handlers, *beside],
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
