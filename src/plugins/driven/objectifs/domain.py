"""Periods of whole months: `YYYY.MM`, or `YYYY.MM-YYYY.MM` (DECISIONS.md section 3, "Objectives")."""

import re
from datetime import date
from typing import NamedTuple

_MONTH = r"([0-9]{4})\.(0[1-9]|1[0-2])"
_PERIOD = re.compile(rf"{_MONTH}(?:-{_MONTH})?\Z")


class Period(NamedTuple):
    """The days of a period: its first, and the one after its last."""

    first: date
    after: date


class Unreadable(ValueError):
    """A text is no period."""


class Reversed(ValueError):
    """The first month of a period is later than its last."""


def read_period(text: str) -> Period:
    """Read a period of the years 1900 to 9998. Raises `Unreadable` or `Reversed`."""
    found = _PERIOD.match(text)
    if found is None:
        raise Unreadable(text)
    year, month, last_year, last_month = (int(part) if part else 0 for part in found.groups())
    last = (last_year, last_month) if last_year else (year, month)
    if not (1900 <= year <= 9998 and 1900 <= last[0] <= 9998):
        raise Unreadable(text)
    if last < (year, month):
        raise Reversed(text)
    after = date(last[0] + 1, 1, 1) if last[1] == 12 else date(last[0], last[1] + 1, 1)
    return Period(date(year, month, 1), after)
