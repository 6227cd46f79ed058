"""The port of tables for spreadsheets: columns that say what their cells hold, and rows that come in batches, so that
a table of any length costs the same memory."""

from collections.abc import AsyncIterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.primitives.locale import Locale


class CellKind(StrEnum):
    """What the cells of a column hold; None is an empty cell in all of them.

    TEXT a text, NUMBER an `int` that names something or counts, AMOUNT a `Decimal` of two decimals, PERCENT a number
    of one decimal that is read as per cent, DAY a `date`, MOMENT a `datetime` with a zone, BOOLEAN a `bool`.
    """

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"
    BOOLEAN = "boolean"


class Column(msgspec.Struct, frozen=True):
    """A column: what stands above it, what its cells hold, and how many characters wide it is shown."""

    title: str
    kind: CellKind = CellKind.TEXT
    width: int = 16


class Table(msgspec.Struct, frozen=True):
    """A table to be written: its name, its columns, the zone that its moments are shown in, and its language."""

    name: str
    columns: tuple[Column, ...]
    time_zone: ZoneInfo
    locale: Locale = Locale.FR


Batches = AsyncIterable[Sequence[Sequence[Any]]]
"""Rows in batches of some hundreds or thousands; each row has a value for every column."""


class TableWriter(Protocol):
    """Writes tables in one format.

    A text is written so that no spreadsheet runs it as a formula. Writing leaves the event loop.
    """

    @property
    def media_type(self) -> str:
        """The media type of what is written."""
        ...

    @property
    def ending(self) -> str:
        """How the name of such a file ends, without the point."""
        ...

    async def write(self, path: Path, table: Table, batches: Batches) -> int:
        """Write a table into a file that is not there yet, and return how many rows there were. Where reading or
        writing fails, the error passes and what was written is of no use."""
        ...
