"""Buying tickets (contracts/spotvibe.md section 4.5; DECISIONS.md section 2, "Tickets", "Payment statut", "initiate"):
the seats are held in the transaction in which the payment begins, by one conditional update, as its last write."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.payments.entities import Payment, PaymentState
from core.payments.service import NextAction
from core.primitives import messages
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field
from core.primitives.ids import new_id
from core.work import Work, Works
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.events.domain import PUBLIC, Evenement, TypeAcces, member_of
from plugins.spotvibe.events.domain import Statut as EventStatut
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.payments.domain import INITIATE_FIELDS, WRONG_AMOUNT, Means, Purchase, Type
from plugins.spotvibe.tickets.domain import (
    EVENT_CANCELLED,
    EVENT_FULL,
    EVENT_OVER,
    NOT_ON_SALE,
    NOT_PAID_EVENT,
    NOT_TO_PAY,
    ORDER_TYPE,
    PRICE_CHANGED,
    Order,
    Statut,
    commission_of,
    payee_of,
)
from plugins.spotvibe.tickets.orders import OrderStore
from plugins.spotvibe.users.api import UsersApi

OBJECT_TYPE = "Billet"
_EVENT = "event_id"
_QUANTITY = "quantity"
_TICKET = "event_ticket_id"
REDIRECT = "redirect"
REPAYABLE = (PaymentState.FAILED, PaymentState.EXPIRED)
"""What a payment is whose order can be paid by another one (DECISIONS.md section 2, "initiate")."""


class PaidOrders(OrderStore, Protocol):
    """What purchases need of orders."""

    async def of_ticket(self, work: Work, billet: int, user: int) -> tuple[Order, str] | None:
        """Return the order of a user's ticket, and the state of its payment; None where it is not his, or free."""
        ...

    async def titles(self, work: Work, orders: Sequence[UUID]) -> Mapping[UUID, str]:
        """Return the titre of the event of each order."""
        ...

    async def used(self, work: Work, order: UUID) -> bool:
        """Whether a ticket of an order was scanned."""
        ...


class Commissions(Protocol):
    """What purchases ask of subscriptions, where they are here."""

    async def commission_of(self, work: Work, number: int) -> Decimal | None:
        """The per cent of a sale that an organiser's plan leaves to the installation; None without a subscription."""
        ...


class Begun(msgspec.Struct, frozen=True):
    """A purchase whose payment has begun, and what the payer does next."""

    paiement: UUID
    action: NextAction


class Purchases:
    """Purchases of tickets; what is paid for as BILLET. `commission` is in per cent."""

    type_paiement = Type.BILLET.value
    order_type = ORDER_TYPE

    def __init__(
        self,
        works: Works,
        store: PaidOrders,
        users: UsersApi,
        events: EventsApi,
        payments: PaymentsApi,
        plans: Commissions | None,
        clock: Clock,
        *,
        commission: Decimal,
        hold: timedelta,
    ) -> None:
        self._works = works
        self._store = store
        self._users = users
        self._events = events
        self._payments = payments
        self._plans = plans
        self._clock = clock
        self._commission = commission
        self._hold = hold

    async def purchase(self, caller: Caller, evenement: int, quantity: int, means: Means) -> Begun:
        """Hold seats of an event and begin their payment.

        Raises `DomainError` of kind invalid on `event_id` for an unknown event and one that sells no tickets (now), on
        `quantity` where too few seats are left, on `payment_method` and `phone_number` as `PaymentsApi.begin`.
        """
        async with self._works.within(caller) as work:
            number = await self._users.acting(work, caller)
            found = self._on_sale(await self._events.get(work, evenement), caller)
            if found.places_libres is not None and found.places_libres < quantity:
                # most of a rush is refused here, for the price of a read; the seats are taken below
                raise invalid_field(_QUANTITY, EVENT_FULL)
            payment = await self._order(work, caller, number, found, quantity, means)
            begun = Begun(payment.id, self._payments.first_action(payment))
            work.audit("CREATE", OBJECT_TYPE, payment.id, details={"evenement": evenement, "quantity": quantity})
            taken = await self._events.take_seats(work, evenement, quantity)
            if taken is None:
                raise invalid_field(_QUANTITY, EVENT_FULL)
            if taken.prix != found.prix:
                raise invalid_field(_EVENT, PRICE_CHANGED)
            await work.commit(begun)
        if begun.action.type != REDIRECT:
            return begun
        return Begun(payment.id, await self._payments.started(payment.id))

    async def initiate(self, work: Work, caller: Caller, key: int, montant: Decimal, means: Means) -> UUID:
        """Pay again for the order of a ticket whose payment failed or expired, with the same payment, so that the
        payer is never asked twice at once (`Payable`)."""
        number, _ = member_of(caller)
        found = await self._store.of_ticket(work, key, number)
        if found is None:
            raise invalid_field(_TICKET, messages.NOT_REFERENCE)
        order, state = found
        if order.statut not in (Statut.EXPIRE, Statut.ANNULE) or state not in REPAYABLE:
            raise invalid_field(_TICKET, NOT_TO_PAY)
        if montant != order.montant:
            raise invalid_field("montant", WRONG_AMOUNT, montant=order.montant)
        payment = await self._payments.again(
            work,
            order.paiement,
            methode=means.methode,
            telephone=means.telephone,
            otp=means.otp,
            **INITIATE_FIELDS,
        )
        return payment.id

    async def titles(self, work: Work, orders: Sequence[str]) -> Mapping[str, str]:
        """The titre of the event of each order (`Payable`)."""
        found = await self._store.titles(work, [UUID(order) for order in orders])
        return {str(order): titre for order, titre in found.items()}

    async def refundable(self, work: Work, order: str) -> bool:
        """Whether no ticket of an order was scanned (`Payable`)."""
        return not await self._store.used(work, UUID(order))

    async def _order(
        self, work: Work, caller: Caller, number: int, evenement: Evenement, quantity: int, means: Means
    ) -> Payment:
        key, now = new_id(), self._clock.now()
        montant = quantity * evenement.prix
        own = await self._plans.commission_of(work, evenement.createur) if self._plans is not None else None
        payment = await self._payments.begin(
            work,
            caller,
            Purchase(
                type_paiement=self.type_paiement,
                order=str(key),
                montant=montant,
                means=means,
                description=f"{evenement.titre} × {quantity}",
                commission=commission_of(montant, self._commission if own is None else own),
                payee=payee_of(evenement.createur),
            ),
        )
        order = Order(
            id=key,
            evenement=evenement.id,
            user=number,
            paiement=payment.id,
            quantite=quantity,
            prix_unitaire=evenement.prix,
            statut=Statut.EN_ATTENTE,
        )
        await self._store.insert(work, order, [new_id() for _ in range(quantity)], now + self._hold, now)
        return payment

    def _on_sale(self, evenement: Evenement | None, caller: Caller) -> Evenement:
        """Return an event whose tickets are sold now. One that the caller may not know of is unknown."""
        number, staff = member_of(caller)
        hidden = evenement is None or (
            evenement.statut not in (*PUBLIC, EventStatut.ANNULE) and evenement.createur != number and not staff
        )
        if evenement is None or hidden:
            raise invalid_field(_EVENT, messages.NOT_REFERENCE)
        if evenement.statut is EventStatut.ANNULE:
            raise invalid_field(_EVENT, EVENT_CANCELLED)
        if evenement.statut is EventStatut.TERMINE or evenement.date_fin <= self._clock.now():
            raise invalid_field(_EVENT, EVENT_OVER)
        if evenement.type_acces is not TypeAcces.PAYANT:
            raise invalid_field(_EVENT, NOT_PAID_EVENT)
        if evenement.statut is not EventStatut.VALIDE:
            raise invalid_field(_EVENT, NOT_ON_SALE)
        return evenement
