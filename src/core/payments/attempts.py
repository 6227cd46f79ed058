"""Attempts on their way: sent once, looked at until the end is known.

An attempt is committed as `sending`, with a lease, before the operator hears of it. Whoever finds it so after the
lease has ended knows that the answer is lost: it is looked up, and sent again under the same id only where the
operator refuses a second one (mobile-money.md section 1.4).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM
from core.payments.entities import Attempt, AttemptState, Payment, PaymentState
from core.payments.gateway import (
    Capabilities,
    Collection,
    Inquiry,
    Observation,
    OperationKind,
    Outcome,
    Reason,
    State,
    Submission,
)
from core.payments.gateways import MARGIN, Gateways
from core.payments.ports import PaymentStore
from core.payments.settling import Settling
from core.primitives.clock import Clock
from core.primitives.ids import new_operation
from core.primitives.secret import Secret
from core.work import Delivery, Work, Works

SEND_ATTEMPT = "payments.send_attempt"
LOOK_AT_ATTEMPT = "payments.look_at_attempt"

LEASE_MARGIN = MARGIN + timedelta(seconds=3)
MAX_LOST = 3
"""After so many lost creations in a row an operator counts as not there."""
LONGEST_WATCH_WAIT = timedelta(hours=1)


class _SendOrder(msgspec.Struct):
    attempt: UUID
    otp: str = ""


class _LookOrder(msgspec.Struct):
    attempt: UUID
    looks: int | None = None


class Addresses(msgspec.Struct, frozen=True):
    """Where operators reach the installation: `webhooks` is the address below which callbacks go."""

    webhooks: str

    def callback(self, gateway: str, operation: UUID) -> str:
        """The address for one operation's callbacks (DECISIONS.md section 2)."""
        return f"{self.webhooks.rstrip('/')}/webhooks/{gateway}/{operation}/"


class Attempts:
    """Sends attempts and looks at them. The jobs are handlers of the outbox: run twice, they do their work once."""

    def __init__(
        self,
        works: Works,
        store: PaymentStore,
        gateways: Gateways,
        settling: Settling,
        clock: Clock,
        addresses: Addresses,
    ) -> None:
        self._works = works
        self._store = store
        self._gateways = gateways
        self._settling = settling
        self._clock = clock
        self._addresses = addresses

    async def send_job(self, delivery: Delivery) -> None:
        """Handle the job that sends an attempt."""
        order = msgspec.convert(delivery.payload, _SendOrder)
        await self.send(order.attempt, Secret(order.otp) if order.otp else None)

    async def look_job(self, delivery: Delivery) -> None:
        """Handle the job that looks at an attempt. With a number of looks it is a link of the chain, and done once;
        without, a hint: somebody says that something has happened."""
        order = msgspec.convert(delivery.payload, _LookOrder)
        await self.look(order.attempt, order.looks)

    async def send(self, key: UUID, otp: Secret | None = None) -> None:
        """Send an attempt, unless that was done or somebody is at it."""
        claimed = await self._claim(key)
        if claimed is None:
            return
        payment, attempt, capabilities = claimed
        submission = await self._gateways.collect(attempt.gateway, self._collection(payment, attempt, otp))
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._locked(work, key)
            if found is not None:
                await self._take_in(work, *found, submission, capabilities)
                await work.commit()

    async def look(self, key: UUID, looks: int | None) -> None:
        """Ask the operator what became of an attempt, and apply what it says."""
        async with self._works.everywhere(SYSTEM) as work:
            attempt = await self._store.attempt(work, key)
        if attempt is None or not self._to_be_looked_at(attempt) or looks not in (None, attempt.looks):
            return
        capabilities = self._gateways.capabilities(attempt.gateway)
        if capabilities is None:
            return
        observation = await self._gateways.lookup(attempt.gateway, inquiry_of(attempt))
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._locked(work, key)
            if found is None or (looks is not None and found[1].looks != looks):
                return
            await self._apply(work, *found, observation, capabilities, chained=looks is not None)
            await work.commit()

    def ask_to_send(self, work: Work, attempt: Attempt, *, after: timedelta = timedelta(), otp: str = "") -> None:
        """Have an attempt sent once this unit of work is committed."""
        extra = {"otp": otp} if otp else {}
        work.ask(SEND_ATTEMPT, after=after, attempt=str(attempt.id), **extra)

    def ask_to_look(self, work: Work, attempt: UUID) -> None:
        """Have an attempt looked at, because something is said to have happened."""
        work.ask(LOOK_AT_ATTEMPT, attempt=str(attempt))

    async def resume(self, work: Work, attempt: Attempt) -> None:
        """Have an attempt go on whose next step is overdue: its job was lost, or its gateway was not here."""
        if attempt.state in (AttemptState.RESERVED, AttemptState.SENDING):
            self.ask_to_send(work, attempt)
        else:
            work.ask(LOOK_AT_ATTEMPT, attempt=str(attempt.id), looks=attempt.looks)

    async def _claim(self, key: UUID) -> tuple[Payment, Attempt, Capabilities] | None:
        """Take an attempt to send it: commit that it is being sent. None where there is nothing to send."""
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._locked(work, key)
            if found is None:
                return None
            payment, attempt = found
            capabilities = self._gateways.capabilities(attempt.gateway)
            if capabilities is None:
                return None
            now = self._clock.now()
            if attempt.state is AttemptState.SENDING:
                await self._recover(work, payment, attempt, capabilities, now)
                await work.commit()
                return None
            if attempt.state is not AttemptState.RESERVED:
                return None
            if payment.state is not PaymentState.PENDING:
                await self._give_up_sending(work, attempt, capabilities)
                await work.commit()
                return None
            lease = now + capabilities.deadline + LEASE_MARGIN
            changes = {
                "sent_at": attempt.sent_at or now,
                "lease_ends_at": lease,
                "window_ends_at": now + capabilities.window,
                "watch_until": now + capabilities.window + capabilities.watch,
                "next_look_at": lease,
            }
            await self._store.set_attempt(work, key, AttemptState.SENDING, **changes)
            self.ask_to_send(work, attempt, after=lease - now)
            await work.commit()
        return payment, msgspec.structs.replace(attempt, state=AttemptState.SENDING, **changes), capabilities

    async def _give_up_sending(self, work: Work, attempt: Attempt, capabilities: Capabilities) -> None:
        """The payment has ended before its attempt was sent (again). What was sent once may still be paid."""
        if attempt.sent_at is None:
            await self._store.set_attempt(work, attempt.id, AttemptState.CANCELLED, next_look_at=None)
        else:
            await self._plan(work, msgspec.structs.replace(attempt, state=AttemptState.UNKNOWN), capabilities)

    async def _recover(
        self, work: Work, payment: Payment, attempt: Attempt, capabilities: Capabilities, now: datetime
    ) -> None:
        """An attempt that is being sent: where whoever sends it is gone, its answer is lost."""
        left = (attempt.lease_ends_at or now) - now
        if left > timedelta():
            self.ask_to_send(work, attempt, after=left)
            return
        await self._take_in(
            work, payment, attempt, Submission(outcome=Outcome.UNKNOWN, code="interrupted"), capabilities
        )

    async def _take_in(
        self, work: Work, payment: Payment, attempt: Attempt, submission: Submission, capabilities: Capabilities
    ) -> None:
        """Apply the answer to a command."""
        if attempt.captured or not attempt.state.open:
            kept_late = {**attempt.handles, **submission.handles}
            await self._store.set_attempt(work, attempt.id, attempt.state, handles=kept_late)
            return
        if submission.outcome is Outcome.REJECTED and submission.reason is not Reason.DUPLICATE_REFERENCE:
            refused = Observation(state=State.FAILED, reason=submission.reason, code=submission.code)
            await self._settling.apply(work, payment, attempt, refused, capabilities)
            return
        kept: dict[str, object] = {"handles": {**attempt.handles, **submission.handles}, "lease_ends_at": None}
        if submission.code:
            kept["code"] = submission.code
        if submission.outcome in (Outcome.ACCEPTED, Outcome.ACTION_REQUIRED):
            window = self._clock.now() + capabilities.window
            kept |= {"action_url": submission.url or None, "window_ends_at": window}
            attempt = await self._move(work, attempt, AttemptState.PENDING, kept)
            if submission.observation is not None:
                attempt = await self._settling.apply(work, payment, attempt, submission.observation, capabilities)
        elif capabilities.answer_needed:
            await self._store.set_attempt(work, attempt.id, AttemptState.LOST, next_look_at=None, **kept)
            await self._begin_anew(work, payment, attempt)
            return
        else:
            # a prompt may have reached the payer before this command's answer was lost
            known = attempt.state is AttemptState.PENDING
            attempt = await self._move(work, attempt, AttemptState.PENDING if known else AttemptState.UNKNOWN, kept)
        await self._plan(work, attempt, capabilities)

    async def _move(self, work: Work, attempt: Attempt, state: AttemptState, kept: Mapping[str, object]) -> Attempt:
        await self._store.set_attempt(work, attempt.id, state, **kept)
        return msgspec.structs.replace(attempt, state=state, **kept)

    async def _begin_anew(self, work: Work, payment: Payment, lost: Attempt) -> None:
        """Go on with a new attempt after one that nobody can pay any more (DECISIONS.md section 2, "retry")."""
        if payment.state is not PaymentState.PENDING:
            return
        before = await self._store.attempts(work, payment.id)
        if sum(each.state is AttemptState.LOST for each in before) >= MAX_LOST:
            await self._settling.close(work, payment, PaymentState.FAILED, Reason.OPERATOR_UNAVAILABLE)
            return
        attempt = new_attempt(payment, len(before) + 1, lost.gateway, self._clock.now())
        await self._store.insert_attempt(work, attempt)
        self.ask_to_send(work, attempt)

    async def _apply(
        self,
        work: Work,
        payment: Payment,
        attempt: Attempt,
        observation: Observation,
        capabilities: Capabilities,
        *,
        chained: bool,
    ) -> None:
        now = self._clock.now()
        if attempt.state in (AttemptState.RESERVED, AttemptState.SENDING):
            # a callback may come before the answer to the command: only success counts then
            if observation.state is State.SUCCEEDED:
                await self._settling.apply(work, payment, attempt, observation, capabilities)
            return
        absent = observation.state is State.UNKNOWN and not observation.found
        if absent and payment.state is PaymentState.PENDING and self._may_send_again(attempt, capabilities):
            await self._store.set_attempt(work, attempt.id, AttemptState.RESERVED, looks=attempt.looks + 1)
            self.ask_to_send(work, attempt)
            return
        attempt = await self._settling.apply(work, payment, attempt, observation, capabilities)
        over = attempt.window_ends_at is not None and now >= attempt.window_ends_at + capabilities.polls[0]
        if attempt.state.open and over:
            expired = Observation(state=State.EXPIRED, reason=Reason.TIMEOUT, code=attempt.code)
            attempt = await self._settling.apply(work, payment, attempt, expired, capabilities)
        if chained:
            await self._plan(work, msgspec.structs.replace(attempt, looks=attempt.looks + 1), capabilities)

    def _may_send_again(self, attempt: Attempt, capabilities: Capabilities) -> bool:
        """Whether an operation that the operator does not know may be sent again: under the same id, where a second
        one is refused, and while the payer has not been asked."""
        in_time = attempt.sent_at is not None and self._clock.now() < attempt.sent_at + capabilities.window
        return capabilities.resend and attempt.state is AttemptState.UNKNOWN and in_time

    async def _plan(self, work: Work, attempt: Attempt, capabilities: Capabilities) -> None:
        """Have an attempt looked at again, while that may bring something."""
        wait = self._wait(attempt, capabilities) if self._to_be_looked_at(attempt) else None
        next_look = self._clock.now() + wait if wait is not None else None
        await self._store.set_attempt(work, attempt.id, attempt.state, looks=attempt.looks, next_look_at=next_look)
        if wait is not None:
            work.ask(LOOK_AT_ATTEMPT, after=wait, attempt=str(attempt.id), looks=attempt.looks)

    def _wait(self, attempt: Attempt, capabilities: Capabilities) -> timedelta:
        polls = capabilities.polls
        if attempt.state.open:
            return polls[min(attempt.looks, len(polls) - 1)]
        doubled: int = 2 ** min(attempt.looks, 10)
        return min(capabilities.window * doubled, LONGEST_WATCH_WAIT)

    def _to_be_looked_at(self, attempt: Attempt) -> bool:
        """Whether looking may bring something: the end is open, or time alone ended it and money may come late."""
        if attempt.captured or attempt.sent_at is None:
            return False
        late = attempt.state is AttemptState.EXPIRED and attempt.watch_until is not None
        return attempt.state.open or (late and self._clock.now() < (attempt.watch_until or self._clock.now()))

    async def _locked(self, work: Work, key: UUID) -> tuple[Payment, Attempt] | None:
        attempt = await self._store.attempt(work, key)
        if attempt is None:
            return None
        payment = await self._store.lock(work, attempt.payment)
        attempt = await self._store.attempt(work, key)
        return None if payment is None or attempt is None else (payment, attempt)

    def _collection(self, payment: Payment, attempt: Attempt, otp: Secret | None) -> Collection:
        return Collection(
            operation=attempt.id,
            amount=attempt.amount,
            payer=attempt.payer,
            description=payment.description,
            callback_url=self._addresses.callback(attempt.gateway, attempt.id),
            return_url=payment.return_url,
            cancel_url=payment.cancel_url,
            locale=payment.locale,
            otp=otp,
        )


def inquiry_of(attempt: Attempt) -> Inquiry:
    """The question after an attempt."""
    return Inquiry(
        operation=attempt.id,
        kind=OperationKind.COLLECTION,
        amount=attempt.amount,
        sent_at=attempt.sent_at or attempt.created_at,
        payer=attempt.payer,
        operator_reference=attempt.operator_reference,
        handles=attempt.handles,
    )


def new_attempt(payment: Payment, position: int, gateway: str, now: datetime) -> Attempt:
    """A new attempt of a payment, reserved."""
    return Attempt(
        id=new_operation(),
        payment=payment.id,
        position=position,
        gateway=gateway,
        amount=payment.amount,
        payer=payment.payer,
        state=AttemptState.RESERVED,
        reason=None,
        code="",
        operator_reference=None,
        handles={},
        action_url=None,
        captured=False,
        refund_held=payment.amount.amount * 0,
        escalated=None,
        looks=0,
        created_at=now,
        sent_at=None,
        lease_ends_at=None,
        window_ends_at=None,
        watch_until=None,
        next_look_at=now,
    )
