"""The operations of the editions. `python -m tests.architecture.operations` writes the list that clients rely on."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from adapters.http.application import operations_of
from adapters.http.schema import documented_path
from socle.composition import Composition, compose_unconnected
from socle.editions import EDITIONS
from socle.installation import load
from socle.registry import discover

SNAPSHOT = Path(__file__).with_name("operation_ids.txt")


class Declared(NamedTuple):
    """An operation as it is declared: `handler` is Litestar's."""

    edition: str
    name: str
    method: str
    path: str
    handler: Any


@cache
def composed(edition: str) -> Composition:
    """An edition, wired and not connected."""
    with tempfile.TemporaryDirectory() as home:
        return compose_unconnected(load(Path(home), {}, edition=edition))


def served_editions() -> list[str]:
    """The editions of which at least one product is installed."""
    suites = discover().suites
    return [edition for edition, products in EDITIONS.items() if suites.keys() & set(products)]


def declared(edition: str) -> Iterator[Declared]:
    """Every operation of an edition."""
    for mounted in composed(edition).mounted:
        for method, path, handler in operations_of(mounted):
            yield Declared(
                edition,
                handler.operation_id or "",
                method,
                documented_path(path, mounted.dialect, handler.opt["facts"]),
                handler,
            )


def snapshot() -> str:
    """One line for each operation: edition, operationId, method and path."""
    lines = [f"{each.edition} {each.name} {each.method} {each.path}" for e in served_editions() for each in declared(e)]
    return "\n".join(sorted(lines)) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(snapshot(), encoding="utf-8")
