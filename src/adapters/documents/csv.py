"""CSV for French spreadsheets: UTF-8 with a byte order mark, `;` between cells, decimal commas (RFC 4180 otherwise)."""

import csv
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adapters.documents.sheets import fill, would_run
from core.documents.tables import Batches, CellKind, Table
from core.primitives.locale import Locale

SEPARATOR = ";"
_ANSWERS = {Locale.FR: ("non", "oui"), Locale.EN: ("no", "yes")}


def harmless(text: str) -> str:
    """A text as a cell that no spreadsheet runs: an apostrophe stands before what might be a formula."""
    return f"'{text}" if would_run(text) else text


class CsvWriter:
    """Writes CSV. Days are `2026-12-31`, moments `2026-12-31 18:30:00` in the table's zone, amounts `1500,00`: what
    French and English spreadsheets read as days, moments and, the former, as numbers."""

    media_type = "text/csv"
    ending = "csv"

    async def write(self, path: Path, table: Table, batches: Batches) -> int:
        """Write a table into a file that is not there yet, and return how many rows there were."""
        return await fill(_CsvFile(path, table), batches)


class _CsvFile:
    def __init__(self, path: Path, table: Table) -> None:
        self._write_cells = [_writers(table)[column.kind] for column in table.columns]
        # the mark tells spreadsheets that it is UTF-8
        self._file = path.open("x", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, delimiter=SEPARATOR, lineterminator="\r\n")
        self._csv.writerow([harmless(column.title) for column in table.columns])

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write some rows."""
        cells = self._write_cells
        self._csv.writerows(
            ["" if value is None else cell(value) for cell, value in zip(cells, row, strict=True)] for row in rows
        )

    def finish(self) -> None:
        """Close the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file. Where the disk is full, what waits to be written cannot be."""
        with suppress(OSError):
            self._file.close()


def _writers(table: Table) -> Mapping[CellKind, Callable[[Any], str]]:
    return {
        CellKind.TEXT: harmless,
        CellKind.NUMBER: str,
        CellKind.AMOUNT: _with_comma,
        CellKind.PERCENT: _with_comma,
        CellKind.DAY: date.isoformat,
        CellKind.MOMENT: lambda moment: _moment(moment, table.time_zone),
        CellKind.BOOLEAN: lambda answer: _ANSWERS[table.locale][bool(answer)],
    }


def _with_comma(number: Decimal | float) -> str:
    return f"{number:f}".replace(".", ",") if isinstance(number, Decimal) else str(number).replace(".", ",")


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
