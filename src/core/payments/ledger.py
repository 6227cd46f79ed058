"""The ledger: double entry. Every movement of money is one transaction of lines that add up to nothing, posted once
under its key.

| account | holds | sign |
| --- | --- | --- |
| `operator:<slug>` | money in the merchant's wallet with an operator | + |
| `held` | money that came and is not yet an order's, or is on its way back | - |
| `payee:<name>` | what is due to a payee | - |
| `commission` | the installation's commission | - |
| `revenue:<order type>` | what was paid to the installation itself | - |
"""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from core.payments.entities import Attempt, Payment, Refund

HELD = "held"
COMMISSION = "commission"


class Movement(StrEnum):
    """The kinds of transactions."""

    COLLECTION = "collection"
    SETTLEMENT = "settlement"
    REFUND = "refund"


class Line(msgspec.Struct, frozen=True):
    """A line: an account and what it gains (+) or owes (-)."""

    account: str
    amount: Decimal


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A balanced transaction. `key` is unique: what is posted twice is posted once."""

    key: str
    movement: Movement
    currency: str
    payment: UUID
    attempt: UUID
    lines: tuple[Line, ...]
    refund: UUID | None = None

    def __post_init__(self) -> None:
        if len(self.lines) < 2 or sum(line.amount for line in self.lines) != 0:
            raise ValueError(f"the transaction {self.key} is not balanced")


def operator_account(gateway: str) -> str:
    """The account of the wallet with an operator."""
    return f"operator:{gateway}"


def collection(attempt: Attempt) -> Posting:
    """Money has come; it is held until it is known what for."""
    amount = attempt.amount.amount
    return Posting(
        key=f"collection:{attempt.id}",
        movement=Movement.COLLECTION,
        currency=attempt.amount.currency,
        payment=attempt.payment,
        attempt=attempt.id,
        lines=_lines((operator_account(attempt.gateway), amount), (HELD, -amount)),
    )


def settlement(payment: Payment, attempt: Attempt) -> Posting:
    """Held money has paid its order: it is the payee's and the installation's."""
    amount = payment.amount.amount
    return Posting(
        key=f"settlement:{payment.id}",
        movement=Movement.SETTLEMENT,
        currency=payment.amount.currency,
        payment=payment.id,
        attempt=attempt.id,
        lines=_lines((HELD, amount), *((account, -share) for account, share in _shares(payment))),
    )


def refund(payment: Payment, refund: Refund) -> Posting:
    """Money has gone back: from what is held where it paid no order, else from the payee's share first, and from the
    commission only for what exceeds it."""
    amount = refund.amount.amount
    if refund.attempt != payment.honoured:
        back: list[tuple[str, Decimal]] = [(HELD, amount)]
    else:
        back = _taken_back(payment, amount)
    return Posting(
        key=f"refund:{refund.id}",
        movement=Movement.REFUND,
        currency=refund.amount.currency,
        payment=payment.id,
        attempt=refund.attempt,
        refund=refund.id,
        lines=_lines(*back, (operator_account(refund.gateway), -amount)),
    )


def _shares(payment: Payment) -> list[tuple[str, Decimal]]:
    rest = f"payee:{payment.payee}" if payment.payee else f"revenue:{payment.order_type}"
    return [(rest, payment.net), (COMMISSION, payment.commission)]


def _taken_back(payment: Payment, amount: Decimal) -> list[tuple[str, Decimal]]:
    """`payment.refunded` is what went back before this refund."""
    (rest, share), (commission, _) = _shares(payment)
    of_share = min(amount, max(share - payment.refunded, Decimal(0)))
    return [(rest, of_share), (commission, amount - of_share)]


def _lines(*pairs: tuple[str, Decimal]) -> tuple[Line, ...]:
    return tuple(Line(account, amount) for account, amount in pairs if amount)
