"""The use cases of refunds (contracts/spotvibe.md section 6.2; DECISIONS.md section 2, "Refunds")."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.payments.entities import PaymentState, RefundState
from core.payments.messages import NOT_REFUNDABLE
from core.payments.service import Payments
from core.primitives import messages
from core.primitives.errors import invalid_field, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.payments.domain import (
    CAUSES,
    REFUND_NOT_FOUND,
    REFUND_OPEN,
    TYPES,
    Payables,
    Raison,
    StatutRemboursement,
)
from plugins.spotvibe.payments.events import RefundDecided
from plugins.spotvibe.users.profile_service import moderates


class PaidPayment(msgspec.Struct, frozen=True):
    """A payment as refunds look at it, locked. `held` of what came is refunded or on its way back, `open` are the
    refunds that await their decision."""

    account: UUID | None
    order_type: str
    order: str
    state: PaymentState
    montant: Decimal
    net: Decimal
    held: Decimal
    open: tuple[UUID, ...]


class NamedRefund(msgspec.Struct, frozen=True):
    """A refund by its number. `user` is the number of the account whose payment it gives back."""

    id: UUID
    number: int
    state: RefundState
    montant: Decimal
    user: int | None


class RefundStore(Protocol):
    """What refunds need of their store. Only refunds of spotvibe's payments are there."""

    async def lock_payment(self, work: Work, payment: UUID) -> PaidPayment | None:
        """Lock a payment of spotvibe."""
        ...

    async def named(self, work: Work, number: int) -> NamedRefund | None:
        """Return a refund."""
        ...

    async def page(self, work: Work, query: ListQuery, *, account: UUID | None, states: Sequence[RefundState]) -> Any:
        """Return a page of refunds, newest first: of an account's payments, of all where None is given."""
        ...

    async def detail(self, work: Work, number: int, *, account: UUID | None) -> Any:
        """Return a refund of an account's payments, of anybody's where None is given; None where there is none."""
        ...

    async def owner(self, work: Work, refund: UUID) -> NamedRefund | None:
        """Return a refund by the id of its operation."""
        ...


class Refunds:
    """Refunds of spotvibe's payments."""

    def __init__(self, works: Works, store: RefundStore, payments: Payments, payables: Payables) -> None:
        self._works = works
        self._store = store
        self._payments = payments
        self._payables = payables

    async def page(
        self, caller: Caller, query: ListQuery, *, everybodys: bool, states: Sequence[RefundState]
    ) -> Page[Any]:
        """Return the refunds of the caller's payments; to staff who ask for it, those of all."""
        account = None if everybodys and moderates(caller) else caller.account
        async with self._works.reading(caller) as work:
            page: Page[Any] = await self._store.page(work, query, account=account, states=states)
        return page

    async def detail(self, caller: Caller, number: ResourceId) -> Any:
        """Return a refund of the caller's payments, any to staff. Raises `DomainError` of kind missing."""
        account = None if moderates(caller) else caller.account
        async with self._works.reading(caller) as work:
            found = await self._store.detail(work, int(number), account=account)
        if found is None:
            raise missing(REFUND_NOT_FOUND)
        return found

    async def request(self, caller: Caller, payment: UUID, raison: Raison, description: str) -> Any:
        """Ask for the money of one's own payment: its amount without the commission. Returns the refund.

        Raises `DomainError` of kind invalid on `payment_uuid` for an unknown payment, one that is not paid or was
        refunded, what is used already, and one whose refund awaits its decision.
        """
        async with self._works.within(caller) as work:
            found = await self._store.lock_payment(work, payment)
            if found is None or found.account != caller.account:
                raise invalid_field("payment_uuid", messages.NOT_REFERENCE)
            if found.open:
                raise invalid_field("payment_uuid", REFUND_OPEN)
            payable = self._payables.get(TYPES[found.order_type])
            paid = found.state is PaymentState.SUCCEEDED and found.net <= found.montant - found.held
            if not paid or payable is None or not await payable.refundable(work, found.order):
                raise invalid_field("payment_uuid", NOT_REFUNDABLE)
            refund = await self._payments.refunds.request(
                work,
                payment,
                found.net,
                CAUSES[raison],
                description=description,
                requested_by=caller.account,
            )
            work.audit("REQUEST", "Refund", refund.id)
            shown = await self._store.detail(work, refund.number, account=caller.account)
            await work.commit(shown)
        return shown

    async def give_back(
        self,
        work: Work,
        payment: UUID,
        raison: Raison,
        *,
        montant: Decimal | None = None,
        description: str = "",
        by: UUID | None = None,
    ) -> int | None:
        """Send money of a paid payment back without anybody's decision, for what was cancelled: the whole, or
        `montant`, as far as it has not gone back already. A request that awaits its decision gives way to it. Returns
        the refund's number, None where nothing is left. Raises `DomainError` of kind missing for an unknown payment."""
        found = await self._store.lock_payment(work, payment)
        if found is None:
            raise missing(REFUND_NOT_FOUND)
        for waiting in found.open:
            await self._payments.refunds.reject(work, waiting, by)
        if found.open:
            found = await self._store.lock_payment(work, payment) or found
        left = min(found.montant if montant is None else montant, found.montant - found.held)
        if left <= 0:
            return None
        refund = await self._payments.refunds.request(
            work, payment, left, CAUSES[raison], description=description, requested_by=by
        )
        await self._payments.refunds.approve(work, refund.id, by)
        return refund.number

    async def approve(self, work: Work, number: int, by: UUID | None) -> None:
        """Approve a refund that was asked for; the money goes back after the commit. Raises `DomainError` of kind
        missing for an unknown one, of kind conflict for one that is decided already."""
        found = await self._named(work, number)
        await self._payments.refunds.approve(work, found.id, by)
        self._tell(work, found, StatutRemboursement.APPROUVE)

    async def reject(self, work: Work, number: int, by: UUID | None) -> None:
        """Reject a refund that was asked for. Raises as `approve`."""
        found = await self._named(work, number)
        await self._payments.refunds.reject(work, found.id, by)
        self._tell(work, found, StatutRemboursement.REJETE)

    async def mark_paid(self, work: Work, number: int, by: UUID | None, operator_reference: str = "") -> None:
        """Record that staff have sent the money of an approved refund themselves (DECISIONS.md section 2, "Refunds").
        Raises `DomainError` of kind missing for an unknown one, of kind conflict for one that the operator sends."""
        found = await self._named(work, number)
        await self._payments.refunds.mark_paid(work, found.id, by, operator_reference)

    async def _named(self, work: Work, number: int) -> NamedRefund:
        found = await self._store.named(work, number)
        if found is None:
            raise missing(REFUND_NOT_FOUND)
        return found

    def _tell(self, work: Work, refund: NamedRefund, statut: StatutRemboursement) -> None:
        if refund.user is not None:
            work.publish(
                RefundDecided(user=refund.user, refund=refund.number, montant=refund.montant, statut=statut.value)
            )
