"""Nothing is forgotten: operations whose next step is overdue go on, and what stays open is reported."""

from datetime import timedelta
from decimal import Decimal

from core.access.principal import SYSTEM
from core.payments.attempts import Attempts
from core.payments.ports import CallbackStore, Ledger, LedgerFault, OpenReport, PaymentStore, RefundStore
from core.payments.refund_sending import RefundSending
from core.payments.settling import NO_ORDER_TYPE, Settling
from core.primitives.clock import Clock
from core.work import Delivery, Work, Works

RECONCILE = "payments.reconcile"
RECONCILE_CRON = "* * * * *"
OVERDUE = timedelta(seconds=60)
"""How late a step may be before its job counts as lost."""
BATCH = 200
CALLBACKS_KEPT = timedelta(days=90)


class Reconciliation:
    """Finds what is overdue, and what does not agree."""

    def __init__(
        self,
        works: Works,
        payments: PaymentStore,
        refund_store: RefundStore,
        callbacks: CallbackStore,
        ledger: Ledger,
        attempts: Attempts,
        refunds: RefundSending,
        settling: Settling,
        clock: Clock,
    ) -> None:
        self._works = works
        self._payments = payments
        self._refund_store = refund_store
        self._callbacks = callbacks
        self._ledger = ledger
        self._attempts = attempts
        self._refunds = refunds
        self._settling = settling
        self._clock = clock

    async def reconcile(self, delivery: Delivery) -> None:
        """Handle the job of every minute: have overdue operations go on, and place money that waited for its order's
        plugin."""
        since = self._clock.now() - OVERDUE
        async with self._works.delivering(delivery) as work:
            for attempt in await self._payments.overdue(work, since, BATCH):
                await self._attempts.resume(work, attempt)
            for refund in await self._refund_store.overdue(work, since, BATCH):
                await self._refunds.resume(work, refund)
            await self._place_held(work)
            await self._callbacks.forget(work, CALLBACKS_KEPT)
            await work.commit()

    async def open(self) -> OpenReport:
        """What is not settled."""
        async with self._works.everywhere(SYSTEM) as work:
            return await self._payments.open_report(work)

    async def faults(self) -> list[LedgerFault]:
        """Everything in the books that does not agree."""
        async with self._works.everywhere(SYSTEM) as work:
            return await self._ledger.faults(work)

    async def balances(self) -> dict[tuple[str, str], Decimal]:
        """The balance of every account, by account and currency."""
        async with self._works.everywhere(SYSTEM) as work:
            return await self._ledger.balances(work)

    async def _place_held(self, work: Work) -> None:
        for held in await self._payments.escalated_as(work, NO_ORDER_TYPE, BATCH):
            payment = await self._payments.lock(work, held.payment)
            attempt = await self._payments.attempt(work, held.id)
            if payment is not None and attempt is not None and attempt.escalated == NO_ORDER_TYPE:
                await self._settling.place_held(work, payment, attempt)
