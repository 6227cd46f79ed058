"""Money: an exact amount of one currency."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

_WHOLE = frozenset({"XOF", "XAF", "GNF", "OUV"})
"""Currencies without decimals (ISO 4217; OUV is the unit of Orange's sandbox, mobile-money.md section 5)."""


def decimals_of(currency: str) -> int:
    """How many decimals a currency has: none or two."""
    return 0 if currency in _WHOLE else 2


class Money(msgspec.Struct, frozen=True):
    """An amount of a currency (ISO 4217). Amounts of different currencies are never added or compared by size."""

    amount: Decimal
    currency: str

    @property
    def payable(self) -> bool:
        """Whether it can be paid: finite, above nothing, and no finer than the currency's smallest unit."""
        return self.amount.is_finite() and self.amount > 0 and self.amount == self.rounded().amount

    def rounded(self) -> "Money":
        """Round to the currency's smallest unit, half up. Raises `decimal.InvalidOperation` for what is not finite."""
        unit = Decimal(1).scaleb(-decimals_of(self.currency))
        return Money(self.amount.quantize(unit, rounding=ROUND_HALF_UP), self.currency)

    def same(self, other: "Money") -> bool:
        """Whether both are the same amount of the same currency: "12.50" is "12.5"."""
        return self.currency == other.currency and self.amount == other.amount
