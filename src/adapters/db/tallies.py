"""Kept counts: how many rows a tenant has, exact, without a row that every writer waits for.

Triggers (`adapters.db.ddl.keep_count`) append what each statement changed; the sum is the count. `fold` adds up what
was appended, `check` compares it with the rows.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.plugin import Schedule
from core.work import Delivery

FOLD_TALLIES = "fold_tallies"
FOLD_SCHEDULE = Schedule(FOLD_TALLIES, "*/10 * * * * *")


class RowTallyRow(Row):
    """A number of rows that were added to, or taken from, a tenant's table; one of them is the sum so far. No foreign
    key: checking it would have every writer lock its organisation's row."""

    __tablename__ = "row_tally"
    __table_args__ = (
        Index("ix_row_tally_organisation_id", "organisation_id", "name", postgresql_include=["amount"]),
        {"info": {"tenant": "organisation_id", "grants": "select, insert, delete"}},
    )

    id: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), primary_key=True)
    name: Mapped[str]
    organisation_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger())


_FOLD = """
with crowded as (
    select name, organisation_id from row_tally group by name, organisation_id having count(*) > 1
), taken as (
    delete from row_tally using crowded
    where row_tally.name = crowded.name and row_tally.organisation_id = crowded.organisation_id
    returning row_tally.name, row_tally.organisation_id, row_tally.amount
)
insert into row_tally (name, organisation_id, amount)
select name, organisation_id, sum(amount) from taken group by name, organisation_id
"""


class Tallies:
    """Folds kept counts, and proves them."""

    def __init__(self, works: PgWorks) -> None:
        self._works = works

    async def fold(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Add up what was appended. Readers see the rows before or after, never between; two folds at once fold
        different rows."""
        async with self._works.everywhere(SYSTEM) as work:
            await work.connection.execute(_FOLD)
            await work.commit()

    async def check(self) -> list[str]:
        """Compare every kept count with its rows; return a sentence for each that differs."""
        faults = []
        async with self._works.everywhere(SYSTEM) as work:
            for table, (tenant, hidden) in counted_tables().items():
                rows: list[Any] = await work.connection.fetch(_check_sql(table, tenant, hidden), table)
                faults += [
                    f"{table} of {row['organisation']} has {row['counted']} rows and the kept count {row['kept']}."
                    for row in rows
                ]
        return faults


def counted_tables() -> dict[str, tuple[str, str | None]]:
    """The tables with kept counts: their tenant column, and the one that hides rows."""
    return {
        table.name: (table.info["tenant"], table.info.get("hidden"))
        for table in Row.metadata.sorted_tables
        if table.info.get("counted")
    }


def _check_sql(table: str, tenant: str, hidden: str | None) -> str:
    shown = f"and {hidden} is null" if hidden else ""
    return f"""
        with counted as (
            select {tenant} as organisation, count(*) as counted from {table}
            where {tenant} is not null {shown} group by 1
        ), kept as (
            select organisation_id as organisation, sum(amount) as kept from row_tally where name = $1 group by 1
        )
        select organisation, coalesce(counted, 0) as counted, coalesce(kept, 0) as kept
        from counted full join kept using (organisation) where coalesce(counted, 0) <> coalesce(kept, 0)
    """  # noqa: S608 - names of our own rows
