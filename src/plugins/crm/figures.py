"""Formulas that the dashboard and the reports share (DECISIONS.md section 5)."""

from decimal import ROUND_HALF_UP, Decimal


def taux_conversion(gagnees: int, perdues: int) -> float:
    """Won of decided opportunities, in per cent with one decimal, rounded half up; 0.0 where none is decided."""
    decided = gagnees + perdues
    if not decided:
        return 0.0
    return float((Decimal(100 * gagnees) / decided).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))
