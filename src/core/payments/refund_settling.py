"""How a refund ends, in the unit of work of whoever knows: the operator's answer, a status read, or staff."""

import logging
from collections.abc import Mapping
from uuid import UUID

import msgspec

from core.payments import ledger
from core.payments.entities import Payment, PaymentState, Refund, RefundCause, RefundState
from core.payments.gateway import Reason
from core.payments.orders import OrderTypes
from core.payments.ports import Ledger, PaymentStore, RefundStore
from core.primitives.clock import Clock
from core.primitives.events import Event
from core.work import Work

logger = logging.getLogger("socle.payments")


class RefundDone(Event, frozen=True, kw_only=True):
    """Money of a payment has gone back."""

    name = "payments.refunded"
    payment: UUID
    refund: UUID
    order_type: str
    order: str


class RefundSettling:
    """Ends refunds. Payment and refund are always locked by the caller, the payment first."""

    def __init__(
        self, store: RefundStore, payments: PaymentStore, ledger: Ledger, orders: OrderTypes, clock: Clock
    ) -> None:
        self._store = store
        self._payments = payments
        self._ledger = ledger
        self._orders = orders
        self._clock = clock

    async def locked(self, work: Work, refund: UUID) -> tuple[Payment, Refund] | None:
        """Lock a refund's payment, then the refund; None where there is none."""
        found = await self._store.get(work, refund)
        payment = await self._payments.lock(work, found.payment) if found else None
        found = await self._store.lock(work, refund)
        return None if payment is None or found is None else (payment, found)

    async def finish(self, work: Work, payment: Payment, refund: Refund, known: Mapping[str, object]) -> None:
        """Money has gone back. `known` are further fields of the refund."""
        now = self._clock.now()
        ended: dict[str, object] = {"done_at": now, "next_look_at": None, "reason": None, "escalated": None}
        await self._store.set(work, refund.id, RefundState.DONE, **{**ended, **known})
        await self._ledger.post(work, ledger.refund(payment, refund))
        if refund.attempt == payment.honoured:
            await self._payments.add_refunded(work, payment.id, refund.amount.amount)
            whole = payment.refunded + refund.amount.amount >= payment.amount.amount
            state = PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED
            await self._payments.set_state(work, payment.id, state, settled_at=payment.settled_at)
            order_type = self._orders.get(payment.order_type)
            if order_type is not None:
                done = msgspec.structs.replace(refund, state=RefundState.DONE, done_at=now)
                await order_type.refunded(work, msgspec.structs.replace(payment, state=state), done)
        work.publish(
            RefundDone(payment=payment.id, refund=refund.id, order_type=payment.order_type, order=payment.order)
        )

    async def fail(self, work: Work, refund: Refund, reason: Reason, code: str) -> None:
        """No money has gone back, and none will under this id. What came late and cannot be sent back waits for
        staff: it is never lost."""
        logger.error("The refund %s failed with %s: %s", refund.id, refund.gateway, reason)
        work.audit("FAIL", "Refund", refund.id, details={"reason": reason.value})
        state = RefundState.MANUAL if refund.cause is RefundCause.LATE else RefundState.FAILED
        await self._store.set(work, refund.id, state, reason=reason, code=code, next_look_at=None, escalated=None)

    async def escalate(self, work: Work, refund: Refund, fault: str) -> None:
        """Have people look at a refund."""
        if refund.escalated != fault:
            logger.error("The refund %s needs to be looked at: %s", refund.id, fault)
            work.audit("ESCALATE", "Refund", refund.id, details={"fault": fault})
            await self._store.set(work, refund.id, refund.state, escalated=fault)
