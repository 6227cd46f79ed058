"""The decode boundary: bytes of a body to a wire struct, or every failing field at once.

msgspec decodes and stops at the first error; only then is the body read again, field by field (`explain`). Whatever
the bytes are - invalid UTF-8, NUL, NaN, deep nesting, huge numbers - the outcome is a struct or a `DomainError` of
kind invalid.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, inspect

from adapters.http.scalars import Check, Rejected
from core.primitives import messages
from core.primitives.errors import DomainError, FieldProblem, Message, invalid, invalid_request, message

MALFORMED_JSON = message("malformed_json", fr="Le corps n'est pas un JSON valide.", en="The body is not valid JSON.")

Path = tuple[str | int, ...]

_TO_THE_MINUTE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}:?[0-9]{2})?")


class FieldPlan(msgspec.Struct, frozen=True):
    """What is left to do for a field once msgspec has decoded it: its check, that of its items where it is a list,
    and the plan of what it holds."""

    attribute: str
    name: str
    check: Check | None
    item_check: Check | None
    nested: "StructPlan | None"
    listed: bool
    text: bool


class StructPlan(msgspec.Struct, frozen=True):
    """The fields of a struct that need a look after decoding."""

    fields: tuple[FieldPlan, ...]


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _type_info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


@cache
def plan_of(kind: Any) -> StructPlan:
    """Return what remains to be checked of a decoded struct."""
    info = _bare(_type_info(kind))[0]
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{kind!r} is no struct: request bodies are structs")
    return _plan(info)


def _plan(info: inspect.StructType) -> StructPlan:
    fields = []
    for field in info.fields:
        found: inspect.Type
        found, check = _bare(field.type)
        item_check: Check | None = None
        listed = isinstance(found, inspect.ListType)
        if isinstance(found, inspect.ListType):
            found, item_check = _bare(found.item_type)
        nested = _plan(found) if isinstance(found, inspect.StructType) else None
        text = isinstance(found, inspect.StrType | inspect.AnyType | inspect.DictType)
        if check or item_check or nested or text:
            fields.append(FieldPlan(field.name, field.encode_name, check, item_check, nested, listed, text))
    return StructPlan(tuple(fields))


def _bare(info: inspect.Type) -> tuple[inspect.Type, Check | None]:
    """The type without null, UNSET and metadata, and its check."""
    check: Check | None = None
    while True:
        if isinstance(info, inspect.Metadata):
            check = check or (info.extra or {}).get("check")
            info = info.type
        elif isinstance(info, inspect.UnionType):
            members = [member for member in info.types if not _is_absence(member)]
            if len(members) != 1:
                return info, check
            info = members[0]
        else:
            return info, check


def _is_absence(info: inspect.Type) -> bool:
    return isinstance(info, inspect.NoneType) or (isinstance(info, inspect.CustomType) and info.cls is type(UNSET))


def decode_json(body: bytes, kind: Any) -> Any:
    """Decode a JSON body into a struct. An empty body is an empty object. Duplicate keys: the last one counts.

    Raises `DomainError` of kind invalid that names every failing field.
    """
    data = body or b"{}"
    try:
        # msgspec passes over what stands in ignored fields, invalid UTF-8 included (RFC 8259 section 8.1)
        if not data.isascii():
            data.decode()
        value = _decoder(kind).decode(data)
    except msgspec.ValidationError:
        value = _converted(_parse(data), kind, strict=True)
    except (ValueError, RecursionError):
        raise invalid_request(MALFORMED_JSON) from None
    return checked(value, plan_of(kind), has_nul=b"\\u0000" in data)


def convert_form(fields: dict[str, Any], kind: Any) -> Any:
    """Convert the text fields and files of a form into a struct, with the same outcome as JSON. An empty text of a
    field that is not text counts as absent."""
    fields = {name: value for name, value in fields.items() if value != "" or name not in _untextual(kind)}
    try:
        value = msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError:
        value = _converted(fields, kind, strict=False)
    except (ValueError, RecursionError):
        raise invalid_request(messages.MALFORMED) from None
    return checked(value, plan_of(kind), has_nul=True)


@cache
def _untextual(kind: Any) -> frozenset[str]:
    """The fields of a struct that hold neither a text nor a file."""
    info = _bare(_type_info(kind))[0]
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{kind!r} is no struct: request bodies are structs")
    textual = inspect.StrType | inspect.AnyType
    return frozenset(field.encode_name for field in info.fields if not isinstance(_bare(field.type)[0], textual))


def _converted(data: Any, kind: Any, *, strict: bool) -> Any:
    """Convert what was refused once more, with its moments completed; else say what is wrong with it."""
    completed = _with_seconds(data, kind)
    if completed is not None:
        try:
            return msgspec.convert(completed, kind, strict=strict)
        except (ValueError, RecursionError):
            data = completed
    raise _explanation(data, kind, strict=strict) from None


def _with_seconds(data: Any, kind: Any) -> dict[str, Any] | None:
    """Complete moments that are written to the minute: ISO 8601 allows it, msgspec does not, the date inputs of
    browsers do it. None where there are none."""
    if not isinstance(data, dict):
        return None
    short = {
        name: found
        for name in _moments(kind)
        if isinstance(data.get(name), str) and (found := _TO_THE_MINUTE.fullmatch(data[name]))
    }
    if not short:
        return None
    return data | {name: f"{found[1]}:00{found[2] or ''}" for name, found in short.items()}


@cache
def _moments(kind: Any) -> tuple[str, ...]:
    info = _bare(_type_info(kind))[0]
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return tuple(field.encode_name for field in fields if isinstance(_bare(field.type)[0], inspect.DateTimeType))


def _parse(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        raise invalid_request(MALFORMED_JSON) from None


def checked(value: Any, plan: StructPlan, *, has_nul: bool) -> Any:
    """Run the checks of a decoded struct, in place. Raises `DomainError` with all problems."""
    problems = list(_run_checks(value, plan, (), has_nul=has_nul))
    if problems:
        raise invalid(*problems)
    return value


def _run_checks(value: Any, plan: StructPlan, path: Path, *, has_nul: bool) -> Iterator[FieldProblem]:
    for field in plan.fields:
        current = getattr(value, field.attribute)
        if current is None or current is UNSET:
            continue
        here = (*path, field.name)
        if has_nul and field.text and _holds_nul(current):
            yield FieldProblem(here, messages.FORBIDDEN_CHARACTER)
            continue
        if field.nested is not None:
            members = enumerate(current) if field.listed else (("", current),)
            for index, member in members:
                inner = (*here, index) if field.listed else here
                yield from _run_checks(member, field.nested, inner, has_nul=has_nul)
        if field.item_check is not None:
            for index, member in enumerate(current):
                try:
                    current[index] = field.item_check(member)
                except Rejected as rejected:
                    yield FieldProblem((*here, index), rejected.message, rejected.params)
        if field.check is not None:
            try:
                setattr(value, field.attribute, field.check(current))
            except Rejected as rejected:
                yield FieldProblem(here, rejected.message, rejected.params)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(member) for key, member in value.items())
    if isinstance(value, list | tuple):
        return any(_holds_nul(member) for member in value)
    return False


def _explanation(data: Any, kind: Any, *, strict: bool = True) -> DomainError:
    info = _bare(_type_info(kind))[0]
    problems = tuple(_explain(data, info, (), strict=strict))
    return invalid(*problems) if problems else invalid_request(messages.MALFORMED)


def _explain(data: Any, info: inspect.Type, path: Path, *, strict: bool) -> Iterator[FieldProblem]:
    """Walk plain data along a type and yield every problem."""
    bare, check = _bare(info)
    if isinstance(bare, inspect.StructType):
        if not isinstance(data, dict):
            yield FieldProblem(path, messages.NOT_OBJECT)
            return
        for field in bare.fields:
            here = (*path, field.encode_name)
            if field.encode_name not in data:
                if field.required:
                    yield FieldProblem(here, messages.REQUIRED)
                continue
            yield from _explain_field(data[field.encode_name], field.type, here, strict=strict)
        return
    yield from _explain_leaf(data, bare, check, path, strict=strict)


def _explain_field(data: Any, info: inspect.Type, path: Path, *, strict: bool) -> Iterator[FieldProblem]:
    if data is None:
        if not _allows_null(info):
            yield FieldProblem(path, messages.NULL)
        return
    bare = _bare(info)[0]
    if isinstance(bare, inspect.ListType) and isinstance(data, list):
        if bare.min_length is not None and len(data) < bare.min_length:
            yield FieldProblem(path, messages.TOO_FEW, {"minimum": bare.min_length})
        if bare.max_length is not None and len(data) > bare.max_length:
            yield FieldProblem(path, messages.TOO_MANY, {"maximum": bare.max_length})
            return
        for index, member in enumerate(data):
            yield from _explain_field(member, bare.item_type, (*path, index), strict=strict)
        return
    yield from _explain(data, info, path, strict=strict)


def _explain_leaf(
    data: Any, bare: inspect.Type, check: Check | None, path: Path, *, strict: bool
) -> Iterator[FieldProblem]:
    try:
        value = msgspec.convert(data, _spelled(bare), strict=strict)
    except (ValueError, RecursionError):
        found, params = _reason(data, bare)
        yield FieldProblem(path, found, params)
        return
    if _holds_nul(value):
        yield FieldProblem(path, messages.FORBIDDEN_CHARACTER)
    elif check is not None:
        try:
            check(value)
        except Rejected as rejected:
            yield FieldProblem(path, rejected.message, rejected.params)


def _allows_null(info: inspect.Type) -> bool:
    if isinstance(info, inspect.Metadata):
        return _allows_null(info.type)
    if isinstance(info, inspect.UnionType):
        return any(isinstance(member, inspect.NoneType) for member in info.types)
    return isinstance(info, inspect.NoneType | inspect.AnyType)


_MESSAGES_BY_TYPE: tuple[tuple[type[inspect.Type], Message], ...] = (
    (inspect.StrType, messages.NOT_TEXT),
    (inspect.BoolType, messages.NOT_BOOLEAN),
    (inspect.IntType, messages.NOT_INTEGER),
    (inspect.DecimalType, messages.NOT_NUMBER),
    (inspect.FloatType, messages.NOT_NUMBER),
    (inspect.UUIDType, messages.NOT_UUID),
    (inspect.DateType, messages.NOT_DATE),
    (inspect.DateTimeType, messages.NOT_INSTANT),
    (inspect.ListType, messages.NOT_LIST),
    (inspect.DictType, messages.NOT_OBJECT),
    (inspect.StructType, messages.NOT_OBJECT),
)

_SPELLED: tuple[tuple[type[inspect.Type], Any], ...] = (
    (inspect.BoolType, bool),
    (inspect.FloatType, float),
    (inspect.UUIDType, UUID),
    (inspect.DateType, date),
    (inspect.DateTimeType, datetime),
)


def _spelled(info: inspect.Type) -> Any:
    """A Python type that converts as the inspected one does."""
    for kind, spelled in _SPELLED:
        if isinstance(info, kind):
            return spelled
    if isinstance(info, inspect.StrType):
        return Annotated[
            str, msgspec.Meta(min_length=info.min_length, max_length=info.max_length, pattern=info.pattern)
        ]
    if isinstance(info, inspect.IntType):
        return Annotated[int, msgspec.Meta(ge=info.ge, le=info.le)]
    if isinstance(info, inspect.DecimalType):
        return Decimal
    if isinstance(info, inspect.LiteralType):
        return Literal[info.values]
    if isinstance(info, inspect.EnumType | inspect.CustomType):
        return info.cls
    if isinstance(info, inspect.ListType):
        return list[_spelled(_bare(info.item_type)[0])]  # type: ignore[misc]
    if isinstance(info, inspect.DictType):
        return dict[str, _spelled(_bare(info.value_type)[0])]  # type: ignore[misc]
    if isinstance(info, inspect.StructType):
        return info.cls
    return Any


def _reason(data: Any, info: inspect.Type) -> tuple[Message, dict[str, Any]]:
    """Why a value does not fit a type."""
    if isinstance(info, inspect.LiteralType):
        return messages.NOT_CHOICE, {"value": _shown(data)}
    if isinstance(info, inspect.EnumType):
        return messages.NOT_CHOICE, {"value": _shown(data)}
    if isinstance(info, inspect.StrType) and isinstance(data, str):
        if info.min_length is not None and len(data) < info.min_length:
            return (messages.BLANK, {}) if not data else (messages.TOO_SHORT, {"minimum": info.min_length})
        if info.max_length is not None and len(data) > info.max_length:
            return messages.TOO_LONG, {"maximum": info.max_length}
        return messages.MALFORMED, {}
    if isinstance(info, inspect.IntType) and isinstance(data, int) and not isinstance(data, bool):
        if info.ge is not None and data < info.ge:
            return messages.TOO_SMALL, {"minimum": info.ge}
        if info.le is not None and data > info.le:
            return messages.TOO_LARGE, {"maximum": info.le}
    for kind, found in _MESSAGES_BY_TYPE:
        if isinstance(info, kind):
            return found, {}
    return messages.MALFORMED, {}


def _shown(data: Any) -> str:
    text = data if isinstance(data, str) else msgspec.json.encode(data).decode()
    return text if len(text) <= 50 else text[:50] + "…"
