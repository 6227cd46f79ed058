"""What is paid for: plugins own their orders, and the kernel tells them what became of the money (an extension
point)."""

from typing import Protocol

from core.payments.entities import Payment, Refund
from core.work import Work


class OrderType(Protocol):
    """Orders of one kind. Its methods run inside the kernel's unit of work, under the payment's lock: what they write
    is committed with the payment's own change, or not at all. They make no network call."""

    @property
    def name(self) -> str:
        """The name under which payments keep it for ever, with the plugin's name in front."""
        ...

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Hold again what an ended payment had let go, because it is tried again. False where that is not possible."""
        ...

    async def honour(self, work: Work, payment: Payment) -> bool:
        """The money has come: deliver. False where the order can no longer be delivered: the money goes back. May be
        called for a payment whose order was released."""
        ...

    async def release(self, work: Work, payment: Payment) -> None:
        """The payment has ended without money: let go of what was held."""
        ...

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:
        """Money of a delivered order has gone back."""
        ...


class OrderTypes:
    """The order types of an installation, by name."""

    def __init__(self) -> None:
        self._types: dict[str, OrderType] = {}

    def add(self, *types: OrderType) -> None:
        """Add those of a plugin. Raises `ValueError` for a second one of a name."""
        for each in types:
            if each.name in self._types:
                raise ValueError(f'two order types have the name "{each.name}"')
            self._types[each.name] = each

    def get(self, name: str) -> OrderType | None:
        """The order type of a name, None where its plugin is not here."""
        return self._types.get(name)
