"""Cancelling an event: its tickets are sold no more at once; a job then refunds everybody and tells them (DECISIONS.md
section 2, "Events", "Refunds").

The job takes one order after the other, each in a transaction of its own, and marks it there: killed in between, it
goes on where it was. What is pending is cancelled by the kernel, and what was paid goes back whole, once. Payments that
come later find the event cancelled and go back by themselves (`TicketOrders.honour`).
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM, Caller
from core.payments.service import Payments
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, forbidden, invalid_request, missing
from core.work import Delivery, Work, Works
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.events.domain import EVENT_NOT_FOUND, PUBLIC, member_of
from plugins.spotvibe.events.domain import Statut as EventStatut
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.tickets.domain import EVENT_CANCELLED, EVENT_OVER, NOT_YOURS_TO_CANCEL, Audience, Statut
from plugins.spotvibe.tickets.events import EventCancelled

logger = logging.getLogger("socle.spotvibe")

OBJECT_TYPE = "Evenement"
BATCH = 100
ROUNDS = 3
"""How often the orders are gone through at once: one that was pending may have been paid as it was cancelled."""
FIRST = UUID(int=0)


class _Cancelled(msgspec.Struct):
    evenement: int
    by: UUID | None = None


class UnfinishedOrders(Protocol):
    """What cancellations need of orders."""

    async def event(self, work: Work, evenement: int) -> tuple[str, str]:
        """Return an event's titre and statut."""
        ...

    async def unfinished(
        self, work: Work, evenement: int, after: UUID, limit: int
    ) -> Sequence[tuple[UUID, UUID, Statut]]:
        """Return the orders of a cancelled event, after one of them, that still wait for their payment, or whose
        money was not sent back: each with its payment and its statut."""
        ...

    async def mark_given_back(self, work: Work, order: UUID, now: datetime) -> bool:
        """Record that the money of a paid order is on its way back; False where it was recorded, or it is not paid."""
        ...

    async def to_give_back(self, work: Work, evenement: int) -> int:
        """Count the orders of an event that hold seats."""
        ...

    async def given_back(self, work: Work, evenement: int) -> set[int]:
        """Return the numbers of those whose money was sent back because the event was cancelled."""
        ...


class FreeTickets(Protocol):
    """What cancellations need of free tickets."""

    async def cancel_free(self, work: Work, evenement: int) -> set[int]:
        """Cancel every free ticket of an event, and return whose they were."""
        ...


class Unfinished(Exception):
    """Some orders of a cancelled event could not be settled: the job is to be run again."""


class Cancellations:
    """Cancellations of events."""

    def __init__(
        self,
        works: Works,
        orders: UnfinishedOrders,
        tickets: FreeTickets,
        events: EventsApi,
        payments: PaymentsApi,
        kernel_payments: Payments,
        audience: Audience,
        clock: Clock,
        *,
        job: str,
    ) -> None:
        self._works = works
        self._orders = orders
        self._tickets = tickets
        self._events = events
        self._payments = payments
        self._kernel_payments = kernel_payments
        self._audience = audience
        self._clock = clock
        self._job = job

    async def cancel(self, caller: Caller, evenement: int) -> int:
        """Cancel an event; returns how many purchases are settled now. Raises `DomainError` of kind missing for one
        that the caller may not know of, of kind forbidden for who neither organises it nor is staff, of kind invalid
        for one that is over or cancelled already."""
        number, staff = member_of(caller)
        async with self._works.within(caller) as work:
            found = await self._events.lock(work, evenement)
            own = found is not None and (staff or found.createur == number)
            if found is None or not (own or found.statut in PUBLIC):
                raise missing(EVENT_NOT_FOUND)
            if not own:
                raise forbidden(NOT_YOURS_TO_CANCEL)
            if found.statut is EventStatut.ANNULE:
                raise invalid_request(EVENT_CANCELLED)
            if found.date_fin <= self._clock.now() or not await self._events.cancelled(work, evenement):
                raise invalid_request(EVENT_OVER)
            to_settle = await self._orders.to_give_back(work, evenement)
            work.audit("CANCEL", OBJECT_TYPE, evenement)
            by = str(caller.account) if caller.account else None
            work.ask(self._job, evenement=evenement, by=by)
            await work.commit()
        return to_settle

    async def refund_holders(self, delivery: Delivery) -> None:
        """Handle the job: settle every order of a cancelled event, then cancel its free tickets and tell everybody,
        which closes the delivery. Raises `Unfinished` where an order could not be settled."""
        order = msgspec.convert(delivery.payload, _Cancelled)
        failed = 0
        for _ in range(ROUNDS):
            failed = await self._settle_all(order)
            if not failed:
                break
        if failed:
            raise Unfinished(f"{failed} orders of the cancelled event {order.evenement} are not settled")
        async with self._works.delivering(delivery) as work:
            titre, _ = await self._orders.event(work, order.evenement)
            told = await self._tickets.cancel_free(work, order.evenement)
            told |= await self._orders.given_back(work, order.evenement)
            told |= await self._audience.of(work, order.evenement)
            for user in sorted(told):
                work.publish(EventCancelled(evenement=order.evenement, titre=titre, user=user))
            await work.commit()

    async def _settle_all(self, order: _Cancelled) -> int:
        failed, after = 0, FIRST
        while True:
            async with self._works.everywhere(SYSTEM) as work:
                batch = await self._orders.unfinished(work, order.evenement, after, BATCH)
            for key, payment, statut in batch:
                settled = await self._settle(key, payment, statut, order.by)
                failed += not settled
            if len(batch) < BATCH:
                return failed
            after = batch[-1][0]

    async def _settle(self, order: UUID, payment: UUID, statut: Statut, by: UUID | None) -> bool:
        """Settle one order; False where it has to be looked at again."""
        try:
            async with self._works.everywhere(SYSTEM) as work:
                if statut is Statut.EN_ATTENTE:
                    await self._kernel_payments.cancel(work, payment)
                else:
                    await self._payments.give_back(work, payment, by=by)
                    if not await self._orders.mark_given_back(work, order, self._clock.now()):
                        return True
                await work.commit()
        except DomainError as refused:
            # it was paid, or refunded, since it was read: another round will see what it is now
            log = logger.warning if refused.kind is Kind.INVALID else logger.error
            log("The order %s of a cancelled event cannot be settled yet: %s", order, refused.code)
            return False
        return True
