"""Comparing an answer with the shape that the contract gives it: exactly its keys, each of its type.

A type is a word of `SCALARS`, several of them joined by `|`, the name of another shape, a list with the type of its
items, or an object of keys and types.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _is_time(value: Any) -> bool:
    """ISO 8601 in UTC with `Z` (DECISIONS.md section 0)."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        return False
    return datetime.fromisoformat(value).tzinfo is not None


def _is_permissions(value: Any) -> bool:
    actions = {"create", "read", "update", "delete"}
    return isinstance(value, dict) and all(
        isinstance(held, list) and actions.issuperset(held) for held in value.values()
    )


def _text(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_months(value: Any) -> bool:
    """Numbers by the French names of the year's months so far, in order (DECISIONS.md section 1, "Analytics")."""
    return (
        isinstance(value, dict)
        and tuple(value) == MONTHS[: len(value)] != ()
        and all(isinstance(held, int | float) and not isinstance(held, bool) for held in value.values())
    )


SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "uuid": _is_uuid,
    "string": lambda value: isinstance(value, str),
    "text": lambda value: isinstance(value, str) and bool(value.strip()),
    "decimal": _text(r"\d{1,12}\.\d\d"),
    "balance": _text(r"-?\d{1,24}\.\d\d"),
    "date": _is_date,
    "months": _is_months,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "time": _is_time,
    "naive_time": _text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "permissions": _is_permissions,
    "jwt": _text(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"),
    "email": _text(r"[^@\s]+@[^@\s]+"),
    "url": _text(r"https?://\S+"),
    "png": _text(r"data:image/png;base64,[A-Za-z0-9+/=]+"),
    "secret": _text(r"[A-Z2-7]{32}"),
}

PAGE = {"count": "integer", "next": "url|null", "previous": "url|null"}


def faults(value: Any, shape: Any, shapes: Mapping[str, Any], extra: list[str], where: str = "body") -> list[str]:
    """What of a value differs from its shape, in sentences. `extra` keys may stand in the outermost object."""
    if isinstance(shape, str) and shape.startswith("page of "):
        shape = {**PAGE, "results": [shape.removeprefix("page of ")]}
    if isinstance(shape, str) and shape in shapes:
        shape = shapes[shape]
    if isinstance(shape, dict):
        return _object_faults(value, shape, shapes, extra, where)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r}"]
        return [
            fault
            for index, item in enumerate(value)
            for fault in faults(item, shape[0], shapes, [], f"{where}[{index}]")
        ]
    for name in shape.split("|"):
        if name in shapes and not faults(value, shapes[name], shapes, [], where):
            return []
        if name not in shapes and SCALARS[name](value):
            return []
    return [f"{where} is no {shape}: {value!r}"]


def _object_faults(
    value: Any, shape: dict[str, Any], shapes: Mapping[str, Any], extra: list[str], where: str
) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} is no object: {value!r}"]
    found = [f"{where} lacks {key!r}" for key in shape if key not in value]
    found += [f"{where} has {key!r}, which is not documented" for key in value if key not in shape and key not in extra]
    for key, kind in shape.items():
        if key in value:
            found += faults(value[key], kind, shapes, [], f"{where}.{key}")
    return found


def error_faults(body: Any, fields: list[str]) -> list[str]:
    """What of a 400 differs from `{"champ": ["message", …]}` with exactly these fields (DECISIONS.md section 0). A
    field that is a list or an object may nest the same."""
    if not isinstance(body, dict) or set(body) != set(fields):
        return [f"the failing fields are {sorted(body) if isinstance(body, dict) else body!r}, not {sorted(fields)}"]
    return [f"{field} has no messages: {body[field]!r}" for field in fields if not any(texts_of(body[field]))]


def texts_of(value: Any) -> list[str]:
    """Every message in an error's body; stable codes are no messages."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    if isinstance(value, dict):
        return [text for key, item in value.items() if key != "code" for text in texts_of(item)]
    return []


def at(body: Any, path: str) -> Any:
    """The value at a dotted path; `KeyError` or `IndexError` where there is none."""
    for step in path.split("."):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body
