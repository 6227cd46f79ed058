"""Numbers as a chart writes them: in a language's way, and short."""

from decimal import ROUND_HALF_UP, Decimal

_POINT = {"fr": ",", "en": "."}
_GROUP = {"fr": "\u00a0", "en": ","}
_UNITS = {
    "fr": ((10**9, "\u00a0Md"), (10**6, "\u00a0M")),
    "en": ((10**9, "B"), (10**6, "M")),
}


def shortened(number: float, language: str) -> str:
    """Write a number: up to a million in full ("250 000", "0,5"), beyond it in millions or billions of at most two
    decimals ("12,5 M", "1,25 Md"), rounded half up. `language` is "fr" or "en"."""
    exact = Decimal(repr(number))
    for size, unit in _UNITS[language]:
        # what would be rounded up to the next unit is written in it: 999 999.999 is a million
        if abs(exact) >= size - Decimal("0.005"):
            return grouped(exact / size, language) + unit
    return grouped(exact, language)


def grouped(number: Decimal, language: str) -> str:
    """Write a number with its thousands apart, to at most two decimals, without those that are nothing."""
    text = f"{number.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,f}"
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0")
    return whole.replace(",", _GROUP[language]) + (_POINT[language] + kept if kept else "")
