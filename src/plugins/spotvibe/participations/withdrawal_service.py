"""Who has the money of his ticket back comes no more."""

from typing import Protocol

import msgspec

from core.work import Delivery, Work, Works


class _Refunded(msgspec.Struct):
    user: int


class TicketlessStore(Protocol):
    """What withdrawals need of participations."""

    async def withdraw(self, work: Work, number: int) -> int:
        """Delete somebody's participations in paid events to come of which he holds no good ticket; returns how
        many."""
        ...


class Withdrawals:
    """Takes those off the list of who comes that hold no ticket any more."""

    def __init__(self, works: Works, store: TicketlessStore) -> None:
        self._works = works
        self._store = store

    async def refunded(self, delivery: Delivery) -> None:
        """Handle `spotvibe.refund_done`."""
        said = msgspec.convert(delivery.payload, _Refunded)
        async with self._works.delivering(delivery) as work:
            await self._store.withdraw(work, said.user)
            await work.commit()
