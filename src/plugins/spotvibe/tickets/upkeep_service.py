"""What happens to tickets by the clock: seats that are held too long are let go, holders are reminded."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from core.access.principal import SYSTEM
from core.payments.entities import Payment, PaymentState
from core.payments.service import Payments
from core.primitives.clock import Clock
from core.primitives.errors import DomainError
from core.work import Delivery, Work, Works
from plugins.spotvibe.tickets.events import EventReminder

logger = logging.getLogger("socle.spotvibe")

BATCH: Final = 200
REMINDED_BEFORE: Final = timedelta(hours=24)
ENDED: Final = (PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED)


class HeldOrders(Protocol):
    """What the upkeep needs of orders."""

    async def overdue(self, work: Work, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return orders whose seats are held too long, each with its payment, the longest one first."""
        ...


class Releasing(Protocol):
    """What lets the seats of an order go."""

    async def release(self, work: Work, payment: Payment) -> None:
        """Let go of the seats that are held for this payment."""
        ...


class ReminderStore(Protocol):
    """What reminders need of tickets."""

    async def starting(
        self, work: Work, now: datetime, until: datetime, after: int, limit: int
    ) -> Sequence[tuple[int, str, datetime]]:
        """Return events that begin before a moment, by id after one of them."""
        ...

    async def remind(self, work: Work, evenement: int, now: datetime, made_before: datetime) -> set[int]:
        """Mark the tickets of an event that were made before a moment as reminded, and return whose they are, without
        those who were reminded before by another ticket."""
        ...


class Upkeep:
    """The jobs of tickets."""

    def __init__(
        self,
        works: Works,
        held: HeldOrders,
        orders: Releasing,
        tickets: ReminderStore,
        payments: Payments,
        clock: Clock,
    ) -> None:
        self._works = works
        self._held = held
        self._orders = orders
        self._tickets = tickets
        self._payments = payments
        self._clock = clock

    async def expire_holds(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Handle the job: end the payments whose orders hold seats too long, which lets the seats go (DECISIONS.md
        section 2, "Tickets")."""
        while True:
            async with self._works.everywhere(SYSTEM) as work:
                batch = await self._held.overdue(work, self._clock.now(), BATCH)
            moved = [await self._let_go(payment) for _, payment in batch]
            if len(batch) < BATCH or not any(moved):
                return

    async def remind_holders(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Handle the job: remind the holders of tickets of events that begin within 24 hours, once. Who bought later
        than that knows."""
        now = self._clock.now()
        after = 0
        while True:
            async with self._works.everywhere(SYSTEM) as work:
                batch = await self._tickets.starting(work, now, now + REMINDED_BEFORE, after, BATCH)
            for evenement, titre, date_debut in batch:
                await self._remind(evenement, titre, date_debut)
            if len(batch) < BATCH:
                return
            after = batch[-1][0]

    async def _remind(self, evenement: int, titre: str, date_debut: datetime) -> None:
        async with self._works.everywhere(SYSTEM) as work:
            made_before = date_debut - REMINDED_BEFORE
            for user in sorted(await self._tickets.remind(work, evenement, self._clock.now(), made_before)):
                work.publish(EventReminder(evenement=evenement, titre=titre, date_debut=date_debut, user=user))
            await work.commit()

    async def _let_go(self, key: UUID) -> bool:
        """Let the seats go that are held for a payment; whether there was anything to do."""
        async with self._works.everywhere(SYSTEM) as work:
            payment = await self._payments.get(work, key)
            if payment.state in ENDED:
                # it ended while tickets were switched off: nobody has let its seats go
                await self._orders.release(work, payment)
            elif payment.state is PaymentState.PENDING:
                try:
                    await self._payments.expire(work, key)
                except DomainError as settled:
                    logger.info("The payment %s was settled as its seats were to be let go: %s", key, settled.code)
                    return False
            else:
                return False
            await work.commit()
        return True
