"""Joining the payments kernel: its stores, its jobs, and what plugins bring."""

from collections.abc import Mapping

import msgspec

from adapters.db.stores.payments.callbacks import PgCallbacks
from adapters.db.stores.payments.ledger import PgLedger
from adapters.db.stores.payments.payments import PgPayments
from adapters.db.stores.payments.refunds import PgRefunds
from core.numbers import Numbers
from core.payments.attempts import LOOK_AT_ATTEMPT, SEND_ATTEMPT, Addresses, Attempts
from core.payments.callbacks import Callbacks
from core.payments.gateways import Gateways
from core.payments.orders import OrderTypes
from core.payments.reconciliation import RECONCILE, RECONCILE_CRON, Reconciliation
from core.payments.refund_sending import LOOK_AT_REFUND, RefundSending
from core.payments.refund_settling import RefundSettling
from core.payments.refunds import Refunds
from core.payments.service import Payments
from core.payments.settling import SEND_REFUND, Settling
from core.plugin import Handler, Schedule, Wired
from core.primitives.clock import Clock
from core.work import Works


class PaymentsArea(msgspec.Struct, frozen=True):
    """The payments kernel of an installation."""

    payments: Payments
    callbacks: Callbacks
    reconciliation: Reconciliation
    jobs: Mapping[str, Handler]
    schedules: tuple[Schedule, ...] = (Schedule(RECONCILE, RECONCILE_CRON),)


def compose_payments(works: Works, numbers: Numbers, clock: Clock, webhooks: str) -> PaymentsArea:
    """Join the payments kernel. `webhooks` is the address below which operators call back."""
    store, refund_store, ledger, kept = PgPayments(), PgRefunds(), PgLedger(), PgCallbacks()
    gateways, orders, addresses = Gateways(), OrderTypes(), Addresses(webhooks)
    settling = Settling(store, refund_store, ledger, orders, clock)
    attempts = Attempts(works, store, gateways, settling, clock, addresses)
    refund_settling = RefundSettling(refund_store, store, ledger, orders, clock)
    sending = RefundSending(works, refund_store, store, gateways, refund_settling, clock, addresses)
    refunds = Refunds(refund_store, store, gateways, refund_settling, clock)
    payments = Payments(works, store, gateways, orders, attempts, settling, refunds, numbers, clock)
    callbacks = Callbacks(works, gateways, store, refund_store, kept, attempts, sending)
    reconciliation = Reconciliation(works, store, refund_store, kept, ledger, attempts, sending, settling, clock)
    return PaymentsArea(
        payments,
        callbacks,
        reconciliation,
        {
            SEND_ATTEMPT: attempts.send_job,
            LOOK_AT_ATTEMPT: attempts.look_job,
            SEND_REFUND: sending.send_job,
            LOOK_AT_REFUND: sending.look_job,
            RECONCILE: reconciliation.reconcile,
        },
    )


def add_offers(area: PaymentsArea, wired: Wired) -> None:
    """Add the gateways and order types of a plugin. Raises `ValueError` for a second one of a name."""
    area.payments.gateways.add(*wired.gateways)
    area.payments.orders.add(*wired.order_types)
