"""Changes of a row's fields, as SQL says them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any


def assignments(changes: Mapping[str, Any], *, first: int) -> tuple[str, list[Any]]:
    """What stands behind `set`, and the values of its places from `$first` on. The names are ours, never a client's."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, first))
    values = [value.value if isinstance(value, Enum) else value for value in changes.values()]
    return sets, values
