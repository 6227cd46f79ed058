"""Payments as features use them: begin one in their own unit of work, try it again, cancel it, read it."""

import asyncio
import logging
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM
from core.numbers import Numbers
from core.payments import messages
from core.payments.attempts import Attempts, new_attempt
from core.payments.entities import Attempt, AttemptState, Payment, PaymentState
from core.payments.gateway import Capabilities, Flow, Reason
from core.payments.gateways import Gateways
from core.payments.orders import OrderTypes
from core.payments.ports import PaymentStore
from core.payments.refunds import Refunds
from core.payments.settling import Settling
from core.primitives.clock import Clock
from core.primitives.errors import invalid_request, missing
from core.primitives.ids import new_id
from core.primitives.locale import Locale
from core.primitives.money import Money
from core.work import Work, Works

logger = logging.getLogger("socle.payments")

PATIENCE = timedelta(seconds=8)
"""How long a request waits for the address of an operator's page (DECISIONS.md section 2, "When")."""

RETRIABLE = (PaymentState.FAILED, PaymentState.EXPIRED)
"""A pending payment may still be answered: no second attempt joins the first (DECISIONS.md section 2, "retry")."""


class PaymentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid, and how.

    - `order_type` and `order` name it for its owner; `amount` is what it costs, `commission` the installation's part
      of that, `payee` whom the rest is due to (an account of the ledger), None for the installation itself.
    - `gateway` is a slug, `payer` the number that pays, as E.164; `otp` a code that the payer was given.
    - `description` is shown to the payer by the operator.
    """

    account: UUID | None
    order_type: str
    order: str
    amount: Money
    gateway: str
    description: str
    payer: str | None = None
    commission: Decimal = Decimal(0)
    payee: str | None = None
    locale: Locale = Locale.FR
    return_url: str = ""
    cancel_url: str = ""
    otp: str = ""


class NextAction(msgspec.Struct, frozen=True):
    """What the payer is to do: answer a prompt on the phone, or go to a page whose address may still be missing."""

    type: str
    url: str | None


class Payments:
    """Payments of an installation. `refunds` sends money back, `gateways` are the operators that are here."""

    def __init__(
        self,
        works: Works,
        store: PaymentStore,
        gateways: Gateways,
        orders: OrderTypes,
        attempts: Attempts,
        settling: Settling,
        refunds: Refunds,
        numbers: Numbers,
        clock: Clock,
    ) -> None:
        self._works = works
        self._store = store
        self._attempts = attempts
        self._settling = settling
        self._numbers = numbers
        self._clock = clock
        self._sending: set[asyncio.Task[None]] = set()
        self.gateways = gateways
        self.orders = orders
        self.refunds = refunds

    async def begin(self, work: Work, order: PaymentOrder) -> Payment:
        """Begin a payment in the unit of work that holds what is paid for. The operator hears of it after the commit:
        by a job, or at once through `action`.

        Raises `DomainError` of kind invalid where the gateway is not here, cannot take this amount, or needs a number
        that is not given or is blocked.
        """
        capabilities = self._usable(order.gateway, order.amount)
        await self._check_payer(work, order.payer, capabilities)
        now = self._clock.now()
        payment = Payment(
            id=new_id(),
            number=0,
            account=order.account,
            order_type=order.order_type,
            order=order.order,
            gateway=order.gateway,
            amount=order.amount,
            commission=order.commission,
            payee=order.payee,
            payer=order.payer,
            description=order.description,
            locale=order.locale,
            return_url=order.return_url,
            cancel_url=order.cancel_url,
            state=PaymentState.PENDING,
            reason=None,
            honoured=None,
            refunded=Decimal(0),
            created_at=now,
            settled_at=None,
        )
        number = await self._store.insert(work, payment)
        payment = msgspec.structs.replace(payment, number=number)
        await self._attempt(work, payment, 1, capabilities, order.otp)
        return payment

    async def get(self, work: Work, payment: UUID) -> Payment:
        """Return a payment. Raises `DomainError` of kind missing."""
        found = await self._store.get(work, payment)
        if found is None:
            raise missing()
        return found

    async def action(self, payment: UUID) -> NextAction:
        """What the payer is to do next. For an operator with a page this sends the attempt and waits some seconds for
        the page's address; a slower operator's is shown by a later call. Call it after the commit."""
        async with self._works.everywhere(SYSTEM) as work:
            attempt = await self._latest(work, payment)
            flow = self._flow(attempt)
        if flow is not Flow.REDIRECT:
            return NextAction("otp" if flow is Flow.OTP else "prompt", None)
        if attempt.state is AttemptState.RESERVED:
            task = asyncio.ensure_future(self._attempts.send(attempt.id))
            # the call to the operator goes on where the request does not wait for it
            self._sending.add(task)
            task.add_done_callback(self._sent)
            await asyncio.wait({task}, timeout=PATIENCE.total_seconds())
            async with self._works.everywhere(SYSTEM) as work:
                attempt = await self._latest(work, payment)
        return NextAction("redirect", attempt.action_url)

    async def retry(
        self, work: Work, payment: UUID, *, gateway: str | None = None, payer: str | None = None, otp: str = ""
    ) -> Payment:
        """Try a payment again that ended without money, or whose operator never answered in the payer's whole time.
        Raises `DomainError` of kind invalid where it cannot be, or what it is for is gone."""
        found = await self._locked(work, payment)
        before = await self._store.attempts(work, payment)
        # one that ended because what it pays for waits no longer may still be in the payer's hands
        if found.state not in RETRIABLE or any(attempt.state.open for attempt in before):
            raise invalid_request(messages.NOT_RETRIABLE)
        chosen, number = gateway or found.gateway, payer or found.payer
        capabilities = self._usable(chosen, found.amount)
        await self._check_payer(work, number, capabilities)
        order_type = self.orders.get(found.order_type)
        if order_type is None or not await order_type.reserve(work, found):
            raise invalid_request(messages.ORDER_GONE)
        await self._store.choose(work, payment, chosen, number)
        await self._store.set_state(work, payment, PaymentState.PENDING)
        found = msgspec.structs.replace(found, gateway=chosen, payer=number, state=PaymentState.PENDING, reason=None)
        await self._attempt(work, found, len(before) + 1, capabilities, otp)
        return found

    async def cancel(self, work: Work, payment: UUID) -> Payment:
        """Cancel a pending payment. A prompt that is out cannot be taken back: money that comes all the same is
        honoured or refunded. Raises `DomainError` of kind invalid where it is not pending."""
        return await self._give_up(work, payment, PaymentState.CANCELLED, None)

    async def expire(self, work: Work, payment: UUID) -> Payment:
        """End a pending payment because what it pays for waits no longer. As `cancel`."""
        return await self._give_up(work, payment, PaymentState.EXPIRED, Reason.TIMEOUT)

    async def verify(self, payment: UUID) -> Payment:
        """Ask the operator now what became of a payment's open attempt, and return the payment as it is then."""
        async with self._works.everywhere(SYSTEM) as work:
            attempts = await self._store.attempts(work, payment)
        for attempt in attempts:
            if attempt.state.open:
                await self._attempts.look(attempt.id, None)
        async with self._works.everywhere(SYSTEM) as work:
            return await self.get(work, payment)

    async def close(self) -> None:
        """Let calls that are under way end, and connections go."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=PATIENCE.total_seconds())
        await self.gateways.close()

    async def _give_up(self, work: Work, payment: UUID, state: PaymentState, reason: Reason | None) -> Payment:
        found = await self._locked(work, payment)
        if found.state is not PaymentState.PENDING:
            raise invalid_request(messages.NOT_PENDING)
        await self._settling.close(work, found, state, reason)
        for attempt in await self._store.attempts(work, payment):
            if attempt.state is AttemptState.RESERVED and attempt.sent_at is None:
                await self._store.set_attempt(work, attempt.id, AttemptState.CANCELLED, next_look_at=None)
        return msgspec.structs.replace(found, state=state, reason=reason)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("An attempt could not be sent; its job tries again.", exc_info=task.exception())

    async def _attempt(self, work: Work, payment: Payment, position: int, capabilities: Capabilities, otp: str) -> None:
        attempt = new_attempt(payment, position, payment.gateway, self._clock.now())
        await self._store.insert_attempt(work, attempt)
        # a request sends it itself where a page is needed; the job is there should it die
        own = capabilities.flow is Flow.REDIRECT
        self._attempts.ask_to_send(work, attempt, after=PATIENCE / 4 if own else timedelta(), otp=otp)

    def _usable(self, slug: str, amount: Money) -> Capabilities:
        capabilities = self.gateways.capabilities(slug)
        if capabilities is None:
            raise invalid_request(messages.UNKNOWN_GATEWAY)
        too_much = capabilities.maximum is not None and amount.amount > capabilities.maximum
        fits = amount.payable and amount.currency in capabilities.currencies
        if not fits or too_much or amount.amount < capabilities.minimum:
            raise invalid_request(messages.NOT_PAYABLE)
        return capabilities

    async def _check_payer(self, work: Work, payer: str | None, capabilities: Capabilities) -> None:
        if payer is None:
            if capabilities.needs_payer:
                raise invalid_request(messages.NO_PAYER)
        elif await self._numbers.blocked(payer, work):
            raise invalid_request(messages.BLOCKED_NUMBER)

    def _flow(self, attempt: Attempt) -> Flow:
        capabilities = self.gateways.capabilities(attempt.gateway)
        return capabilities.flow if capabilities else Flow.PUSH

    async def _latest(self, work: Work, payment: UUID) -> Attempt:
        attempts = await self._store.attempts(work, payment)
        if not attempts:
            raise missing()
        return attempts[-1]

    async def _locked(self, work: Work, payment: UUID) -> Payment:
        found = await self._store.lock(work, payment)
        if found is None:
            raise missing()
        return found
