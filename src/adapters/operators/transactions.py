"""The operators' transactions, whichever way the money goes."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from adapters.operators.ledger import Movement
from adapters.operators.msisdn import digits_of
from adapters.operators.payers import USUAL, Course, Operator


class Kind(StrEnum):
    """What a transaction is."""

    COLLECTION = "collection"
    REFUND = "refund"
    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    PAYOUT = "payout"

    @property
    def movement(self) -> Movement:
        """What it does to the payer's or payee's wallet."""
        return Movement.DEBIT if self is Kind.COLLECTION else Movement.CREDIT


class Standing(StrEnum):
    """How far a transaction is. `initiated`: Orange's page waits for a number. `created`: MTN's delayed start."""

    INITIATED = "initiated"
    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether nothing changes any more."""
        return self in (Standing.SUCCEEDED, Standing.FAILED, Standing.EXPIRED)


class Transaction(msgspec.Struct, kw_only=True, eq=False):
    """A transaction as the operator has it.

    `number` is the simulator's own, `reference` the merchant's, `operator_reference` the operator's, "" until it has
    one. `party` is the payer's or payee's number, "" until Orange's payer enters it. `reason` is the operator's code of
    a failure. `original` is the reference that a refund gives back. `prompted` says that the party's handset asks.
    `words` is what the operator echoes; `tokens` what it issued. `failures_left` is how many status reads answer 500.
    """

    number: int
    operator: Operator
    kind: Kind
    reference: str
    amount: Decimal
    currency: str
    created_at: datetime
    party: str = ""
    operator_reference: str = ""
    standing: Standing = Standing.PENDING
    reason: str = ""
    settled_at: datetime | None = None
    prompted: bool = False
    original: str = ""
    callback_url: str = ""
    callbacks_sent: int = 0
    failures_left: int = 0
    course: Course = USUAL
    words: dict[str, str] = {}
    tokens: dict[str, str] = {}


class Transactions:
    """All transactions, found by any name that they have. Where several share a reference, the latest is meant."""

    def __init__(self) -> None:
        self._all: list[Transaction] = []
        self._named: dict[tuple[Operator, str], list[Transaction]] = {}

    def add(self, transaction: Transaction) -> None:
        """Keep a transaction, under its reference and what tokens it has."""
        self._all.append(transaction)
        for name in {transaction.reference, transaction.operator_reference, *transaction.tokens.values()} - {""}:
            self.name(transaction, name)

    def name(self, transaction: Transaction, name: str) -> None:
        """Have a transaction found by one more name."""
        self._named.setdefault((transaction.operator, name), []).append(transaction)

    def next_number(self) -> int:
        """The number of the next transaction."""
        return len(self._all) + 1

    def find(self, operator: Operator, name: str, *kinds: Kind) -> Transaction | None:
        """The latest transaction of an operator with this reference, operator's reference or token, of any of the
        kinds; of any kind where none is given."""
        for each in reversed(self._named.get((operator, name), [])):
            if not kinds or each.kind in kinds:
                return each
        return None

    def by_number(self, number: int) -> Transaction | None:
        """The transaction with the simulator's number."""
        return self._all[number - 1] if 0 < number <= len(self._all) else None

    def matching(self, *, operator: str = "", reference: str = "", party: str = "") -> Iterator[Transaction]:
        """Transactions, oldest first, by operator, any of their names, and party; "" leaves one open."""
        for each in self._all:
            names = (each.reference, each.operator_reference, *each.tokens.values())
            if (
                operator in ("", each.operator)
                and (not reference or reference in names)
                and (not party or digits_of(party) == digits_of(each.party))
            ):
                yield each

    def clear(self) -> None:
        """Forget every transaction."""
        self._all.clear()
        self._named.clear()
