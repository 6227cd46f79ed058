"""Which country a phone number is of."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

import phonenumbers

UNKNOWN: Final = "Unknown"
"""Where those are counted whose country nobody knows."""


@cache
def names() -> dict[str, str]:
    """The countries' English names by their ISO 3166 code, from the time zone database: the names that phonenumbers
    brings cost a hundred megabytes of memory."""
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def country_of(phone: str | None) -> str:
    """The English name of an E.164 number's country."""
    if phone is None:
        return UNKNOWN
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return UNKNOWN
    return names().get(region or "", UNKNOWN)


def by_country(groups: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """How many there are of each country, the most first, given numbers and how many each stands for."""
    found: Counter[str] = Counter()
    for phone, count in groups:
        found[country_of(phone)] += count
    return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))
