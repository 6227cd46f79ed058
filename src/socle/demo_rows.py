"""Rows of the demonstration, written as they are."""

from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.db.work import PgWork

Row = dict[str, Any]
"""A row's values by column."""


async def insert_rows(work: PgWork, table: str, rows: Sequence[Row], returning: str = "") -> list[Any]:
    """Insert rows, which have the same columns, in one statement. Return what the column `returning` became, in the
    order of the rows; nothing without one."""
    columns = ", ".join(rows[0])
    made = await work.connection.fetch(
        f"insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)"  # noqa: S608 - names of our own
        + (f" returning {returning}" if returning else ""),
        msgspec.to_builtins(rows),
    )
    return [row[0] for row in made]
