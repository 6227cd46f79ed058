"""The decode boundary: every message is reached, every failing field is told at once, and no bytes break it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from adapters.http.decode import convert_form, decode_json
from adapters.http.dialect import nested_problems
from adapters.http.operations import etag_of
from adapters.http.resource import given as given_fields
from adapters.http.resource import partial
from adapters.http.scalars import (
    Amount,
    Email,
    LongText,
    Name,
    OptionalText,
    Password,
    PositiveQuantity,
    Quantity,
    Url,
)
from core.primitives.errors import DomainError, FieldProblem, Kind, message
from core.primitives.locale import Locale
from core.primitives.page import Versioned


class Colour(StrEnum):
    """A choice."""

    RED = "rouge"


class Line(msgspec.Struct):
    """A nested struct."""

    key: UUID
    number: PositiveQuantity = 1
    price: Amount | None = None


class Body(msgspec.Struct):
    """One field of every kind."""

    name: Name
    title: OptionalText = ""
    notes: LongText = ""
    amount: Amount = Decimal(0)
    count: Quantity = 0
    email: Email | None = None
    url: Url = "http://example.com"
    password: Password = ""
    key: UUID | None = None
    yes: bool = False
    ratio: float = 0.0
    day: date | None = None
    moment: datetime | None = None
    choice: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    free: dict[str, Any] = {}
    tags: list[str] = []
    line: Line | None = None
    lines: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=3)] = msgspec.field(default_factory=list)


KEY = "01935d0e-0000-7000-8000-000000000001"


def problems(body: Any, kind: Any = Body) -> dict[tuple[Any, ...], str]:
    """The code of every problem by its path."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    with pytest.raises(DomainError) as caught:
        decode_json(data, kind)
    assert caught.value.kind is Kind.INVALID
    return {problem.path: problem.message.code for problem in caught.value.problems}


def refusal_of(data: bytes) -> DomainError | None:
    """Why a body is refused, None where it is read."""
    try:
        assert isinstance(decode_json(data, Body), Body)
    except DomainError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", None, "null"),
        ("name", 1, "not_text"),
        ("name", "", "blank"),
        ("name", "  \t ", "blank"),
        ("name", "a" * 256, "too_long"),
        ("name", "a\0b", "forbidden_character"),
        ("name", "a\x1bb", "forbidden_character"),
        ("title", "a" * 256, "too_long"),
        ("title", "a\x07", "forbidden_character"),
        ("notes", "a" * 5001, "too_long"),
        ("notes", ["a"], "not_text"),
        ("amount", "abc", "not_number"),
        ("amount", "NaN", "not_number"),
        ("amount", "sNaN", "not_number"),
        ("amount", "-Infinity", "not_number"),
        ("amount", True, "not_number"),
        ("amount", None, "null"),
        ("amount", [], "not_number"),
        ("amount", -1, "too_small"),
        ("amount", "-0.01", "too_small"),
        ("amount", 10**12, "too_many_digits"),
        ("amount", "999999999999.995", "too_many_digits"),
        ("amount", "1E+999999999", "too_many_digits"),
        ("count", "1", "not_integer"),
        ("count", 1.5, "not_integer"),
        ("count", True, "not_integer"),
        ("count", -1, "too_small"),
        ("count", 2**31, "too_large"),
        ("count", 2**63, "too_large"),
        ("email", "a", "not_email"),
        ("email", 1, "not_text"),
        ("email", "a" * 255, "too_long"),
        ("url", "ftp://example.com", "not_url"),
        ("url", "javascript:alert(1)", "not_url"),
        ("url", "http://", "not_url"),
        ("url", "http://a:b@example.com", "not_url"),
        ("url", "http://example.com:99999", "not_url"),
        ("url", "http://[::1", "not_url"),
        ("url", "http://exa mple.com", "not_url"),
        ("url", "", "blank"),
        ("password", "a" * 1025, "too_long"),
        ("password", "a\0b", "forbidden_character"),
        ("key", "x", "not_uuid"),
        ("key", 1, "not_uuid"),
        ("yes", "true", "not_boolean"),
        ("yes", 1, "not_boolean"),
        ("yes", None, "null"),
        ("ratio", "1", "not_number"),
        ("day", "2026-02-30", "not_date"),
        ("day", 20260101, "not_date"),
        ("moment", "yesterday", "not_instant"),
        ("choice", "c", "not_choice"),
        ("choice", 1, "not_choice"),
        ("colour", "bleu", "not_choice"),
        ("free", [], "not_object"),
        ("free", {"a": "b\0"}, "forbidden_character"),
        ("free", {"a\0": 1}, "forbidden_character"),
        ("tags", "a", "not_list"),
        ("line", 1, "not_object"),
        ("line", [], "not_object"),
        ("lines", {}, "not_list"),
        ("lines", [], "too_few"),
        ("lines", [{"key": KEY}] * 4, "too_many"),
    ],
)
def test_each_message_is_reached(field: str, value: Any, code: str) -> None:
    assert problems({"name": "x", field: value}) == {(field,): code}


def test_a_missing_field_is_required() -> None:
    assert problems({}) == {("name",): "required"}
    assert problems(b"") == {("name",): "required"}


def test_paths_lead_into_nested_objects_and_lists() -> None:
    assert problems({"name": "x", "line": {"key": "x", "number": 0}}) == {
        ("line", "key"): "not_uuid",
        ("line", "number"): "too_small",
    }
    assert problems({"name": "x", "lines": [{"key": KEY}, {"price": "NaN"}, None], "tags": ["a", 1]}) == {
        ("lines", 1, "key"): "required",
        ("lines", 1, "price"): "not_number",
        ("lines", 2): "null",
        ("tags", 1): "not_text",
    }


def test_checks_of_decoded_values_are_told_at_once() -> None:
    body = {"name": " ", "email": "x", "amount": -1, "line": {"key": KEY, "price": -1}, "lines": [{"key": KEY}] * 2}
    body["lines"] = [{"key": KEY}, {"key": KEY, "price": "1E+13"}]
    assert problems(body) == {
        ("name",): "blank",
        ("email",): "not_email",
        ("amount",): "too_small",
        ("line", "price"): "too_small",
        ("lines", 1, "price"): "too_many_digits",
    }


def test_wrong_types_and_failed_checks_are_told_together() -> None:
    found = problems({"name": 1, "email": "x", "amount": "-1", "count": "1", "lines": [{"key": KEY, "price": "-1"}]})
    assert found == {
        ("name",): "not_text",
        ("email",): "not_email",
        ("amount",): "too_small",
        ("count",): "not_integer",
        ("lines", 0, "price"): "too_small",
    }


def test_values_are_normalised() -> None:
    read = decode_json(
        b'{"name":"  Caf\\u00e9 ","amount":1.005,"email":" A@B.CO ","line":{"key":"%s","price":"2.5"},"unknown":[]}'
        % KEY.encode(),
        Body,
    )
    assert (read.name, read.amount, read.email) == ("Café", Decimal("1.01"), "a@b.co")
    assert read.line.price == Decimal("2.50")


def test_duplicate_keys_the_last_counts() -> None:
    assert decode_json(b'{"name":"a","name":"b"}', Body).name == "b"


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"nul",
        b"\xff",
        b'{"name":"\xff"}',
        b'{"name":"a","x":"\xff"}',
        b'{"name":"a","\xff":1}',
        b'{"name":NaN}',
        b'{"name":"a","x":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 100_000,
        b'{"name":"\\ud800"}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_malformed_json_is_refused_as_a_whole(data: bytes) -> None:
    found = problems(data)
    assert list(found) == [()]


@pytest.mark.parametrize("data", [b"[]", b"null", b"1", b'"a"', b"true"])
def test_a_body_that_is_no_object(data: bytes) -> None:
    assert problems(data) == {(): "not_object"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_body_or_refused(data: bytes) -> None:
    refusal = refusal_of(data)
    assert refusal is None or (refusal.kind is Kind.INVALID and refusal.problems)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(Body.__struct_fields__), VALUES, max_size=6))
def test_any_values_are_accepted_or_every_problem_has_words(fields: dict[str, Any]) -> None:
    try:
        data = msgspec.json.encode(fields)
    except (UnicodeEncodeError, msgspec.MsgspecError):
        return
    refusal = refusal_of(data)
    assert refusal is None or all(nested_problems(refusal.problems, locale) for locale in Locale)


def test_a_patch_tells_absent_from_null() -> None:
    patch = partial(Body)
    read = decode_json(b'{"email":null,"count":3}', patch)
    assert given_fields(read) == {"email": None, "count": 3}
    assert read.name is UNSET
    assert given_fields(decode_json(b"{}", patch)) == {}
    assert problems({"name": None, "amount": None}, patch) == {("name",): "null", ("amount",): "null"}
    assert problems({"name": "", "lines": [{}]}, patch) == {("name",): "blank", ("lines", 0, "key"): "required"}


class Form(msgspec.Struct):
    """The fields of a form."""

    name: Name
    amount: Amount
    count: Quantity = 0


def test_a_form_is_read_like_json() -> None:
    read = convert_form({"name": " a ", "amount": "1.5", "count": "3"}, Form)
    assert (read.name, read.amount, read.count) == ("a", Decimal("1.50"), 3)
    with pytest.raises(DomainError) as caught:
        convert_form({"name": "", "amount": "NaN", "count": "x"}, Form)
    found = {problem.path: problem.message.code for problem in caught.value.problems}
    assert found == {("name",): "blank", ("amount",): "not_number", ("count",): "not_integer"}


WRONG = message("test_wrong", fr="Faux {what}", en="Wrong {what}")


def problem(*path: str | int) -> FieldProblem:
    """A problem somewhere."""
    return FieldProblem(path, WRONG, {"what": "x"})


def test_problems_are_nested_as_their_paths() -> None:
    found = nested_problems(
        [problem(), problem("a"), problem("a"), problem("b", "c"), problem("d", 1, "e"), problem("f", 2)], Locale.EN
    )
    assert found == {
        "non_field_errors": ["Wrong x"],
        "a": ["Wrong x", "Wrong x"],
        "b": {"c": ["Wrong x"]},
        "d": [{}, {"e": ["Wrong x"]}],
        "f": ["Wrong x"],
    }


def test_a_list_that_fails_as_a_whole_tells_that() -> None:
    assert nested_problems([problem("a"), problem("a", 0, "b")], Locale.FR) == {"a": ["Faux x"]}
    assert nested_problems([problem("a", 0, "b"), problem("a")], Locale.FR) == {"a": [{"b": ["Faux x"]}]}


def test_an_entity_tag_is_the_version() -> None:
    assert etag_of(Versioned(None, 7)) == '"7"'


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-12-21T20:00", datetime(2026, 12, 21, 20, 0)),  # noqa: DTZ001 - without a zone, as it is written
        ("2026-12-21T20:00Z", datetime(2026, 12, 21, 20, 0, tzinfo=UTC)),
        ("2026-12-21T20:00+01:00", datetime(2026, 12, 21, 19, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_may_be_written_to_the_minute(written: str, read: datetime) -> None:
    assert decode_json(msgspec.json.encode({"name": "x", "moment": written}), Body).moment == read
    assert convert_form({"name": "x", "moment": written}, Body).moment == read


@pytest.mark.parametrize("written", ["2026-12-21T25:00", "2026-13-01T20:00", "2026-12-21 20:00", "2026-12-21T20"])
def test_what_is_no_moment_stays_refused(written: str) -> None:
    assert problems({"name": "x", "moment": written, "count": 2**80}) == {
        ("moment",): "not_instant",
        ("count",): "too_large",
    }
