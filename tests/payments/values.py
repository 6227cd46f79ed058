"""Payments and refunds in memory, for tests of what is pure."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec

from core.payments.entities import Attempt, Payment, PaymentState, Refund, RefundCause
from core.payments.settling import late_refund
from core.primitives.locale import Locale
from core.primitives.money import Money

NOW = datetime(2026, 3, 15, tzinfo=UTC)


def payment_of(amount: Money, **changes: Any) -> Payment:
    """A pending payment."""
    made = Payment(
        id=uuid4(),
        number=1,
        account=None,
        order_type="shop_order",
        order="1",
        gateway="fake",
        amount=amount,
        commission=Decimal(0),
        payee=None,
        payer=None,
        description="",
        locale=Locale.FR,
        return_url="",
        cancel_url="",
        state=PaymentState.PENDING,
        reason=None,
        honoured=None,
        refunded=Decimal(0),
        created_at=NOW,
        settled_at=None,
    )
    return msgspec.structs.replace(made, **changes)


def refund_of(payment: Payment, attempt: Attempt, amount: Money) -> Refund:
    """A refund of a payment."""
    made = late_refund(payment, attempt, NOW)
    return msgspec.structs.replace(made, amount=amount, cause=RefundCause.REQUESTED)
