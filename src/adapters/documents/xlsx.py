"""XLSX (ISO/IEC 29500) by xlsxwriter, which is imported when the first workbook is written. Rows leave the memory as
soon as they are written."""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adapters.documents.sheets import fill, would_run
from core.documents.tables import Batches, CellKind, Column, Table

ROWS_OF_A_SHEET = 1_048_576
"""What a sheet can hold, its header among them; further rows go to a further sheet."""
LONGEST_TEXT = 32_767
_EXACT = 10**13
"""A spreadsheet's numbers are exact to 15 digits, two of them decimals: larger ones are written as text."""
_FIRST_YEAR = 1901
"""Spreadsheets count days from 1900, and take that year for a leap year: earlier days are written as text."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31

_FORMATS = {
    CellKind.NUMBER: "0",
    CellKind.AMOUNT: "#,##0.00",
    CellKind.PERCENT: '0.0" %"',
    CellKind.DAY: "dd/mm/yyyy",
    CellKind.MOMENT: "dd/mm/yyyy hh:mm:ss",
}


class XlsxWriter:
    """Writes workbooks: numbers, days and moments are what they are, texts are never formulas, the header stays in
    sight, every column has its width and a filter."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ending = "xlsx"

    def __init__(self, *, rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> None:
        self._rows_of_a_sheet = rows_of_a_sheet

    async def write(self, path: Path, table: Table, batches: Batches) -> int:
        """Write a table into a file that is not there yet, and return how many rows there were."""
        return await fill(_Workbook(path, table, self._rows_of_a_sheet), batches)


class _Workbook:
    def __init__(self, path: Path, table: Table, rows_of_a_sheet: int) -> None:
        import xlsxwriter

        self._table = table
        self._rows_of_a_sheet = rows_of_a_sheet
        # rows wait here until the workbook is put together
        self._waiting = Path(tempfile.mkdtemp(prefix="socle-xlsx-", dir=path.parent))
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(self._waiting)})
        self._book.use_zip64()
        self._heading = self._book.add_format(
            {"bold": True, "bg_color": "#1F5F8B", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"}
        )
        # shown and edited as a text even where it looks like a formula
        self._literal = self._book.add_format({"quote_prefix": True, "num_format": "@"})
        self._formats = {kind: self._book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        self._cells = [self._writer(column) for column in table.columns]
        self._sheets, self._next = 0, 0
        self._begin()

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write some rows."""
        for row in rows:
            if self._next == self._rows_of_a_sheet:
                self._close_sheet()
                self._begin()
            place = self._next
            for column, value in enumerate(row):
                if value is not None:
                    self._cells[column](place, column, value)
            self._next = place + 1

    def finish(self) -> None:
        """Put the workbook together."""
        self._close_sheet()
        self._book.close()
        shutil.rmtree(self._waiting, ignore_errors=True)

    def abandon(self) -> None:
        """Remove the rows that wait."""
        for sheet in self._book.worksheets():
            with suppress(OSError):
                sheet.row_data_fh.close()
        shutil.rmtree(self._waiting, ignore_errors=True)

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(_sheet_name(self._table.name, self._sheets))
        for place, column in enumerate(self._table.columns):
            self._sheet.set_column(place, place, column.width)
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._table.columns):
            self._sheet.write_string(0, place, column.title, self._heading)
        self._next = 1

    def _close_sheet(self) -> None:
        self._sheet.autofilter(0, 0, max(self._next - 1, 1), len(self._table.columns) - 1)

    def _writer(self, column: Column) -> Callable[[int, int, Any], None]:
        makers: Mapping[CellKind, Callable[[int, int, Any], None]] = {
            CellKind.TEXT: self._write_text,
            CellKind.BOOLEAN: lambda row, place, value: self._done(self._sheet.write_boolean(row, place, value)),
            CellKind.DAY: self._write_day,
            CellKind.MOMENT: self._write_moment,
        }
        return makers.get(column.kind) or self._number_writer(self._formats[column.kind])

    def _number_writer(self, shown: Any) -> Callable[[int, int, Any], None]:
        def write(row: int, place: int, value: Any) -> None:
            # the bound leaves room for two decimals
            if not -_EXACT < value < _EXACT:
                self._write_text(row, place, str(value))
            else:
                self._done(self._sheet.write_number(row, place, value, shown))

        return write

    def _write_text(self, row: int, place: int, text: str) -> None:
        shown = self._literal if would_run(text) else None
        self._done(self._sheet.write_string(row, place, text[:LONGEST_TEXT], shown))

    def _write_day(self, row: int, place: int, day: date) -> None:
        if day.year < _FIRST_YEAR:
            self._write_text(row, place, day.isoformat())
        else:
            moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day has no zone
            self._done(self._sheet.write_datetime(row, place, moment, self._formats[CellKind.DAY]))

    def _write_moment(self, row: int, place: int, moment: datetime) -> None:
        local = _local(moment, self._table.time_zone)
        if local.year < _FIRST_YEAR:
            self._write_text(row, place, local.isoformat(sep=" ", timespec="seconds"))
        else:
            self._done(self._sheet.write_datetime(row, place, local, self._formats[CellKind.MOMENT]))

    def _done(self, status: int | None) -> None:
        """The library answers with a number where it has written nothing."""
        if status:
            raise ValueError(f"a cell could not be written: {status}")


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _sheet_name(name: str, number: int) -> str:
    ending = f" ({number})" if number > 1 else ""
    kept = _NOT_IN_NAMES.sub(" ", name).strip() or "1"
    return kept[: _LONGEST_NAME - len(ending)] + ending
