"""The one place where what an operator says changes a payment.

Answers to commands, status reads and nothing else come here, one after the other under the payment's lock. What an
operator says is compared with what was sent before money is believed to have moved (mobile-money.md section 1.4).
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

import msgspec

from core.payments.entities import Attempt, AttemptState, Payment, PaymentState, Refund, RefundCause, RefundState
from core.payments.gateway import Capabilities, Observation, Reason, State
from core.payments.ledger import collection, settlement
from core.payments.orders import OrderTypes
from core.payments.ports import Ledger, PaymentStore, RefundStore
from core.primitives.clock import Clock
from core.primitives.events import Event
from core.primitives.ids import new_operation
from core.work import Work

logger = logging.getLogger("socle.payments")

SEND_REFUND = "payments.send_refund"
NO_ORDER_TYPE = "no_order_type"


class PaymentSucceeded(Event, frozen=True, kw_only=True):
    """A payment's order was paid and delivered."""

    name = "payments.succeeded"
    payment: UUID
    order_type: str
    order: str


class PaymentEnded(Event, frozen=True, kw_only=True):
    """A payment ended without money. `state` is "failed", "expired" or "cancelled"."""

    name = "payments.ended"
    payment: UUID
    order_type: str
    order: str
    state: str
    reason: str | None


class Change(Enum):
    """What an observation does to an attempt."""

    NOTHING = auto()
    MOVE = auto()
    END = auto()
    CAPTURE = auto()
    ESCALATE = auto()


class Verdict(msgspec.Struct, frozen=True):
    """The change that an observation makes, the attempt's state after it, and what is wrong where it is escalated."""

    change: Change
    state: AttemptState
    fault: str = ""


_ENDS: Mapping[State, AttemptState] = {
    State.FAILED: AttemptState.FAILED,
    State.CANCELLED: AttemptState.CANCELLED,
    State.EXPIRED: AttemptState.EXPIRED,
}


def fault_of(attempt: Attempt, observation: Observation, *, reports_amount: bool) -> str:
    """What in a statement of success does not fit what was sent; empty where everything does."""
    if observation.amount is None:
        if reports_amount:
            return "amount_missing"
    elif not observation.amount.same(attempt.amount):
        return "amount_mismatch"
    if observation.reference is not None and observation.reference != attempt.id:
        return "reference_mismatch"
    return ""


def judge(attempt: Attempt, observation: Observation, capabilities: Capabilities) -> Verdict:
    """Decide what an observation does to an attempt. Money that has come stays: nothing that an operator says later
    takes it back by itself. An attempt that ended without money may still turn out to have it."""
    if observation.state is State.SUCCEEDED:
        if attempt.captured:
            return Verdict(Change.NOTHING, attempt.state)
        fault = fault_of(attempt, observation, reports_amount=capabilities.reports_amount)
        if fault:
            return Verdict(Change.ESCALATE, attempt.state, fault)
        return Verdict(Change.CAPTURE, AttemptState.SUCCEEDED)
    if attempt.captured:
        contradicts = observation.state.final
        return Verdict(Change.ESCALATE if contradicts else Change.NOTHING, attempt.state, "taken_back" * contradicts)
    if not attempt.state.open:
        return Verdict(Change.NOTHING, attempt.state)
    if observation.state.final:
        return Verdict(Change.END, _ENDS[observation.state])
    if observation.state is State.PENDING:
        return Verdict(Change.MOVE, AttemptState.PENDING)
    known = attempt.state is AttemptState.PENDING
    return Verdict(Change.MOVE, AttemptState.PENDING if known else AttemptState.UNKNOWN)


def ended_state(attempt: AttemptState, now: datetime, window_ends_at: datetime | None) -> PaymentState:
    """The state of a payment whose attempt ended without money: `expired` is for time alone, so an operator that says
    so before the payer's time is over speaks of a refusal (DECISIONS.md section 2)."""
    over = window_ends_at is None or now >= window_ends_at
    return PaymentState.EXPIRED if attempt is AttemptState.EXPIRED and over else PaymentState.FAILED


class Settling:
    """Applies observations, and ends payments, in units of work of others. `payment` is always locked by the caller."""

    def __init__(
        self, payments: PaymentStore, refunds: RefundStore, ledger: Ledger, orders: OrderTypes, clock: Clock
    ) -> None:
        self._payments = payments
        self._refunds = refunds
        self._ledger = ledger
        self._orders = orders
        self._clock = clock

    async def apply(
        self, work: Work, payment: Payment, attempt: Attempt, observation: Observation, capabilities: Capabilities
    ) -> Attempt:
        """Apply what an operator says of an attempt; returns the attempt as it is then."""
        verdict = judge(attempt, observation, capabilities)
        known = {
            "code": observation.code or attempt.code,
            "operator_reference": observation.operator_reference or attempt.operator_reference,
        }
        if verdict.change is Change.CAPTURE and await self._is_anothers(work, attempt, observation):
            verdict = Verdict(Change.ESCALATE, attempt.state, "transaction_of_another")
        match verdict.change:
            case Change.NOTHING:
                return attempt
            case Change.ESCALATE:
                await self._escalate(work, attempt, verdict.fault)
            case Change.MOVE:
                await self._payments.set_attempt(work, attempt.id, verdict.state, **known)
            case Change.END:
                reason = observation.reason or Reason.UNSPECIFIED
                await self._payments.set_attempt(work, attempt.id, verdict.state, reason=reason, **known)
                await self.end(work, payment, attempt, verdict.state, reason)
            case Change.CAPTURE:
                await self._capture(work, payment, attempt, known)
        changed = await self._payments.attempt(work, attempt.id)
        return changed or attempt

    async def end(
        self, work: Work, payment: Payment, attempt: Attempt, state: AttemptState, reason: Reason | None
    ) -> None:
        """End a payment whose last attempt has ended without money, and let its order go. One that ended before, or
        was paid, stays as it is."""
        if payment.state is not PaymentState.PENDING:
            return
        ended = ended_state(state, self._clock.now(), attempt.window_ends_at)
        if ended is PaymentState.EXPIRED:
            reason = Reason.TIMEOUT
        await self.close(work, payment, ended, reason)

    async def close(self, work: Work, payment: Payment, state: PaymentState, reason: Reason | None) -> None:
        """End a pending payment without money, and let its order go."""
        await self._payments.set_state(work, payment.id, state, reason=reason)
        order_type = self._orders.get(payment.order_type)
        if order_type is not None:
            await order_type.release(work, msgspec.structs.replace(payment, state=state, reason=reason))
        work.publish(
            PaymentEnded(
                payment=payment.id,
                order_type=payment.order_type,
                order=payment.order,
                state=state.value,
                reason=reason.value if reason else None,
            )
        )
        if reason is not None and reason.ours:
            logger.error("Payment %s: the operator %s says %s; see its settings.", payment.id, payment.gateway, reason)

    async def _is_anothers(self, work: Work, attempt: Attempt, observation: Observation) -> bool:
        reference = observation.operator_reference
        return reference is not None and await self._payments.reported_elsewhere(work, attempt, reference)

    async def _escalate(self, work: Work, attempt: Attempt, fault: str) -> None:
        if attempt.escalated == fault:
            return
        logger.error("Attempt %s needs to be looked at: %s", attempt.id, fault)
        work.audit("ESCALATE", "PaymentAttempt", attempt.id, details={"fault": fault})
        await self._payments.set_attempt(work, attempt.id, attempt.state, escalated=fault)

    async def _capture(self, work: Work, payment: Payment, attempt: Attempt, known: Mapping[str, str | None]) -> None:
        """Money has come: honour the order with it, or send it back."""
        await self._payments.set_attempt(
            work, attempt.id, AttemptState.SUCCEEDED, captured=True, reason=None, escalated=None, **known
        )
        await self._ledger.post(work, collection(attempt))
        await self.place(work, payment, msgspec.structs.replace(attempt, state=AttemptState.SUCCEEDED, captured=True))

    async def place(self, work: Work, payment: Payment, attempt: Attempt) -> None:
        """Say what money that has come is for: its order, or the way back. Where the order's plugin is not here it is
        held until the plugin comes back, and people are told."""
        if payment.honoured is None:
            if self._orders.get(payment.order_type) is None:
                await self._escalate(work, attempt, NO_ORDER_TYPE)
                return
            if await self._honour(work, payment, attempt):
                return
        await self._send_back(work, payment, attempt)

    async def place_held(self, work: Work, payment: Payment, attempt: Attempt) -> None:
        """Try again to place money that was held because its order's plugin was not here."""
        if self._orders.get(payment.order_type) is not None:
            await self._payments.set_attempt(work, attempt.id, attempt.state, escalated=None)
            await self.place(work, payment, msgspec.structs.replace(attempt, escalated=None))

    async def _honour(self, work: Work, payment: Payment, attempt: Attempt) -> bool:
        order_type = self._orders.get(payment.order_type)
        paid = msgspec.structs.replace(
            payment, state=PaymentState.SUCCEEDED, honoured=attempt.id, settled_at=self._clock.now(), reason=None
        )
        if order_type is None or not await order_type.honour(work, paid):
            return False
        await self._payments.set_state(
            work, payment.id, PaymentState.SUCCEEDED, honoured=attempt.id, settled_at=paid.settled_at
        )
        await self._ledger.post(work, settlement(paid, attempt))
        work.publish(PaymentSucceeded(payment=payment.id, order_type=payment.order_type, order=payment.order))
        return True

    async def _send_back(self, work: Work, payment: Payment, attempt: Attempt) -> None:
        """Refund money that paid nothing. A payment that was pending has failed: what it was for is gone."""
        if payment.state is PaymentState.PENDING and payment.honoured is None:
            await self.close(work, payment, PaymentState.FAILED, None)
        refund = late_refund(payment, attempt, self._clock.now())
        if await self._refunds.insert(work, refund) is None:
            raise RuntimeError(f"the money of attempt {attempt.id} is already on its way back")
        work.audit("REFUND", "Payment", payment.id, details={"cause": "late", "attempt": str(attempt.id)})
        work.ask(SEND_REFUND, refund=str(refund.id))


def late_refund(payment: Payment, attempt: Attempt, now: datetime) -> Refund:
    """The refund of an attempt whose money paid nothing: approved by itself."""
    return Refund(
        id=new_operation(),
        number=0,
        payment=payment.id,
        attempt=attempt.id,
        gateway=attempt.gateway,
        amount=attempt.amount,
        cause=RefundCause.LATE,
        description="",
        state=RefundState.APPROVED,
        reason=None,
        code="",
        payee=attempt.payer or payment.payer,
        requested_by=None,
        decided_by=None,
        operator_reference=None,
        handles={},
        escalated=None,
        looks=0,
        created_at=now,
        decided_at=now,
        sent_at=None,
        lease_ends_at=None,
        next_look_at=now,
        done_at=None,
    )
