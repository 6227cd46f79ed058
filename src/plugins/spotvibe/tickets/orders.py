"""Orders of tickets, as the payments kernel sees them: what is held while a payment runs, delivered when it is paid,
let go when it ends without money (`core.payments.orders`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from core.payments.entities import Payment, PaymentState, Refund
from core.primitives.clock import Clock
from core.work import Work
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.events.domain import Statut as EventStatut
from plugins.spotvibe.tickets.domain import ORDER_TYPE, Order, Statut, statut_after
from plugins.spotvibe.tickets.events import TicketsPaid

RELEASED = (Statut.EXPIRE, Statut.ANNULE)
"""An order that has let its seats go."""


class OrderStore(Protocol):
    """What orders need of their store. Whoever writes locks the payment first, then the order and its tickets, and the
    event last."""

    async def insert(
        self, work: Work, order: Order, billets: Sequence[UUID], echeance: datetime, now: datetime
    ) -> None:
        """Insert an order with its tickets, all EN_ATTENTE."""
        ...

    async def lock(self, work: Work, key: UUID) -> Order | None:
        """Return an order and hold it until the transaction ends."""
        ...

    async def move(
        self, work: Work, order: Order, statut: Statut, paiement: UUID, *, echeance: datetime | None = None
    ) -> None:
        """Move an order that is held, and its tickets. A scanned ticket moves only to REMBOURSE."""
        ...

    async def event(self, work: Work, evenement: int) -> tuple[str, str]:
        """Return an event's titre and statut."""
        ...


class TicketOrders:
    """The order type of tickets. `hold` is how long seats are held for a payment."""

    name = ORDER_TYPE

    def __init__(self, store: OrderStore, events: EventsApi, clock: Clock, *, hold: timedelta) -> None:
        self._store = store
        self._events = events
        self._clock = clock
        self._hold = hold

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Hold the seats of an order again whose payment ended without money. False where another payment holds or
        has paid it, or the event has no room for it any more."""
        order = await self._store.lock(work, UUID(payment.order))
        if order is None or order.statut not in RELEASED:
            return False
        echeance = self._clock.now() + self._hold
        await self._store.move(work, order, Statut.EN_ATTENTE, payment.id, echeance=echeance)
        return await self._events.take_seats(work, order.evenement, order.quantite) is not None

    async def honour(self, work: Work, payment: Payment) -> bool:
        """Give out the tickets of an order: exactly one for each seat. Money that comes after the seats were let go
        pays them where they are still free, and goes back where they are not, where the event was cancelled, or where
        the order is paid already."""
        order = await self._store.lock(work, UUID(payment.order))
        if order is None or order.statut not in (Statut.EN_ATTENTE, *RELEASED):
            return False
        titre, statut = await self._store.event(work, order.evenement)
        if statut == EventStatut.ANNULE:
            return False
        if order.statut in RELEASED:
            taken = await self._events.take_seats(work, order.evenement, order.quantite)
            if taken is None:
                return False
        await self._store.move(work, order, Statut.PAYE, payment.id)
        work.publish(
            TicketsPaid(
                evenement=order.evenement, titre=titre, user=order.user, quantity=order.quantite, payment=payment.id
            )
        )
        return True

    async def release(self, work: Work, payment: Payment) -> None:
        """Let go of the seats that are held for this payment."""
        order = await self._store.lock(work, UUID(payment.order))
        if order is None or order.statut is not Statut.EN_ATTENTE or order.paiement != payment.id:
            return
        await self._store.move(work, order, statut_after(PaymentState(payment.state)), payment.id)
        await self._events.free_seats(work, order.evenement, order.quantite)

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:  # noqa: ARG002
        """Take the tickets of a paid order back, whatever part of their price went back (DECISIONS.md section 2,
        "Refunds"), and free their seats."""
        order = await self._store.lock(work, UUID(payment.order))
        if order is None or order.statut is not Statut.PAYE or order.paiement != payment.id:
            return
        await self._store.move(work, order, Statut.REMBOURSE, payment.id)
        await self._events.free_seats(work, order.evenement, order.quantite)
