"""Buying subscriptions: subscribe, renew, upgrade, each by a payment that is begun beside it (contracts/spotvibe.md
section 5.3; DECISIONS.md section 2, "Renew and upgrade")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import Caller
from core.payments.entities import Payment
from core.payments.service import NextAction
from core.primitives import messages as shared
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field, invalid_request
from core.work import Work, Works
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.payments.domain import INITIATE_FIELDS, WRONG_AMOUNT, Means, Purchase, Type
from plugins.spotvibe.subscriptions import messages
from plugins.spotvibe.subscriptions.delivery_service import Deliveries
from plugins.spotvibe.subscriptions.domain import (
    FARTHEST,
    ORDER_TYPE,
    Abonnement,
    Achat,
    Difference,
    Nature,
    Plan,
    StatutAchat,
    difference,
    extension,
)
from plugins.spotvibe.users.api import UsersApi


class Fields(msgspec.Struct, frozen=True):
    """What a request calls the method and the number of its `Means`: refusals name them."""

    method_field: str = "payment_method"
    phone_field: str = "phone_number"


PAY_FIELDS: Final = Fields()


class PlanStore(Protocol):
    """What buying needs of plans."""

    async def terms(self, work: Work, key: int) -> Plan | None:
        """Return what a plan sells, and for how much."""
        ...


class SubscriptionStore(Protocol):
    """What buying needs of subscriptions."""

    async def running(self, work: Work, number: int, now: datetime) -> Abonnement | None:
        """Return a user's subscription whose benefits hold."""
        ...


class PurchaseStore(Protocol):
    """What buying needs of purchases."""

    async def insert(
        self,
        work: Work,
        *,
        user: int,
        nature: Nature,
        plan: Plan,
        depuis: int | None,
        price: Difference,
        automatique: bool,
        methode: str | None,
    ) -> Achat:
        """Insert a purchase that waits for its payment."""
        ...

    async def attach(self, work: Work, key: int, payment: UUID, telephone: str | None) -> None:
        """Write which payment pays a purchase, and from which number."""
        ...

    async def lock(self, work: Work, key: int) -> Achat | None:
        """Return a purchase and hold it until the transaction ends."""
        ...

    async def titles(self, work: Work, keys: Sequence[int]) -> Mapping[int, str]:
        """Return the names of the plans that were bought, by purchase."""
        ...


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase under way: `payment` is None where it cost nothing and is delivered already. `fin` is the end that
    the subscription will have, as far as that is known now."""

    plan: Plan
    montant: Decimal
    fin: datetime
    payment: UUID | None
    action: NextAction | None


class Purchases:
    """Begins purchases. `zone` cuts days; amounts are in `currency`."""

    def __init__(
        self,
        works: Works,
        plans: PlanStore,
        subscriptions: SubscriptionStore,
        store: PurchaseStore,
        deliveries: Deliveries,
        users: UsersApi,
        payments: PaymentsApi,
        clock: Clock,
        *,
        zone: ZoneInfo,
        currency: str,
    ) -> None:
        self._works = works
        self._plans = plans
        self._subscriptions = subscriptions
        self._store = store
        self._deliveries = deliveries
        self._users = users
        self._payments = payments
        self._clock = clock
        self._zone = zone
        self._currency = currency

    async def pay(self, caller: Caller, plan: int, means: Means | None) -> Begun:
        """Subscribe to a plan, or renew the subscription to it that is active.

        A second subscription beside an active one is refused: whoever wants a dearer plan upgrades, for less. Raises
        `DomainError` of kind invalid on `plan_id` for that and for an unknown plan, and where it cannot be paid so.
        """
        async with self._works.within(caller) as work:
            number = await self._users.acting(work, caller)
            begun = await self._subscribe(work, caller, number, plan, means, "plan_id", PAY_FIELDS)
            await work.commit(begun)
        return await self._started(begun)

    async def renew(self, caller: Caller, means: Means | None) -> Begun:
        """Renew the active subscription for a period, by its last method and number unless others are given. Raises
        `DomainError` of kind invalid where none is active, and where it cannot be paid so."""
        async with self._works.within(caller) as work:
            present = await self._present(work, await self._users.acting(work, caller))
            plan = await self._plans.terms(work, present.plan_id)
            if plan is None:
                raise invalid_request(messages.NONE_ACTIVE)
            begun = await self._renewal(work, caller, present, plan, means, PAY_FIELDS)
            work.audit("RENEW", "Abonnement", present.id)
            await work.commit(begun)
        return await self._started(begun)

    async def upgrade(self, caller: Caller, plan: int, means: Means | None) -> Begun:
        """Upgrade the active subscription to a dearer plan for the difference (`domain.difference`). Raises
        `DomainError` of kind invalid where none is active, on `new_plan_id` for an unknown plan or one that is not
        dearer, and where it cannot be paid so."""
        async with self._works.within(caller) as work:
            present = await self._present(work, await self._users.acting(work, caller))
            wanted = await self._plans.terms(work, plan)
            if wanted is None:
                raise invalid_field("new_plan_id", shared.NOT_REFERENCE)
            if wanted.id == present.plan_id or wanted.prix <= present.prix_periode:
                raise invalid_field("new_plan_id", messages.NOT_DEARER, plan=present.plan_nom)
            price = difference(present, wanted, self._clock.now(), self._zone, self._currency)
            begun = await self._begin(
                work,
                caller,
                present.user_id,
                Nature.MISE_A_NIVEAU,
                wanted,
                price,
                means or _last(present),
                PAY_FIELDS,
                depuis=present.id,
                fin=self._deliveries.whole_period(wanted.duree, price.jours_offerts)[1],
            )
            work.audit("UPGRADE", "Abonnement", present.id, details={"plan": wanted.id})
            await work.commit(begun)
        return await self._started(begun)

    async def renew_by_itself(self, work: Work, caller: Caller, present: Abonnement, account: UUID) -> Begun | None:
        """Begin the renewal of a subscription that nobody asked for today, in the unit of work of a job; None where it
        cannot be paid without its holder. Raises as `renew`."""
        plan = await self._plans.terms(work, present.plan_id)
        if plan is None or (plan.prix and present.methode is None):
            return None
        return await self._renewal(work, caller, present, plan, None, PAY_FIELDS, account=account)

    # what the payments slice asks (`plugins.spotvibe.payments.domain.Payable`)

    @property
    def type_paiement(self) -> str:
        """What this sells."""
        return Type.ABONNEMENT

    @property
    def order_type(self) -> str:
        """The kernel's order type."""
        return ORDER_TYPE

    async def initiate(self, work: Work, caller: Caller, key: int, montant: Decimal, means: Means) -> UUID:
        """Begin the payment of a plan, as `pay` does. Raises `DomainError` of kind invalid on `subscription_id`, and on
        `montant` where it is not the plan's price."""
        number = await self._users.acting(work, caller)
        plan = await self._plans.terms(work, key)
        if plan is None:
            raise invalid_field("subscription_id", shared.NOT_REFERENCE)
        if montant != plan.prix or not plan.prix:
            raise invalid_field("montant", WRONG_AMOUNT, montant=f"{plan.prix:.2f}")
        begun = await self._subscribe(work, caller, number, key, means, "subscription_id", Fields(**INITIATE_FIELDS))
        if begun.payment is None:
            raise LookupError(f"plan {key} costs {plan.prix}, and no payment was begun")
        return begun.payment

    async def titles(self, work: Work, orders: Sequence[str]) -> Mapping[str, str]:
        """The plans' names."""
        names = await self._store.titles(work, [int(order) for order in orders])
        return {str(key): name for key, name in names.items()}

    async def refundable(self, work: Work, order: str) -> bool:
        """Whether the holder may ask for his money: the period that he bought has not begun, or it runs and he has
        created no event in it."""
        achat = await self._store.lock(work, int(order))
        if achat is None or achat.statut is not StatutAchat.PAYE:
            return False
        return await self._deliveries.unused(work, achat)

    # the parts of the above

    async def _present(self, work: Work, number: int) -> Abonnement:
        present = await self._subscriptions.running(work, number, self._clock.now())
        if present is None:
            raise invalid_request(messages.NONE_ACTIVE)
        return present

    async def _subscribe(
        self, work: Work, caller: Caller, number: int, key: int, means: Means | None, field: str, fields: Fields
    ) -> Begun:
        plan = await self._plans.terms(work, key)
        if plan is None:
            raise invalid_field(field, shared.NOT_REFERENCE)
        present = await self._subscriptions.running(work, number, self._clock.now())
        if present is not None and present.plan_id != plan.id:
            raise invalid_field(field, messages.OTHER_ACTIVE, plan=present.plan_nom)
        if plan.prix and means is None:
            raise invalid_field(fields.method_field, shared.REQUIRED)
        if present is not None:
            return await self._renewal(work, caller, present, plan, means, fields)
        price = Difference(plan.prix, Decimal(0), 0)
        fin = self._deliveries.whole_period(plan.duree)[1]
        return await self._begin(work, caller, number, Nature.SOUSCRIPTION, plan, price, means, fields, fin=fin)

    async def _renewal(
        self,
        work: Work,
        caller: Caller,
        present: Abonnement,
        plan: Plan,
        means: Means | None,
        fields: Fields,
        *,
        account: UUID | None = None,
    ) -> Begun:
        now = self._clock.now()
        if present.date_fin > now + FARTHEST:
            raise invalid_request(messages.FAR_ENOUGH)
        return await self._begin(
            work,
            caller,
            present.user_id,
            Nature.RENOUVELLEMENT,
            plan,
            Difference(plan.prix, Decimal(0), 0),
            means or _last(present),
            fields,
            depuis=present.id,
            fin=extension(present.date_fin, plan.duree, now, self._zone)[1],
            account=account,
        )

    async def _begin(
        self,
        work: Work,
        caller: Caller,
        number: int,
        nature: Nature,
        plan: Plan,
        price: Difference,
        means: Means | None,
        fields: Fields,
        *,
        fin: datetime,
        depuis: int | None = None,
        account: UUID | None = None,
    ) -> Begun:
        free = not price.montant
        if not free and means is None:
            raise invalid_field(fields.method_field, messages.NO_MEANS)
        achat = await self._store.insert(
            work,
            user=number,
            nature=nature,
            plan=plan,
            depuis=depuis,
            price=price,
            automatique=account is not None,
            methode=None if free or means is None else means.methode,
        )
        if free or means is None:
            delivered = await self._deliveries.deliver(work, achat, None, None)
            if delivered is None:
                raise invalid_request(messages.OTHER_ACTIVE, plan=plan.nom)
            return Begun(plan=plan, montant=price.montant, fin=delivered, payment=None, action=None)
        purchase = Purchase(
            type_paiement=Type.ABONNEMENT,
            order=str(achat.id),
            montant=price.montant,
            means=means,
            description=messages.BILLED.say(caller.locale, {"plan": plan.nom}),
            account=account,
        )
        payment: Payment = await self._payments.begin(work, caller, purchase, fields.method_field, fields.phone_field)
        await self._store.attach(work, achat.id, payment.id, payment.payer)
        action = self._payments.first_action(payment)
        return Begun(plan=plan, montant=price.montant, fin=fin, payment=payment.id, action=action)

    async def _started(self, begun: Begun) -> Begun:
        """What the payer is to do, once the operator has heard of it."""
        if begun.payment is None:
            return begun
        return msgspec.structs.replace(begun, action=await self._payments.started(begun.payment))


def _last(present: Abonnement) -> Means | None:
    """How a subscription was paid the last time."""
    return None if present.methode is None else Means(present.methode, present.telephone)
