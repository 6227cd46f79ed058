"""What becomes of a subscription's payment: money activates, renews or upgrades exactly once, and a refund takes away
what it bought (the kernel's `OrderType`)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.access.usage import Usage
from core.payments.entities import Payment, Refund
from core.primitives.clock import Clock
from core.work import Work
from plugins.spotvibe.payments.domain import methode_of
from plugins.spotvibe.subscriptions.domain import (
    FEATURE,
    ORDER_TYPE,
    Abonnement,
    Achat,
    Action,
    Duree,
    Nature,
    Plan,
    Statut,
    StatutAchat,
    bought_time,
    credit_of,
    credited_time,
    difference,
    extension,
    local_day,
    more_days,
    period_days,
    period_end,
)
from plugins.spotvibe.subscriptions.events import SubscriptionActivated

OBJECT_TYPE: Final = "Abonnement"


class SubscriptionStore(Protocol):
    """What deliveries need of subscriptions."""

    async def hold_user(self, work: Work, number: int) -> None:
        """Hold a user until the transaction ends: whoever changes his subscriptions waits."""
        ...

    async def settle_running(self, work: Work, number: int, now: datetime) -> Abonnement | None:
        """Return a user's subscription whose benefits hold, and let one expire that is over. The user is held."""
        ...

    async def lock(self, work: Work, key: int) -> Abonnement | None:
        """Return a subscription and hold it until the transaction ends."""
        ...

    async def insert(
        self,
        work: Work,
        *,
        user: int,
        plan: int,
        debut: datetime,
        fin: datetime,
        montant: Decimal,
        prix_periode: Decimal,
        jours: int,
        methode: str | None,
        telephone: str | None,
    ) -> int | None:
        """Insert a subscription and return its id; None where the user has an active one."""
        ...

    async def extend(
        self,
        work: Work,
        key: int,
        *,
        fin: datetime,
        montant: Decimal,
        prix_periode: Decimal,
        jours: int,
        resume: bool,
        methode: str | None,
        telephone: str | None,
    ) -> None:
        """Add a period to a subscription, which is active by it. `resume` has it renewed by itself again."""
        ...

    async def set_statut(self, work: Work, key: int, statut: Statut) -> None:
        """Move a subscription."""
        ...

    async def shorten(self, work: Work, key: int, by: timedelta, montant: Decimal) -> datetime:
        """Take time, and what was paid for it, from a subscription; returns its end then."""
        ...

    async def record(self, work: Work, abonnement: Abonnement, action: Action, now: datetime) -> None:
        """Write an entry of the history."""
        ...

    async def record_of(self, work: Work, user: int, key: int, plan: int, action: Action, now: datetime) -> None:
        """Write an entry of the history of a subscription of a plan."""
        ...


class PurchaseStore(Protocol):
    """What deliveries need of purchases."""

    async def lock(self, work: Work, key: int) -> Achat | None:
        """Return a purchase and hold it until the transaction ends."""
        ...

    async def set_paid(
        self,
        work: Work,
        key: int,
        *,
        abonnement: int,
        debut: datetime,
        fin: datetime,
        methode: str | None,
        telephone: str | None,
    ) -> None:
        """Record that a purchase was paid and what it delivered."""
        ...

    async def move(self, work: Work, key: int, statut: StatutAchat) -> None:
        """Move a purchase."""
        ...

    async def upgrade_from(self, work: Work, abonnement: int) -> Achat | None:
        """Return the paid purchase that replaced a subscription."""
        ...

    async def take_credit(self, work: Work, key: int, fin: datetime) -> None:
        """Record that the credit of an upgrade is void, and what it delivers without it."""
        ...


class PlanStore(Protocol):
    """What deliveries need of plans."""

    async def terms(self, work: Work, key: int) -> Plan | None:
        """Return what a plan sells, and for how much."""
        ...


class _Delivered(msgspec.Struct, frozen=True):
    """The subscription that a purchase made or extended, and the time that it bought."""

    abonnement: int
    debut: datetime
    fin: datetime


class Deliveries:
    """Delivers purchases. Whatever is done to somebody's subscriptions is done one after the other: each method holds
    the user first. `zone` cuts days; amounts are in `currency`."""

    def __init__(
        self,
        subscriptions: SubscriptionStore,
        store: PurchaseStore,
        plans: PlanStore,
        usage: Usage,
        clock: Clock,
        *,
        zone: ZoneInfo,
        currency: str,
    ) -> None:
        self._subscriptions = subscriptions
        self._store = store
        self._plans = plans
        self._usage = usage
        self._clock = clock
        self._zone = zone
        self._currency = currency

    def whole_period(self, duree: Duree, more: int = 0) -> tuple[datetime, datetime]:
        """A period that begins now, and some days: its beginning and its end."""
        now = self._clock.now()
        return now, period_end(local_day(now, self._zone), duree, self._zone, more)

    async def deliver(self, work: Work, achat: Achat, methode: str | None, telephone: str | None) -> datetime | None:
        """Deliver a purchase that is paid, or costs nothing, and return the end that the subscription has by it.

        None where it can no longer be delivered: a subscription was begun while another one is active; what was to be
        renewed is replaced, refunded, or beside another one that is active; what was to be upgraded is no longer what
        the user has. Its money goes back.
        """
        await self._subscriptions.hold_user(work, achat.user_id)
        now = self._clock.now()
        present = await self._subscriptions.settle_running(work, achat.user_id, now)
        match achat.nature:
            case Nature.SOUSCRIPTION:
                done = None if present else await self._insert(work, achat, methode, telephone)
            case Nature.RENOUVELLEMENT:
                done = await self._extend(work, achat, present, methode, telephone)
            case Nature.MISE_A_NIVEAU:
                done = await self._replace(work, achat, present, methode, telephone)
        if done is None:
            return None
        await self._store.set_paid(
            work,
            achat.id,
            abonnement=done.abonnement,
            debut=done.debut,
            fin=done.fin,
            methode=methode,
            telephone=telephone,
        )
        await self._subscriptions.record_of(
            work, achat.user_id, done.abonnement, achat.plan_id, Action(achat.nature.value), now
        )
        work.audit(achat.nature.value, OBJECT_TYPE, done.abonnement, details={"achat": achat.id})
        work.publish(SubscriptionActivated(user=achat.user_id, plan=achat.plan_nom, date_fin=done.fin))
        return done.fin

    async def possible(self, work: Work, achat: Achat) -> bool:
        """Whether a purchase that was not paid may be tried again: at its price, and as far as `deliver` would."""
        await self._subscriptions.hold_user(work, achat.user_id)
        now = self._clock.now()
        present = await self._subscriptions.settle_running(work, achat.user_id, now)
        plan = await self._plans.terms(work, achat.plan_id)
        if plan is None or plan.prix != achat.prix_periode:
            return False
        if achat.nature is Nature.SOUSCRIPTION:
            return present is None
        if achat.nature is Nature.MISE_A_NIVEAU:
            if present is None or present.id != achat.depuis_id:
                return False
            price = difference(present, plan, now, self._zone, self._currency)
            return price.montant == achat.montant
        return await self._to_extend(work, achat, present) is not None

    async def unused(self, work: Work, achat: Achat) -> bool:
        """Whether what a paid purchase bought runs, or is still to begin, and its holder has used nothing of it: no
        event this month."""
        if achat.abonnement_id is None or achat.debut is None:
            return False
        held = await self._subscriptions.lock(work, achat.abonnement_id)
        now = self._clock.now()
        if held is None or not held.runs(now):
            return False
        if achat.debut > now or not self._usage.counts(FEATURE):
            return True
        return (await self._usage.allowance(work, FEATURE, str(achat.user_id), entitled=False)).used == 0

    async def take_back(self, work: Work, achat: Achat) -> None:
        """The money of a paid purchase has gone back: what it bought is taken away.

        A subscription loses the time that was bought; where nothing is left of it it is ANNULE. What an upgrade had
        replaced is active again for the rest of its time. Where the refunded subscription was replaced meanwhile, the
        one after it loses the time that its credit paid.
        """
        if achat.abonnement_id is None:
            return
        await self._subscriptions.hold_user(work, achat.user_id)
        now = self._clock.now()
        await self._subscriptions.settle_running(work, achat.user_id, now)
        await self._store.move(work, achat.id, StatutAchat.REMBOURSE)
        held = await self._subscriptions.lock(work, achat.abonnement_id)
        if held is None:
            return
        if held.statut is Statut.REMPLACE:
            upgrade = await self._store.upgrade_from(work, held.id)
            if upgrade is not None and upgrade.abonnement_id is not None and upgrade.fin is not None:
                void = credited_time(upgrade)
                await self._store.take_credit(work, upgrade.id, upgrade.fin - void)
                await self._shorten(work, upgrade.abonnement_id, void, Decimal(0), now)
            return
        cancelled = await self._shorten(work, held.id, bought_time(achat), achat.montant, now)
        if cancelled and achat.nature is Nature.MISE_A_NIVEAU and achat.depuis_id is not None:
            before = await self._subscriptions.lock(work, achat.depuis_id)
            if before is not None and before.statut is Statut.REMPLACE and before.date_fin > now:
                await self._subscriptions.set_statut(work, before.id, Statut.ACTIF)

    async def _insert(self, work: Work, achat: Achat, methode: str | None, telephone: str | None) -> _Delivered | None:
        debut, fin = self.whole_period(achat.duree, achat.jours_offerts)
        made = await self._subscriptions.insert(
            work,
            user=achat.user_id,
            plan=achat.plan_id,
            debut=debut,
            fin=fin,
            montant=achat.montant,
            prix_periode=achat.prix_periode,
            jours=period_days(local_day(debut, self._zone), achat.duree),
            methode=methode,
            telephone=telephone,
        )
        return None if made is None else _Delivered(made, debut, fin)

    async def _to_extend(self, work: Work, achat: Achat, present: Abonnement | None) -> Abonnement | None:
        """The subscription that a renewal extends; one that is over may begin again, unless another one is active."""
        held = await self._subscriptions.lock(work, achat.depuis_id) if achat.depuis_id is not None else None
        if held is None or held.statut in (Statut.REMPLACE, Statut.ANNULE):
            return None
        return None if present is not None and present.id != held.id else held

    async def _extend(
        self, work: Work, achat: Achat, present: Abonnement | None, methode: str | None, telephone: str | None
    ) -> _Delivered | None:
        held = await self._to_extend(work, achat, present)
        if held is None:
            return None
        debut, fin = extension(held.date_fin, achat.duree, self._clock.now(), self._zone)
        await self._subscriptions.extend(
            work,
            held.id,
            fin=fin,
            montant=achat.montant,
            prix_periode=achat.prix_periode,
            jours=period_days(local_day(debut, self._zone), achat.duree),
            resume=not achat.automatique,
            methode=methode,
            telephone=telephone,
        )
        return _Delivered(held.id, debut, fin)

    async def _replace(
        self, work: Work, achat: Achat, present: Abonnement | None, methode: str | None, telephone: str | None
    ) -> _Delivered | None:
        if present is None or present.id != achat.depuis_id:
            return None
        # a renewal that was paid since the price was said is worth days of the new plan
        now = self._clock.now()
        value = achat.montant + credit_of(present, now, self._zone)
        more = more_days(value, achat.prix_periode, achat.duree, local_day(now, self._zone))
        await self._subscriptions.set_statut(work, present.id, Statut.REMPLACE)
        return await self._insert(
            work,
            msgspec.structs.replace(achat, jours_offerts=max(more, achat.jours_offerts)),
            methode or present.methode,
            telephone or present.telephone,
        )

    async def _shorten(self, work: Work, key: int, by: timedelta, montant: Decimal, now: datetime) -> bool:
        """Take time from a subscription; whether nothing is left, so that it is ANNULE."""
        held = await self._subscriptions.lock(work, key)
        if held is None:
            return False
        end = await self._subscriptions.shorten(work, key, by, montant)
        if held.statut is not Statut.ACTIF or end > now:
            return False
        await self._subscriptions.set_statut(work, key, Statut.ANNULE)
        await self._subscriptions.record(work, held, Action.ANNULATION, now)
        return True


class AbonnementOrders:
    """The kernel's order type of subscriptions. An order is a purchase's id, and is paid by one payment."""

    name = ORDER_TYPE

    def __init__(self, store: PurchaseStore, deliveries: Deliveries) -> None:
        self._store = store
        self._deliveries = deliveries

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Have a purchase wait again whose payment is tried again, where it can still be delivered at its price."""
        achat = await self._store.lock(work, int(payment.order))
        if achat is None or achat.statut not in (StatutAchat.ECHOUE, StatutAchat.EN_ATTENTE):
            return False
        if not await self._deliveries.possible(work, achat):
            return False
        await self._store.move(work, achat.id, StatutAchat.EN_ATTENTE)
        return True

    async def honour(self, work: Work, payment: Payment) -> bool:
        """Deliver what was paid, once. False where it can no longer be: the money goes back."""
        achat = await self._store.lock(work, int(payment.order))
        if achat is None or achat.statut not in (StatutAchat.ECHOUE, StatutAchat.EN_ATTENTE):
            return False
        methode = methode_of(payment.gateway)
        return await self._deliveries.deliver(work, achat, methode, payment.payer) is not None

    async def release(self, work: Work, payment: Payment) -> None:
        """The payment has ended without money: nothing was held."""
        achat = await self._store.lock(work, int(payment.order))
        if achat is not None and achat.statut is StatutAchat.EN_ATTENTE:
            await self._store.move(work, achat.id, StatutAchat.ECHOUE)

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:  # noqa: ARG002 - in part is whole
        """The money has gone back, in part or whole: the benefits go with it."""
        achat = await self._store.lock(work, int(payment.order))
        if achat is not None and achat.statut is StatutAchat.PAYE:
            await self._deliveries.take_back(work, achat)
