"""Jobs of subscriptions: those that are over expire, those about to end are reminded of and renewed by themselves
(DECISIONS.md section 2, "Renew and upgrade")."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM, Caller
from core.payments.entities import Payment, PaymentState
from core.payments.service import NextAction
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind
from core.primitives.locale import Locale
from core.work import Delivery, Work, Works
from plugins.spotvibe.subscriptions.domain import Abonnement
from plugins.spotvibe.subscriptions.events import RenewalLink, SubscriptionExpired, SubscriptionExpiring
from plugins.spotvibe.subscriptions.purchase_service import Purchases

logger = logging.getLogger("socle.spotvibe")

RENEW_ONE: Final = "spotvibe_subscriptions.renew_one"
SEND_LINK: Final = "spotvibe_subscriptions.send_link"
BATCH: Final = 500
LINK_EVERY: Final = timedelta(seconds=30)
"""How long to wait for the address of an operator's page before asking again."""


class SubscriptionStore(Protocol):
    """What the jobs need of subscriptions."""

    async def expire(self, work: Work, now: datetime, limit: int) -> Sequence[tuple[int, int, str]]:
        """Let subscriptions expire that are over; returns their ids, users and plans' names."""
        ...

    async def take_reminders(
        self, work: Work, now: datetime, days: int, limit: int
    ) -> Sequence[tuple[int, str, datetime]]:
        """Mark as reminded what ends within so many days and was not reminded of so late; returns users, plans' names
        and ends."""
        ...

    async def take_renewals(self, work: Work, now: datetime, lead: timedelta, limit: int) -> Sequence[int]:
        """Mark, and return the ids of, what ends within some time and is to be renewed by itself, once for each end."""
        ...

    async def holder(self, work: Work, key: int) -> tuple[int, UUID, str | None] | None:
        """Return whose a subscription is: number, account, language; None where it, or an active account, is not
        there."""
        ...

    async def hold_user(self, work: Work, number: int) -> None:
        """Hold a user until the transaction ends: whoever changes his subscriptions waits."""
        ...

    async def lock(self, work: Work, key: int) -> Abonnement | None:
        """Return a subscription and hold it until the transaction ends."""
        ...


class PurchaseStore(Protocol):
    """What the jobs need of purchases."""

    async def renewal_pending(self, work: Work, abonnement: int) -> bool:
        """Whether a renewal of a subscription waits for its payment."""
        ...


class KernelPayments(Protocol):
    """What the jobs need of payments: the kernel's `Payments`."""

    async def get(self, work: Work, payment: UUID) -> Payment:
        """Return a payment. Raises `DomainError` of kind missing."""
        ...

    async def action(self, payment: UUID) -> NextAction:
        """What the payer is to do next. Call it after the commit."""
        ...


class _Renewal(msgspec.Struct):
    abonnement: int


class _Link(msgspec.Struct):
    payment: UUID
    user: int
    plan: str


class Lifecycle:
    """The handlers of the jobs. Reminders go `reminder_days` before an end, renewals begin `lead` before it."""

    def __init__(
        self,
        works: Works,
        store: SubscriptionStore,
        purchases: PurchaseStore,
        buying: Purchases,
        payments: KernelPayments,
        clock: Clock,
        *,
        reminder_days: Sequence[int],
        lead: timedelta,
    ) -> None:
        self._works = works
        self._store = store
        self._purchases = purchases
        self._buying = buying
        self._payments = payments
        self._clock = clock
        self._reminder_days = sorted(set(reminder_days))
        self._lead = lead

    async def expire(self, delivery: Delivery) -> None:  # noqa: ARG002 - what is due is read from the rows
        """Let expire what is over."""
        await _until_none_is_left(self._expire_some)

    async def remind(self, delivery: Delivery) -> None:  # noqa: ARG002
        """Tell holders what ends soon, once for each number of days; where one was missed, the nearest alone."""
        for days in self._reminder_days:
            await _until_none_is_left(lambda days=days: self._remind_some(days))  # type: ignore[misc]

    async def renew(self, delivery: Delivery) -> None:  # noqa: ARG002
        """Have renewed what ends soon, each by a job of its own, once for each end."""
        await _until_none_is_left(self._renew_some)

    async def renew_one(self, delivery: Delivery) -> None:
        """Begin the renewal of one subscription, unless its holder has ended or begun it himself."""
        key = msgspec.convert(delivery.payload, _Renewal).abonnement
        try:
            async with self._works.delivering(delivery) as work:
                await self._begin_renewal(work, key)
                await work.commit()
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            # its method or number is no longer good: the holder has the reminders and renews by hand
            said = [problem.message.code for problem in error.problems] or [error.code]
            logger.warning("Subscription %d cannot be renewed by itself: %s.", key, ", ".join(said))

    async def send_link(self, delivery: Delivery) -> None:
        """Tell the holder of the operator's page on which his renewal waits, once there is one."""
        link = msgspec.convert(delivery.payload, _Link)
        action = await self._payments.action(link.payment)
        async with self._works.delivering(delivery) as work:
            payment = await self._payments.get(work, link.payment)
            if payment.state is PaymentState.PENDING and action.type == "redirect":
                if action.url:
                    work.publish(RenewalLink(user=link.user, plan=link.plan, url=action.url))
                else:
                    work.ask(SEND_LINK, after=LINK_EVERY, **delivery.payload)
            await work.commit()

    async def _expire_some(self) -> int:
        async with self._works.everywhere(SYSTEM) as work:
            ended = await self._store.expire(work, self._clock.now(), BATCH)
            for key, user, plan in ended:
                work.audit("EXPIRE", "Abonnement", key)
                work.publish(SubscriptionExpired(user=user, plan=plan))
            await work.commit()
        return len(ended)

    async def _remind_some(self, days: int) -> int:
        async with self._works.everywhere(SYSTEM) as work:
            due = await self._store.take_reminders(work, self._clock.now(), days, BATCH)
            for user, plan, end in due:
                work.publish(SubscriptionExpiring(user=user, plan=plan, date_fin=end))
            await work.commit()
        return len(due)

    async def _renew_some(self) -> int:
        async with self._works.everywhere(SYSTEM) as work:
            due = await self._store.take_renewals(work, self._clock.now(), self._lead, BATCH)
            for key in due:
                work.ask(RENEW_ONE, abonnement=key)
            await work.commit()
        return len(due)

    async def _begin_renewal(self, work: Work, key: int) -> None:
        holder = await self._store.holder(work, key)
        if holder is None:
            return
        number, account, language = holder
        await self._store.hold_user(work, number)
        held = await self._store.lock(work, key)
        now = self._clock.now()
        if held is None or not held.runs(now) or not held.renouvellement_automatique:
            return
        if held.date_fin > now + self._lead or await self._purchases.renewal_pending(work, key):
            return
        caller = Caller(locale=Locale.EN if language == Locale.EN.value else Locale.FR)
        begun = await self._buying.renew_by_itself(work, caller, held, account)
        if begun is None or begun.payment is None:
            return
        work.audit("RENEW", "Abonnement", key, account=account, details={"automatique": True})
        if begun.action is not None and begun.action.type == "redirect":
            work.ask(SEND_LINK, payment=str(begun.payment), user=number, plan=held.plan_nom)


async def _until_none_is_left(some: Callable[[], Awaitable[int]]) -> None:
    """Do something in batches, each in a unit of work of its own."""
    while await some() == BATCH:
        continue
