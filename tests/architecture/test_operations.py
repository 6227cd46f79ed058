"""Every operation tells what a client and the guard need to know, and its name stays."""

from collections import Counter
from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import BaseRouteHandler

from adapters.http.application import operations_of
from adapters.http.edge.asgi import App
from adapters.http.operations import Facts
from core.primitives.locale import Text
from socle.web import schema_of, web_application
from tests.architecture.operations import SNAPSHOT, Declared, composed, declared, served_editions, snapshot

EDITIONS = served_editions()


def undeclared(operations: Iterable[Declared]) -> list[str]:
    """Operations without a name of their own, a rule, or a summary in both languages."""
    found = list(operations)
    counted = Counter(each.name for each in found)
    faults = [f"operationId {name!r} stands {count} times" for name, count in counted.items() if count > 1]
    for each in found:
        summary: Text | None = each.handler.opt.get("summary")
        where = f"{each.method} {each.path}"
        if not each.name.isidentifier() or each.name != each.name.lower():
            faults.append(f"{where}: {each.name!r} is no operationId")
        if not hasattr(each.handler.opt.get("rule"), "admit"):
            faults.append(f"{where} has no rule")
        if summary is None or not summary.fr.strip() or not summary.en.strip() or summary.fr == summary.en:
            faults.append(f"{where} has no summary in both languages")
        if not isinstance(each.handler.opt.get("facts"), Facts):
            faults.append(f"{where} has no facts")
    return faults


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_operation_is_declared_whole(edition: str) -> None:
    operations = list(declared(edition))
    assert len(operations) > 20
    assert undeclared(operations) == []


class _Handler:
    def __init__(self, **opt: Any) -> None:
        self.opt = opt


def test_a_planted_operation_is_reported() -> None:
    good = next(declared("full"))
    opt = good.handler.opt
    assert undeclared([good]) == []
    assert undeclared([good, good])
    assert undeclared([good._replace(name="")])
    for lacking in ("rule", "summary", "facts"):
        assert undeclared([good._replace(handler=_Handler(**{**opt, lacking: None}))]), lacking
    assert undeclared([good._replace(handler=_Handler(**{**opt, "summary": Text(fr="Lire", en="")}))])


def test_operation_ids_are_stable() -> None:
    """Clients generate code from them. A change on purpose: `python -m tests.architecture.operations`."""
    assert SNAPSHOT.read_text(encoding="utf-8").splitlines() == snapshot().splitlines()


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_document_names_the_same_operations(edition: str) -> None:
    document = msgspec.json.decode(schema_of(composed(edition))())
    described = {
        (operation["operationId"], method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert described == {(each.name, each.method, each.path) for each in declared(edition)}


def application(edition: str) -> Litestar:
    """The framework's application inside of the edge."""
    app: App = web_application(composed(edition))
    while not isinstance(app, Litestar):
        app = app._app
    return app


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_application_serves_what_is_declared_and_asks_who_calls(edition: str) -> None:
    mounted = composed(edition).mounted
    told = {(each.method, each.path, each.name, each.rule) for one in mounted for each in one.served}
    assert told == {
        (method, path, handler.operation_id, handler.opt.get("rule"))
        for one in mounted
        for method, path, handler in operations_of(one)
    }
    guards: dict[tuple[str, str, str], list[str]] = {}
    for route in application(edition).routes:
        for handler in getattr(route, "route_handlers", ()):
            asked = [guard.__name__ for guard in handler.resolve_guards()]
            guards |= {(method, route.path_format, handler.operation_id): asked for method in handler.http_methods}
    gated = {suite.name for suite in composed(edition).registry.suites if suite.gate}
    for one in mounted:
        for method, path, name, _ in one.served:
            expected = ["admit", "pass_gate"] if one.suite in gated else ["admit"]
            assert guards[method, path or "/", name] == expected, (method, path)


def in_threads(app: Litestar) -> list[str]:
    """Handlers, guards and dependencies that would run in a thread: about 100 µs of CPU each (reference/stack.md,
    trap 5)."""
    faults = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if not isinstance(handler, BaseRouteHandler) or handler.fn.__module__.startswith("litestar."):
                continue  # the framework's own answer to OPTIONS
            if not iscoroutinefunction(handler.fn):
                faults.append(f"{route.path}: the handler {handler.fn.__name__} is not async")
            for guard in handler.resolve_guards():
                if not iscoroutinefunction(getattr(guard, "func", guard)):
                    faults.append(f"{route.path}: the guard {guard} is not async")
            for name, provide in handler.resolve_dependencies().items():
                if not iscoroutinefunction(provide.dependency):
                    faults.append(f"{route.path}: the dependency {name} is not async")
    return faults


def test_nothing_of_a_request_runs_in_a_thread() -> None:
    app = application("full")
    assert sum(len(getattr(route, "route_handlers", ())) for route in app.routes) > 50
    assert in_threads(app) == []


def test_planted_synchronous_parts_are_reported() -> None:
    from litestar import get

    @get("/handler", sync_to_thread=False)
    def handler() -> None:
        return None

    def admit(connection: Any, handler: BaseRouteHandler) -> None: ...

    @get("/guard", guards=[admit])
    async def guarded() -> None:
        return None

    assert len(in_threads(Litestar([handler], openapi_config=None))) == 1
    assert len(in_threads(Litestar([guarded], openapi_config=None))) == 1
