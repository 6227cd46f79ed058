"""Every operation that an edition serves, read from the application's own route table."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from adapters.http.application import operations_of
from socle.composition import compose_unconnected
from socle.installation import load


class Operation(NamedTuple):
    """One operation: its `operationId`, method, path template, and what it declares of itself."""

    name: str
    method: str
    path: str
    creates: bool
    versioned: bool
    body: Any
    status: int
    form: bool

    def at(self, key: str = "") -> str:
        """The path, with an id where it takes one."""
        return self.path.replace("{key}", key).rstrip("/") + "/"

    @property
    def keyed(self) -> bool:
        """Whether the path takes an id."""
        return "{key}" in self.path


@cache
def route_table(edition: str = "ekigega") -> tuple[Operation, ...]:
    """The operations of an edition, by name."""
    with tempfile.TemporaryDirectory() as home:
        mounted = compose_unconnected(load(Path(home), {}, edition=edition)).mounted
    found = [
        Operation(
            name=str(handler.operation_id),
            method=method,
            path=path,
            creates=handler.opt["creates"] is not None,
            versioned=handler.opt["facts"].versioned,
            body=handler.parsed_data_field.annotation if handler.parsed_data_field else None,
            status=handler.status_code,
            form=handler.opt["form"],
        )
        for each in mounted
        for method, path, handler in operations_of(each)
    ]
    return tuple(sorted(found))


def operation_named(name: str) -> Operation:
    """An operation of ekigega by its `operationId`."""
    (found,) = [operation for operation in route_table() if operation.name == name]
    return found
