"""Amounts of money as exact decimals of two places."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
MAX_INTEGER_DIGITS = 12


def round_amount(amount: Decimal) -> Decimal:
    """Round to two places, half up (DECISIONS.md section 0)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def fits_amount(amount: Decimal) -> bool:
    """Whether an amount is finite and has at most 12 integer digits once rounded to two places."""
    if not amount.is_finite() or amount.adjusted() >= MAX_INTEGER_DIGITS:
        return False
    try:
        return round_amount(amount).adjusted() < MAX_INTEGER_DIGITS
    except InvalidOperation:
        return False
