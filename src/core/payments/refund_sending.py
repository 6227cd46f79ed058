"""Refunds on their way: sent once, looked at until the end is known.

Like an attempt, a refund is committed as `sending` before the operator hears of it. One whose answer is lost is looked
up; it is sent again only under the same id, and only where the operator refuses a second one.

Where an operator wants a refund prepared, what it is sent with is committed before it is sent. So a refund in `sending`
without handles has moved nothing, and is prepared again; one with handles may have been executed, and is only ever sent
by them, which the operator executes once.
"""

from datetime import timedelta
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM
from core.payments.attempts import LEASE_MARGIN, Addresses
from core.payments.entities import Attempt, Payment, Refund, RefundState
from core.payments.gateway import (
    Capabilities,
    Inquiry,
    Observation,
    OperationKind,
    Outcome,
    Reason,
    RefundMode,
    RefundOrder,
    State,
    Submission,
)
from core.payments.gateways import Gateways
from core.payments.ports import PaymentStore, RefundStore
from core.payments.refund_settling import RefundSettling
from core.payments.settling import SEND_REFUND
from core.primitives.clock import Clock
from core.work import Delivery, Work, Works

LOOK_AT_REFUND = "payments.look_at_refund"
LONGEST_WAIT = timedelta(hours=1)
LONG_OPEN = timedelta(days=1)
"""A refund whose end is unknown for so long is shown to people; it stays open."""


class _Order(msgspec.Struct):
    refund: UUID
    looks: int | None = None


class RefundSending:
    """Sends refunds and looks at them. The jobs are handlers of the outbox: run twice, they do their work once."""

    def __init__(
        self,
        works: Works,
        store: RefundStore,
        payments: PaymentStore,
        gateways: Gateways,
        settling: RefundSettling,
        clock: Clock,
        addresses: Addresses,
    ) -> None:
        self._works = works
        self._store = store
        self._payments = payments
        self._gateways = gateways
        self._settling = settling
        self._clock = clock
        self._addresses = addresses

    async def send_job(self, delivery: Delivery) -> None:
        """Handle the job that sends a refund: a link of the chain by its number of looks, or the first one without."""
        order = msgspec.convert(delivery.payload, _Order)
        await self.send(order.refund, order.looks)

    async def look_job(self, delivery: Delivery) -> None:
        """Handle the job that looks at a refund: a link of the chain by its number of looks, or a hint without."""
        order = msgspec.convert(delivery.payload, _Order)
        await self.look(order.refund, order.looks)

    async def send(self, key: UUID, looks: int | None = None) -> None:
        """Send an approved refund, unless that was done or somebody is at it."""
        claimed = await self._claim(key, looks)
        if claimed is None:
            return
        refund, order, capabilities = claimed
        if capabilities.prepares_refunds and not order.prepared:
            prepared = await self._prepare(refund, order, capabilities)
            if prepared is None:
                return
            order = prepared
        submission = await self._gateways.refund(refund.gateway, order)
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._settling.locked(work, key)
            if found is not None:
                await self._take_in(work, *found, submission, capabilities)
                await work.commit()

    async def look(self, key: UUID, looks: int | None) -> None:
        """Ask the operator what became of a refund, and apply what it says."""
        async with self._works.everywhere(SYSTEM) as work:
            refund = await self._store.get(work, key)
            attempt = await self._payments.attempt(work, refund.attempt) if refund else None
        if refund is None or attempt is None or looks not in (None, refund.looks) or not _is_out(refund):
            return
        capabilities = self._gateways.capabilities(refund.gateway)
        if capabilities is None:
            return
        observation = await self._gateways.lookup(refund.gateway, _inquiry(refund, attempt))
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._settling.locked(work, key)
            if found is None or not _is_out(found[1]) or (looks is not None and found[1].looks != looks):
                return
            await self._apply(work, *found, observation, capabilities, chained=looks is not None)
            await work.commit()

    async def resume(self, work: Work, refund: Refund) -> None:
        """Have a refund go on whose next step is overdue."""
        if refund.state in (RefundState.APPROVED, RefundState.SENDING):
            work.ask(SEND_REFUND, refund=str(refund.id), looks=refund.looks)
        else:
            work.ask(LOOK_AT_REFUND, refund=str(refund.id), looks=refund.looks)

    def ask_to_look(self, work: Work, refund: UUID) -> None:
        """Have a refund looked at, because something is said to have happened."""
        work.ask(LOOK_AT_REFUND, refund=str(refund))

    async def _claim(self, key: UUID, looks: int | None = None) -> tuple[Refund, RefundOrder, Capabilities] | None:
        """Take a refund to send it: commit that it is being sent. None where there is nothing to send."""
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._settling.locked(work, key)
            if found is None or looks not in (None, found[1].looks):
                return None
            payment, refund = found
            capabilities = self._gateways.capabilities(refund.gateway)
            attempt = await self._payments.attempt(work, refund.attempt)
            if capabilities is None or attempt is None:
                return None
            now = self._clock.now()
            unsent = capabilities.prepares_refunds and not refund.handles
            left = (refund.lease_ends_at or now) - now
            if refund.state is RefundState.SENDING and (left > timedelta() or not unsent):
                await self._recover(work, payment, refund, capabilities, left)
                await work.commit()
                return None
            if refund.state not in (RefundState.APPROVED, RefundState.SENDING):
                return None
            if capabilities.refunds is RefundMode.MANUAL or (capabilities.payee_needed and refund.payee is None):
                await self._store.set(work, key, RefundState.MANUAL, next_look_at=None)
                await work.commit()
                return None
            await self._lease(work, refund, capabilities, sent_at=refund.sent_at or now)
            await work.commit()
        order = RefundOrder(
            operation=refund.id,
            collection=attempt.id,
            captured=attempt.amount,
            amount=refund.amount,
            payee=refund.payee,
            description=payment.description,
            callback_url=self._addresses.callback(refund.gateway, refund.id),
            operator_reference=attempt.operator_reference,
            handles=attempt.handles,
            prepared=refund.handles if capabilities.prepares_refunds else {},
        )
        return refund, order, capabilities

    async def _lease(self, work: Work, refund: Refund, capabilities: Capabilities, **changes: object) -> None:
        """Keep a refund as `sending` for as long as one call may take; afterwards somebody sees to it again."""
        wait = capabilities.deadline + LEASE_MARGIN
        ends = self._clock.now() + wait
        await self._store.set(work, refund.id, RefundState.SENDING, lease_ends_at=ends, next_look_at=ends, **changes)
        work.ask(SEND_REFUND, after=wait, refund=str(refund.id), looks=refund.looks)

    async def _recover(
        self, work: Work, payment: Payment, refund: Refund, capabilities: Capabilities, left: timedelta
    ) -> None:
        """A refund that is being sent: where whoever sends it is gone, its answer is lost."""
        if left > timedelta():
            work.ask(SEND_REFUND, after=left, refund=str(refund.id), looks=refund.looks)
            return
        lost = Submission(outcome=Outcome.UNKNOWN, code="interrupted")
        await self._take_in(work, payment, refund, lost, capabilities)

    async def _prepare(self, refund: Refund, order: RefundOrder, capabilities: Capabilities) -> RefundOrder | None:
        """Prepare a claimed refund, and keep its handles before anything is sent by them. None where it is not to be
        sent now: the operator refuses, nobody answered, or somebody else has prepared it meanwhile."""
        submission = await self._gateways.prepare_refund(refund.gateway, order)
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._settling.locked(work, refund.id)
            if found is None or found[1].state is not RefundState.SENDING or found[1].handles:
                return None
            refund = found[1]
            kept = submission.handles if submission.outcome is Outcome.ACCEPTED else {}
            if kept:
                await self._lease(work, refund, capabilities, handles=kept)
            elif submission.outcome is Outcome.REJECTED:
                await self._settling.fail(work, refund, submission.reason or Reason.UNSPECIFIED, submission.code)
            else:
                code = submission.code or refund.code
                await self._send_later(work, msgspec.structs.replace(refund, code=code), capabilities)
            await work.commit()
        return msgspec.structs.replace(order, prepared=kept) if kept else None

    async def _send_later(self, work: Work, refund: Refund, capabilities: Capabilities) -> None:
        """Have a refund sent after a while of which the operator knows nothing."""
        wait = _wait(refund, capabilities)
        refund = msgspec.structs.replace(refund, state=RefundState.APPROVED, looks=refund.looks + 1)
        await self._store.set(
            work,
            refund.id,
            refund.state,
            code=refund.code,
            looks=refund.looks,
            lease_ends_at=None,
            next_look_at=self._clock.now() + wait,
        )
        await self._show_if_long_open(work, refund)
        work.ask(SEND_REFUND, after=wait, refund=str(refund.id), looks=refund.looks)

    async def _take_in(
        self, work: Work, payment: Payment, refund: Refund, submission: Submission, capabilities: Capabilities
    ) -> None:
        if not _is_out(refund):
            return
        if submission.outcome is Outcome.REJECTED and submission.reason is not Reason.DUPLICATE_REFERENCE:
            await self._settling.fail(work, refund, submission.reason or Reason.UNSPECIFIED, submission.code)
            return
        accepted = submission.outcome in (Outcome.ACCEPTED, Outcome.ACTION_REQUIRED)
        state = RefundState.PENDING if accepted else RefundState.UNKNOWN
        handles = {**refund.handles, **submission.handles}
        code = submission.code or refund.code
        await self._store.set(work, refund.id, state, handles=handles, code=code, lease_ends_at=None)
        refund = msgspec.structs.replace(refund, state=state, handles=handles, code=code)
        if submission.observation is not None:
            await self._apply(work, payment, refund, submission.observation, capabilities, chained=False)
        still = await self._store.get(work, refund.id)
        if still is not None and _is_out(still):
            await self._plan(work, still, capabilities)

    async def _apply(
        self,
        work: Work,
        payment: Payment,
        refund: Refund,
        observation: Observation,
        capabilities: Capabilities,
        *,
        chained: bool,
    ) -> None:
        if refund.state is RefundState.SENDING and observation.state is not State.SUCCEEDED:
            return
        if observation.state is State.SUCCEEDED:
            fault = _fault_of(refund, observation)
            if not fault:
                known = {
                    "code": observation.code or refund.code,
                    "operator_reference": observation.operator_reference or refund.operator_reference,
                }
                await self._settling.finish(work, payment, refund, known)
                return
            await self._settling.escalate(work, refund, fault)
        elif observation.state.final:
            await self._settling.fail(work, refund, observation.reason or Reason.UNSPECIFIED, observation.code)
            return
        elif not observation.found and _may_send_again(refund, capabilities):
            await self._send_later(work, refund, capabilities)
            return
        elif observation.state is State.PENDING:
            refund = msgspec.structs.replace(refund, state=RefundState.PENDING)
        await self._show_if_long_open(work, refund)
        if chained:
            await self._plan(work, msgspec.structs.replace(refund, looks=refund.looks + 1), capabilities)

    async def _show_if_long_open(self, work: Work, refund: Refund) -> None:
        if refund.sent_at is not None and self._clock.now() > refund.sent_at + LONG_OPEN:
            await self._settling.escalate(work, refund, "long_open")

    async def _plan(self, work: Work, refund: Refund, capabilities: Capabilities) -> None:
        wait = _wait(refund, capabilities)
        await self._store.set(work, refund.id, refund.state, looks=refund.looks, next_look_at=self._clock.now() + wait)
        work.ask(LOOK_AT_REFUND, after=wait, refund=str(refund.id), looks=refund.looks)


def _is_out(refund: Refund) -> bool:
    """Whether the operator has heard of a refund, or may have, and its end is open."""
    return refund.state in (RefundState.SENDING, RefundState.PENDING, RefundState.UNKNOWN)


def _may_send_again(refund: Refund, capabilities: Capabilities) -> bool:
    """Whether a refund that the operator does not know may be sent again: a second one of its id is refused, or a
    second one by its preparation."""
    enforced = capabilities.resend or (capabilities.prepares_refunds and bool(refund.handles))
    return refund.state is RefundState.UNKNOWN and enforced


def _wait(refund: Refund, capabilities: Capabilities) -> timedelta:
    """How long until a refund's next step: by the polls, and then ever longer, up to an hour."""
    polls = capabilities.polls
    wait = polls[min(refund.looks, len(polls) - 1)] * max(1, refund.looks - len(polls))
    return min(wait, LONGEST_WAIT)


def _fault_of(refund: Refund, observation: Observation) -> str:
    if observation.amount is not None and not observation.amount.same(refund.amount):
        return "amount_mismatch"
    if observation.reference is not None and observation.reference != refund.id:
        return "reference_mismatch"
    return ""


def _inquiry(refund: Refund, attempt: Attempt) -> Inquiry:
    return Inquiry(
        operation=refund.id,
        kind=OperationKind.REFUND,
        amount=refund.amount,
        sent_at=refund.sent_at or refund.created_at,
        payer=refund.payee,
        operator_reference=refund.operator_reference,
        handles=refund.handles,
        collection=attempt.id,
        collection_handles=attempt.handles,
    )
