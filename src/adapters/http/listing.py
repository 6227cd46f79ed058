"""Reading a list's query string along its declared `Listing`."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from adapters.http.dialect import Dialect, Pagination
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, invalid_request, message
from core.primitives.ids import MAX_INTEGER_ID
from core.primitives.page import Filter, FilterKind, Listing, ListQuery, Order

MAX_SEARCH_LENGTH = 200
MAX_ORDERING_TERMS = 8
MAX_DECIMAL_DIGITS = 24

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
"""`date.fromisoformat` alone reads weeks ("2026-W01-1") as well."""
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?\Z"
)
_INTEGER = re.compile(r"-?[0-9]{1,40}\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?\Z")

DAYS_EXPECTED = message(
    "days_expected",
    fr="Deux dates AAAA-MM-JJ séparées par une virgule sont attendues.",
    en="Two dates YYYY-MM-DD separated by a comma are expected.",
)
DAY_EXPECTED = message(
    "day_expected",
    fr="Une date AAAA-MM-JJ, ou une date et heure ISO 8601, est attendue.",
    en="A date YYYY-MM-DD, or an ISO 8601 date and time, is expected.",
)
DAYS_REVERSED = message(
    "days_reversed", fr="La première date suit la seconde.", en="The first date is later than the second."
)


def query_pairs(query_string: bytes) -> list[tuple[str, str]]:
    """The pairs of a query string; bytes that are no UTF-8 read as U+FFFD."""
    try:
        return parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        raise invalid_request(messages.MALFORMED) from None


def read_list_query(
    listing: Listing, pairs: list[tuple[str, str]], dialect: Dialect, pagination: Pagination | None = None
) -> ListQuery:
    """Read what a client asks of a list. Raises `DomainError` of kind invalid that names every filter that cannot be
    read, and what the product's pagination refuses. Unknown parameters and orders are ignored."""
    query = dict(reversed(pairs))
    asked = (pagination or dialect.pagination).read(query)
    problems: list[FieldProblem] = []
    filters: list[tuple[str, Any]] = []
    for declared in listing.filters:
        text = query.get(declared.name, "")
        if not text:
            continue
        try:
            filters.append((declared.name, _READERS[declared.kind](declared, text, dialect)))
        except _Unreadable as unreadable:
            problems.append(FieldProblem((declared.name,), *unreadable.args))
    search = query.get("search", "").strip() if listing.search else ""
    if "\0" in search:
        problems.append(FieldProblem(("search",), messages.FORBIDDEN_CHARACTER))
    elif len(search) > MAX_SEARCH_LENGTH:
        problems.append(FieldProblem(("search",), messages.TOO_LONG, {"maximum": MAX_SEARCH_LENGTH}))
    if problems:
        raise invalid(*problems)
    return ListQuery(
        page=asked.page,
        page_size=asked.size,
        start=asked.start,
        filters=tuple(filters),
        search=search,
        ordering=_read_ordering(listing, query.get("ordering", "")),
    )


def _read_ordering(listing: Listing, text: str) -> tuple[Order, ...]:
    terms: dict[str, Order] = {}
    for part in text.split(",")[:MAX_ORDERING_TERMS]:
        name = part.strip().removeprefix("-")
        if name in listing.ordering and name not in terms:
            terms[name] = Order(name, part.strip().startswith("-"))
    return tuple(terms.values())


class _Unreadable(Exception):
    """A filter's text cannot be read: message and parameters for a `FieldProblem`."""


def _read_text(declared: Filter, text: str, dialect: Dialect) -> str:  # noqa: ARG001
    if "\0" in text:
        raise _Unreadable(messages.FORBIDDEN_CHARACTER)
    if declared.choices and text not in declared.choices:
        raise _Unreadable(messages.NOT_CHOICE, {"value": text[:50]})
    return text


def _read_id(declared: Filter, text: str, dialect: Dialect) -> Any:  # noqa: ARG001
    key = dialect.parse_id(text)
    if key is None:
        raise _Unreadable(messages.NOT_UUID if dialect.id_format == "uuid" else messages.NOT_INTEGER)
    return key


def _read_boolean(declared: Filter, text: str, dialect: Dialect) -> bool:  # noqa: ARG001
    try:
        return read_boolean(text)
    except ValueError:
        raise _Unreadable(messages.NOT_BOOLEAN) from None


def read_boolean(text: str) -> bool:
    """Read a boolean of a query: true, false, 1 or 0. Raises `ValueError` for anything else."""
    folded = text.lower()
    if folded not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return folded in ("true", "1")


def _read_days(declared: Filter, text: str, dialect: Dialect) -> tuple[date, date]:  # noqa: ARG001
    first, _, last = text.partition(",")
    try:
        days = read_day(first), read_day(last)
    except ValueError:
        raise _Unreadable(DAYS_EXPECTED) from None
    if days[0] > days[1]:
        raise _Unreadable(DAYS_REVERSED)
    return days


def _read_choice(declared: Filter, text: str, dialect: Dialect) -> str:  # noqa: ARG001
    folded = text.casefold()
    for choice in declared.choices:
        if choice.casefold() == folded:
            return choice
    raise _Unreadable(messages.NOT_CHOICE, {"value": text[:50].replace("\0", "")})


def _read_integer(declared: Filter, text: str, dialect: Dialect) -> int:  # noqa: ARG001
    text = text.strip()
    if not _INTEGER.match(text):
        raise _Unreadable(messages.NOT_INTEGER)
    number = int(text)
    if number > MAX_INTEGER_ID:
        raise _Unreadable(messages.TOO_LARGE, {"maximum": MAX_INTEGER_ID})
    if number < -MAX_INTEGER_ID:
        raise _Unreadable(messages.TOO_SMALL, {"minimum": -MAX_INTEGER_ID})
    return number


def _read_decimal(declared: Filter, text: str, dialect: Dialect) -> Decimal:  # noqa: ARG001
    text = text.strip()
    if not _DECIMAL.match(text):
        raise _Unreadable(messages.NOT_NUMBER)
    number = Decimal(text)
    if number.adjusted() >= MAX_DECIMAL_DIGITS:
        raise _Unreadable(messages.TOO_MANY_DIGITS, {"maximum": MAX_DECIMAL_DIGITS})
    return number


def _read_day_or_moment(declared: Filter, text: str, dialect: Dialect) -> date | datetime:  # noqa: ARG001
    try:
        return read_moment(text) if len(text.strip()) > len("YYYY-MM-DD") else read_day(text)
    except ValueError:
        raise _Unreadable(DAY_EXPECTED) from None


def read_moment(text: str) -> datetime:
    """Read a date and time (ISO 8601) of the years 1900 to 9998, with or without a zone. Raises `ValueError`."""
    text = text.strip()
    if not _MOMENT.match(text):
        raise ValueError(text)
    read_day(text[:10])
    return datetime.fromisoformat(text.upper())


def read_day(text: str) -> date:
    """Read a day `YYYY-MM-DD` of the years 1900 to 9998. Raises `ValueError`."""
    text = text.strip()
    if not _DAY.match(text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 9998:
        raise ValueError(text)
    return day


_READERS: Mapping[FilterKind, Callable[[Filter, str, Dialect], Any]] = {
    FilterKind.EXACT: _read_text,
    FilterKind.EXACT_FOLDED: _read_text,
    FilterKind.ID: _read_id,
    FilterKind.BOOLEAN: _read_boolean,
    FilterKind.DAYS: _read_days,
    FilterKind.CHOICE: _read_choice,
    FilterKind.INTEGER: _read_integer,
    FilterKind.DECIMAL: _read_decimal,
    FilterKind.DAY: _read_day_or_moment,
}


def page_url(base: str, path: str, pairs: list[tuple[str, str]], page: int) -> str:
    """The absolute address of another page that keeps the other parameters."""
    kept = [(name, value) for name, value in pairs if name != "page"]
    return f"{base}{path}?{urlencode([*kept, ('page', str(page))])}"
