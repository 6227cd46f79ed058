"""Examples for the documentation, made of a wire struct's types and of what a client would write into it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

SAMPLE_ID = "01935d0e-8a2b-7c3d-9e4f-5a6b7c8d9e0f"
SAMPLE_MOMENT = "2026-01-07T15:30:00Z"
SAMPLE_DAY = "2026-01-07"


def sample_of(kind: Any, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an example of a struct as JSON shows it; `given` are values of its fields by wire name."""
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{kind!r} is no struct")
    known = given or {}
    return {
        field.encode_name: known.get(field.encode_name, _sample(field.encode_name, field.type)) for field in info.fields
    }


def _sample(name: str, info: inspect.Type) -> Any:
    if isinstance(info, inspect.Metadata):
        return _sample(name, info.type)
    if isinstance(info, inspect.UnionType):
        present = [member for member in info.types if not isinstance(member, inspect.NoneType)]
        return _sample(name, present[0]) if present and name != "details" else None
    if isinstance(info, inspect.StructType):
        return sample_of(info.cls)
    if isinstance(info, inspect.ListType):
        return [_sample(name, info.item_type)]
    if isinstance(info, inspect.LiteralType):
        return info.values[0]
    for kind, value in _SAMPLES:
        if isinstance(info, kind):
            return value
    return None


_SAMPLES: tuple[tuple[type[inspect.Type], Any], ...] = (
    (inspect.UUIDType, SAMPLE_ID),
    (inspect.DateTimeType, SAMPLE_MOMENT),
    (inspect.DateType, SAMPLE_DAY),
    (inspect.DecimalType, "99.99"),
    (inspect.BoolType, True),
    (inspect.IntType, 1),
    (inspect.StrType, "texte"),
    (inspect.DictType, {}),
)


def encoded(value: Any) -> Any:
    """A value as JSON shows it."""
    return msgspec.to_builtins(value)
