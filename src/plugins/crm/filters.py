"""The filters of crm's lists (DECISIONS.md section 5, "Filters"): every scalar field, ranges as `…_min`, `…_max`,
`…_apres`, `…_avant`."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from core.primitives.page import Comparison, Filter, FilterKind


class Id(int):
    """Stands in `filters_of` for a field that holds the id of another thing: it is compared, and has no range."""


_RANGES: Final[Mapping[FilterKind, tuple[tuple[str, Comparison], ...]]] = {
    FilterKind.INTEGER: (("", Comparison.EQUAL), ("_min", Comparison.AT_LEAST), ("_max", Comparison.AT_MOST)),
    FilterKind.DECIMAL: (("", Comparison.EQUAL), ("_min", Comparison.AT_LEAST), ("_max", Comparison.AT_MOST)),
    FilterKind.DAY: (("", Comparison.EQUAL), ("_apres", Comparison.AT_LEAST), ("_avant", Comparison.AT_MOST)),
}
_KINDS: Final[Mapping[type, FilterKind]] = {
    str: FilterKind.EXACT_FOLDED,
    Id: FilterKind.ID,
    bool: FilterKind.BOOLEAN,
    int: FilterKind.INTEGER,
    Decimal: FilterKind.DECIMAL,
    date: FilterKind.DAY,
    datetime: FilterKind.DAY,
}


def filters_of(
    fields: Mapping[str, type], *, choices: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Filter, ...]:
    """Return the filters of scalar fields, by their types.

    A text is equal without regard to case; one that `choices` names is one of them, or the request is invalid. A whole
    number or an amount is equal, or from `…_min` to `…_max`. A day or a moment is of that day, or from `…_apres` to
    `…_avant`, both included; days are cut in the installation's time zone. An `Id` and a boolean are equal. Raises
    `KeyError` for a type that has no filters.
    """
    allowed = choices or {}
    found: list[Filter] = []
    for name, scalar in fields.items():
        kind = FilterKind.CHOICE if name in allowed else _KINDS[scalar]
        for suffix, comparison in _RANGES.get(kind, (("", Comparison.EQUAL),)):
            found.append(Filter(name + suffix, kind, name, allowed.get(name, ()), comparison))
    return tuple(found)
