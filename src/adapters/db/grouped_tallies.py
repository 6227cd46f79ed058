"""Kept counts of rows that belong to no tenant, by the values of some of their columns (ADR 0011).

A table declares them in its `info`:

    "tallied": {"tally": <table of differences>, "by": (<columns>), "hidden": <column that hides rows, or None>}

Triggers (`keep_tally`) append what each statement changed to the tally, which has a number, the columns and an
`amount`; `adapters.db.tallies` folds it and compares it with the rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from adapters.db.base import named_tables
from adapters.db.ddl import Operations, append_change
from adapters.db.roles import quoted


class GroupedTally(msgspec.Struct, frozen=True):
    """How a table is counted."""

    table: str
    tally: str
    by: Sequence[str]
    hidden: str | None

    @property
    def columns(self) -> str:
        """The columns it is counted by."""
        return ", ".join(quoted(column) for column in self.by)

    @property
    def shown(self) -> str:
        """Which rows are counted."""
        return f"{quoted(self.hidden)} is null" if self.hidden else "true"

    def fold_sql(self) -> str:
        """Add up what was appended, for good."""
        same = " and ".join(f"t.{quoted(column)} = crowded.{quoted(column)}" for column in self.by)
        tally, columns = quoted(self.tally), self.columns
        return f"""
            with crowded as (select {columns} from {tally} group by {columns} having count(*) > 1),
            taken as (delete from {tally} t using crowded where {same} returning t.*)
            insert into {tally} ({columns}, amount) select {columns}, sum(amount) from taken group by {columns}
        """  # noqa: S608 - names of our own rows

    def check_sql(self) -> str:
        """The groups whose kept count is not that of their rows: the columns, `counted`, `kept`."""
        columns = self.columns
        return f"""
            with counted as (
                select {columns}, count(*) as counted from {quoted(self.table)} where {self.shown} group by {columns}
            ), kept as (select {columns}, sum(amount) as kept from {quoted(self.tally)} group by {columns})
            select {columns}, coalesce(counted, 0) as counted, coalesce(kept, 0) as kept
            from counted full join kept using ({columns}) where coalesce(counted, 0) <> coalesce(kept, 0)
        """  # noqa: S608 - names of our own rows


def grouped_tallies() -> list[GroupedTally]:
    """The tables that are counted so."""
    declared: list[tuple[str, Mapping[str, Any]]] = [
        (table.name, table.info["tallied"]) for table in named_tables() if table.info.get("tallied")
    ]
    return [GroupedTally(table, info["tally"], info["by"], info["hidden"]) for table, info in declared]


def keep_tally(op: Operations, tally: GroupedTally) -> None:
    """Have the exact number of a table's rows kept in its tally, in the transaction of every write. The table is
    empty."""
    columns = tally.columns
    for event, rows, sign in (("insert", "new table as", ""), ("delete", "old table as", "-")):
        name = quoted(f"{tally.table}_count_{event}")
        op.execute(
            f"create function {name}() returns trigger language plpgsql as $$ begin "  # noqa: S608 - quoted names
            f"insert into {quoted(tally.tally)} ({columns}, amount) "
            f"select {columns}, {sign}count(*) from changed_rows where {tally.shown} group by {columns}; "
            "return null; end $$"
        )
        op.execute(
            f"create trigger {name} after {event} on {quoted(tally.table)} "
            f"referencing {rows} changed_rows for each statement execute function {name}()"
        )
    tally_changes(op, tally)


def tally_changes(op: Operations, tally: GroupedTally) -> None:
    """Have `keep_tally` follow updates that hide or show a row, or move it to another group
    (`adapters.db.ddl.count_changes`)."""
    moved = [f"old.{quoted(column)} is distinct from new.{quoted(column)}" for column in tally.by]
    if tally.hidden:
        hidden = quoted(tally.hidden)
        moved.append(f"(old.{hidden} is null) <> (new.{hidden} is null)")
    statements = []
    for row, amount in (("old", -1), ("new", 1)):
        values = ", ".join(f"{row}.{quoted(column)}" for column in tally.by)
        shown = f"{row}.{quoted(tally.hidden)} is null" if tally.hidden else "true"
        statements.append(
            f"insert into {quoted(tally.tally)} ({tally.columns}, amount) select {values}, {amount} where {shown}"
        )
    append_change(op, tally.table, " or ".join(moved), *statements)


def stop_tally(op: Operations, tally: GroupedTally) -> None:
    """Undo `keep_tally`."""
    for event in ("insert", "delete", "update"):
        name = quoted(f"{tally.table}_count_{event}")
        op.execute(f"drop trigger {name} on {quoted(tally.table)}")
        op.execute(f"drop function {name}()")
