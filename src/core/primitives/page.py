"""Lists as declared data: what a list can be filtered, searched and ordered by, what was asked, and the page found."""

from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")


class FilterKind(StrEnum):
    """How a filter compares its parameter with the column."""

    EXACT = "exact"
    EXACT_FOLDED = "exact_folded"
    ID = "id"
    BOOLEAN = "boolean"
    DAYS = "days"
    CHOICE = "choice"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DAY = "day"


class Comparison(StrEnum):
    """How a filter of kind INTEGER, DECIMAL or DAY compares the column with its value: both ends belong to it."""

    EQUAL = "equal"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Filter(msgspec.Struct, frozen=True):
    """One filter of a list: a query parameter compared with a column (of the same name unless told otherwise).

    EXACT_FOLDED compares without regard to case; ID reads an id in the product's form; DAYS reads
    `YYYY-MM-DD,YYYY-MM-DD`, both ends included, cut in the installation's time zone. CHOICE reads one of `choices`
    without regard to case. INTEGER and DECIMAL read a number, DAY a day `YYYY-MM-DD`, cut in the installation's time
    zone, or a moment (ISO 8601), which is the installation's without a zone; they compare as `comparison` says. With
    `choices`, another value is refused.
    """

    name: str
    kind: FilterKind = FilterKind.EXACT
    column: str = ""
    choices: tuple[str, ...] = ()
    comparison: Comparison = Comparison.EQUAL

    @property
    def target(self) -> str:
        """The column compared."""
        return self.column or self.name


class Listing(msgspec.Struct, frozen=True):
    """What a list answers to: its filters, the fields that `search` looks into, the fields that `ordering` knows
    (every scalar field of the resource), and its order when none is asked ("-created_at")."""

    filters: tuple[Filter, ...] = ()
    search: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    default_ordering: tuple[str, ...] = ("-created_at",)


class Order(msgspec.Struct, frozen=True):
    """One term of an ordering."""

    field: str
    descending: bool = False


class ListQuery(msgspec.Struct, frozen=True):
    """What a client asked of a list. `page` counts from 1, after the `start` first rows; `filters` hold parsed values
    by filter name."""

    page: int = 1
    page_size: int = 20
    start: int = 0
    filters: tuple[tuple[str, Any], ...] = ()
    search: str = ""
    ordering: tuple[Order, ...] = ()

    @property
    def offset(self) -> int:
        """How many rows come before the page."""
        return self.start + (self.page - 1) * self.page_size


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list and the exact number of all rows that match."""

    count: int
    items: list[T]


class Versioned(msgspec.Struct, Generic[T], frozen=True):
    """A value, the version of the row it was read from (the edge makes its `ETag` of it), and the organisation that
    the row belongs to, where it belongs to one."""

    value: T
    version: int
    organisation: UUID | None = None
