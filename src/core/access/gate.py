"""A product's own authorisation, beside the rule of each operation."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import msgspec

from core.access.principal import Caller


class Gate(Protocol):
    """Stands before every operation of a product that is not open to all, once its rule has admitted the caller."""

    async def admit(self, caller: Caller, operation: str) -> None:
        """Return for a caller who may call the operation (its `operationId`); else raise `DomainError` of kind
        unauthenticated or forbidden."""
        ...


@runtime_checkable
class Closable(Protocol):
    """A gate that may close its product. It is asked before everything else, of every operation of the product: of
    those that are open to all too."""

    async def enter(self, caller: Caller, operation: str) -> None:
        """Return for a caller who may come in now; else raise `DomainError` of kind unavailable."""
        ...


class GatedOperation(msgspec.Struct, frozen=True):
    """An operation of a product that has a gate: its `operationId` and method, and whether it is open to all, so that
    the gate is never asked."""

    name: str
    method: str
    open: bool


class GatedOperations:
    """What the installation serves of the products that have a gate, so that a product can tell who may call what. The
    composition root fills it in when every plugin is wired; it is empty until then."""

    def __init__(self) -> None:
        self._served: dict[str, list[GatedOperation]] = {}

    def serve(self, suite: str, operations: Iterable[GatedOperation]) -> None:
        """Add operations of a product."""
        self._served.setdefault(suite, []).extend(operations)

    def of(self, suite: str) -> list[GatedOperation]:
        """The operations of a product, by name."""
        return sorted(self._served.get(suite, ()), key=lambda operation: operation.name)
