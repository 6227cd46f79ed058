"""The use cases of payments (contracts/spotvibe.md section 6.1)."""

from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.payments.entities import PaymentState
from core.payments.service import NextAction, Payments
from core.primitives import messages
from core.primitives.errors import invalid_field, missing
from core.primitives.page import ListQuery, Page
from core.work import Delivery, Work, Works
from plugins.spotvibe.payments.checkout_service import Checkout
from plugins.spotvibe.payments.domain import (
    INITIATE_FIELDS,
    PAYMENT_NOT_FOUND,
    TYPES,
    Means,
    Payables,
    Statut,
    Type,
    statut_of,
)
from plugins.spotvibe.payments.events import PaymentFailed, RefundDone
from plugins.spotvibe.payments.refund_service import RefundStore
from plugins.spotvibe.users.profile_service import moderates, principal_of

KEYS = {Type.BILLET: "event_ticket_id", Type.ABONNEMENT: "subscription_id"}
"""What a request calls the key of what is paid for."""


class PaymentReadingStore(Protocol):
    """What payments need of their store. Only payments of spotvibe are there."""

    async def page(self, work: Work, query: ListQuery, account: UUID) -> Page[Any]:
        """Return a page of an account's payments, newest first."""
        ...

    async def detail(self, work: Work, payment: UUID, account: UUID | None) -> Any:
        """Return an account's payment, anybody's where None is given; None where there is none."""
        ...

    async def exists(self, work: Work, payment: UUID, account: UUID | None) -> bool:
        """Whether an account has this payment, anybody where None is given."""
        ...

    async def way(self, work: Work, payment: UUID) -> tuple[str, str | None]:
        """Return a payment's gateway, and the address of the operator's page where there is one."""
        ...

    async def payer(self, work: Work, payment: UUID) -> int | None:
        """Return the number of the account that pays."""
        ...

    async def transactions(self, work: Work, query: ListQuery) -> Page[Any]:
        """Return a page of all tries with operators, newest first."""
        ...


class Started(msgspec.Struct, frozen=True):
    """A payment that was begun, or tried again, and what its payer is to do next."""

    payment: UUID
    action: NextAction


class OwnPayments:
    """Payments as their payers, and staff, see and move them."""

    def __init__(
        self,
        works: Works,
        store: PaymentReadingStore,
        payments: Payments,
        checkout: Checkout,
        payables: Payables,
    ) -> None:
        self._works = works
        self._store = store
        self._payments = payments
        self._checkout = checkout
        self._payables = payables

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of the caller's payments."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, query, principal_of(caller).account)

    async def detail(self, caller: Caller, payment: UUID) -> Any:
        """Return a payment of the caller's, any to staff, with what its payer is to do while it waits for him. Raises
        `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.detail(work, payment, None if moderates(caller) else caller.account)
            if found is None:
                raise missing(PAYMENT_NOT_FOUND)
            if found.statut == Statut.EN_ATTENTE:
                found.next_action = self._checkout.first_action(*await self._store.way(work, payment))
        return found

    async def transactions(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of all tries with operators."""
        async with self._works.reading(caller) as work:
            return await self._store.transactions(work, query)

    async def initiate(
        self, caller: Caller, kind: Type, *, ticket: int | None, plan: int | None, montant: Decimal, means: Means
    ) -> Started:
        """Begin the payment of a plan, or try that of a ticket's order again. Raises `DomainError` of kind invalid."""
        payable = self._payables.get(kind)
        key = ticket if kind is Type.BILLET else plan
        if payable is None:
            raise invalid_field("type_paiement", messages.NOT_CHOICE, value=kind.value)
        if key is None:
            raise invalid_field(KEYS[kind], messages.REQUIRED)
        async with self._works.within(caller) as work:
            payment = await payable.initiate(work, caller, key, montant, means)
            work.audit("CREATE", "Payment", payment)
            way = await self._store.way(work, payment)
            await work.commit(Started(payment, self._checkout.first_action(*way)))
        return Started(payment, await self._checkout.started(payment))

    async def verify(self, caller: Caller, payment: UUID) -> Statut:
        """Ask the operator now what became of a payment of the caller's, of any for staff. Raises `DomainError` of
        kind invalid on `payment_uuid` for an unknown one."""
        async with self._works.reading(caller) as work:
            account = None if moderates(caller) else caller.account
            await self._refuse_unknown(work, payment, account)
        found = await self._payments.verify(payment)
        return statut_of(found.state)

    async def cancel(self, caller: Caller, payment: UUID) -> None:
        """Cancel a pending payment of the caller's. Raises `DomainError` of kind invalid, on `payment_uuid` for an
        unknown one."""
        async with self._works.within(caller) as work:
            await self._refuse_unknown(work, payment, principal_of(caller).account)
            await self._payments.cancel(work, payment)
            work.audit("CANCEL", "Payment", payment)
            await work.commit()

    async def retry(
        self, caller: Caller, payment: UUID, *, methode: str | None, telephone: str | None, otp: str
    ) -> Started:
        """Try a payment of the caller's again; method and number stay where None is given. Raises `DomainError` of
        kind invalid, on `payment_uuid` for an unknown one."""
        async with self._works.within(caller) as work:
            await self._refuse_unknown(work, payment, principal_of(caller).account)
            await self._checkout.again(work, payment, methode=methode, telephone=telephone, otp=otp, **INITIATE_FIELDS)
            work.audit("RETRY", "Payment", payment)
            await work.commit()
        return Started(payment, await self._checkout.started(payment))

    async def _refuse_unknown(self, work: Work, payment: UUID, account: UUID | None) -> None:
        if not await self._store.exists(work, payment, account):
            raise invalid_field("payment_uuid", messages.NOT_REFERENCE)


class _Ended(msgspec.Struct):
    payment: UUID
    order_type: str
    state: str
    reason: str | None = None


class _GoneBack(msgspec.Struct):
    refund: UUID


class PaymentNews:
    """Tells the rest of spotvibe what the kernel says of its payments. Its handlers are the outbox's: run twice, they
    tell once."""

    def __init__(self, works: Works, payments: PaymentReadingStore, refunds: RefundStore) -> None:
        self._works = works
        self._payments = payments
        self._refunds = refunds

    async def ended(self, delivery: Delivery) -> None:
        """Handle the end of a payment without money: its payer is told, unless he cancelled it himself."""
        said = msgspec.convert(delivery.payload, _Ended)
        async with self._works.delivering(delivery) as work:
            kind = TYPES.get(said.order_type)
            if kind is not None and said.state != PaymentState.CANCELLED:
                payer = await self._payments.payer(work, said.payment)
                if payer is not None:
                    work.publish(
                        PaymentFailed(user=payer, payment=said.payment, type_paiement=kind.value, motif=said.reason)
                    )
            await work.commit()

    async def gone_back(self, delivery: Delivery) -> None:
        """Handle money that has gone back: whose it was is told."""
        said = msgspec.convert(delivery.payload, _GoneBack)
        async with self._works.delivering(delivery) as work:
            refund = await self._refunds.owner(work, said.refund)
            if refund is not None and refund.user is not None:
                work.publish(RefundDone(user=refund.user, refund=refund.number, montant=refund.montant))
            await work.commit()
