"""Refunds as features use them: asked for, decided on, and settled by staff where the operator cannot.

What a refund gives back is held on the attempt that it comes from when it is asked for, so that refunds never exceed
what came.
"""

from decimal import Decimal
from uuid import UUID

import msgspec

from core.payments import messages
from core.payments.entities import Payment, Refund, RefundCause, RefundState
from core.payments.gateway import Reason
from core.payments.gateways import Gateways
from core.payments.ports import PaymentStore, RefundStore
from core.payments.refund_settling import RefundSettling
from core.payments.settling import SEND_REFUND
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, invalid_request, missing
from core.primitives.ids import new_operation
from core.primitives.money import Money
from core.work import Work


class Refunds:
    """Refunds of an installation."""

    def __init__(
        self,
        store: RefundStore,
        payments: PaymentStore,
        gateways: Gateways,
        settling: RefundSettling,
        clock: Clock,
    ) -> None:
        self._store = store
        self._payments = payments
        self._gateways = gateways
        self._settling = settling
        self._clock = clock

    async def request(
        self,
        work: Work,
        payment: UUID,
        amount: Decimal,
        cause: RefundCause,
        *,
        description: str = "",
        requested_by: UUID | None = None,
        payee: str | None = None,
    ) -> Refund:
        """Ask for money of a payment to go back; the amount is held at once. Raises `DomainError` of kind invalid
        where the payment has not succeeded, or less of it is left."""
        found = await self._payments.lock(work, payment)
        if found is None:
            raise missing()
        if found.honoured is None:
            raise invalid_request(messages.NOT_REFUNDABLE)
        money = Money(amount, found.amount.currency)
        if not money.payable:
            raise invalid_request(messages.REFUND_TOO_LARGE)
        attempt = await self._payments.attempt(work, found.honoured)
        capabilities = self._gateways.capabilities(attempt.gateway if attempt else found.gateway)
        if capabilities is not None and not capabilities.partial_refunds and not money.same(found.amount):
            raise invalid_request(messages.NO_PARTIAL_REFUND)
        refund = Refund(
            id=new_operation(),
            number=0,
            payment=payment,
            attempt=found.honoured,
            gateway=attempt.gateway if attempt else found.gateway,
            amount=money,
            cause=cause,
            description=description,
            state=RefundState.REQUESTED,
            reason=None,
            code="",
            payee=payee or (attempt.payer if attempt else None) or found.payer,
            requested_by=requested_by,
            decided_by=None,
            operator_reference=None,
            handles={},
            escalated=None,
            looks=0,
            created_at=self._clock.now(),
            decided_at=None,
            sent_at=None,
            lease_ends_at=None,
            next_look_at=None,
            done_at=None,
        )
        number = await self._store.insert(work, refund)
        if number is None:
            raise invalid_request(messages.REFUND_TOO_LARGE)
        return msgspec.structs.replace(refund, number=number)

    async def approve(self, work: Work, refund: UUID, by: UUID | None) -> None:
        """Approve a refund that was asked for; it is executed after the commit. Raises `DomainError` of kind
        conflict where it was decided before."""
        _, found = await self._to_decide(work, refund, RefundState.REQUESTED)
        now = self._clock.now()
        await self._store.set(work, found.id, RefundState.APPROVED, decided_by=by, decided_at=now, next_look_at=now)
        work.audit("APPROVE", "Refund", found.id)
        work.ask(SEND_REFUND, refund=str(found.id))

    async def reject(self, work: Work, refund: UUID, by: UUID | None) -> None:
        """Reject a refund that was asked for. Raises `DomainError` of kind conflict where it was decided before."""
        _, found = await self._to_decide(work, refund, RefundState.REQUESTED)
        await self._store.set(work, found.id, RefundState.REJECTED, decided_by=by, decided_at=self._clock.now())
        work.audit("REJECT", "Refund", found.id)

    async def mark_paid(self, work: Work, refund: UUID, by: UUID | None, operator_reference: str = "") -> None:
        """Record that money has gone back: staff have sent it themselves, or found in the operator's back office that
        a refund whose end is unknown was executed. Raises `DomainError` of kind conflict for any other refund."""
        payment, found = await self._to_decide(work, refund, RefundState.MANUAL, RefundState.UNKNOWN)
        work.audit("PAY", "Refund", found.id)
        known = {"decided_by": by, "operator_reference": operator_reference or found.operator_reference}
        await self._settling.finish(work, payment, found, known)

    async def mark_failed(self, work: Work, refund: UUID, by: UUID | None) -> None:
        """Record that the operator's back office knows nothing of a refund whose end is unknown: it is over, and may
        be asked for again. Raises `DomainError` of kind conflict for any other refund."""
        _, found = await self._to_decide(work, refund, RefundState.UNKNOWN)
        await self._store.set(work, found.id, RefundState.UNKNOWN, decided_by=by)
        await self._settling.fail(work, found, Reason.UNSPECIFIED, found.code)

    async def _to_decide(self, work: Work, refund: UUID, *states: RefundState) -> tuple[Payment, Refund]:
        found = await self._settling.locked(work, refund)
        if found is None:
            raise missing()
        if found[1].state not in states:
            raise DomainError(messages.REFUND_DECIDED, Kind.CONFLICT)
        return found
