"""The operators' own books: every debit of a payer and every credit to one. Proofs join them with Socle's ledger."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from adapters.operators.payers import Operator


class Movement(StrEnum):
    """A payer's wallet is debited by a payment and credited by a refund or transfer."""

    DEBIT = "debit"
    CREDIT = "credit"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Money that moved. `transaction` is the simulator's own number of it, `reference` the merchant's, `party` the
    wallet that was debited or credited."""

    transaction: int
    operator: Operator
    movement: Movement
    kind: str
    reference: str
    operator_reference: str
    amount: Decimal
    currency: str
    party: str
    at: datetime


class Ledger:
    """Entries, which are only ever added."""

    def __init__(self, opening: Decimal) -> None:
        self._opening = opening
        self._entries: list[Entry] = []

    def post(self, entry: Entry) -> None:
        """Add an entry."""
        self._entries.append(entry)

    def entries(self, transaction: int | None = None) -> list[Entry]:
        """All entries, or those of one transaction."""
        return [each for each in self._entries if transaction is None or each.transaction == transaction]

    def balance(self, operator: Operator) -> Decimal:
        """What the merchant's wallet with an operator holds."""
        moved = Decimal()
        for each in self._entries:
            if each.operator is operator:
                moved += each.amount if each.movement is Movement.DEBIT else -each.amount
        return self._opening + moved

    def clear(self) -> None:
        """Empty the books."""
        self._entries.clear()
