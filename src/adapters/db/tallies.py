"""Kept counts and sums: how many rows a tenant has, and what they amount to by month, exact, without a row that every
writer waits for.

Triggers (`adapters.db.ddl.keep_count`, `keep_sums`) append what each statement changed; what was appended adds up to
the count or sum. `fold` adds it up for good, `check` compares it with the rows. A month is cut in the installation's
time zone, which the database knows (`settle_zone`).
"""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row, named_tables
from adapters.db.grouped_tallies import grouped_tallies
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


class AmountTallyRow(Row):
    """An amount that was added to, or taken from, a month of a tenant's table."""

    __tablename__ = "amount_tally"
    __table_args__ = (
        Index("ix_amount_tally_organisation_id", "organisation_id", "name", "month", postgresql_include=["amount"]),
        {"info": {"tenant": "organisation_id", "grants": "select, insert, delete"}},
    )

    id: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), primary_key=True)
    name: Mapped[str]
    organisation_id: Mapped[UUID]
    month: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Numeric(30, 2))


class InstallationFactRow(Row):
    """A fact about the installation that the database itself needs: its time zone."""

    __tablename__ = "installation_fact"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


_FOLD_AMOUNTS = """
with crowded as (
    select name, organisation_id, month from amount_tally group by name, organisation_id, month having count(*) > 1
), taken as (
    delete from amount_tally using crowded
    where amount_tally.name = crowded.name and amount_tally.organisation_id = crowded.organisation_id
      and amount_tally.month = crowded.month
    returning amount_tally.name, amount_tally.organisation_id, amount_tally.month, amount_tally.amount
)
insert into amount_tally (name, organisation_id, month, amount)
select name, organisation_id, month, sum(amount) from taken group by name, organisation_id, month
"""

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
            await work.connection.execute(_FOLD_AMOUNTS)
            for tally in grouped_tallies():
                await work.connection.execute(tally.fold_sql())
            await work.commit()

    async def settle_zone(self, zone: str) -> None:
        """Tell the database the installation's time zone. Where it was another one, the kept sums are made anew, while
        writers wait."""
        async with self._works.everywhere(SYSTEM) as work:
            run = work.connection
            if await run.fetchval("select value from installation_fact where name = 'time_zone' for update") == zone:
                return
            summed = summed_tables()
            await run.execute(f"lock table {', '.join(summed)} in share row exclusive mode")
            await run.execute(
                "insert into installation_fact (name, value) values ('time_zone', $1)"
                " on conflict (name) do update set value = excluded.value",
                zone,
            )
            await run.execute("delete from amount_tally where name = any($1)", list(summed))
            for table, (tenant, column, condition) in summed.items():
                await run.execute(
                    "insert into amount_tally (name, organisation_id, month, amount) "  # noqa: S608 - names of our rows
                    f"select '{table}', organisation, month, counted "
                    f"from ({_sums_sql(table, tenant, column, condition)}) summed where counted <> 0"
                )
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
            for table, (tenant, column, condition) in summed_tables().items():
                rows = await work.connection.fetch(_check_sums_sql(table, tenant, column, condition), table)
                faults += [
                    f"{table} of {row['organisation']} amounts to {row['counted']} in {row['month']:%Y-%m} "
                    f"and is kept as {row['kept']}."
                    for row in rows
                ]
            for tally in grouped_tallies():
                rows = await work.connection.fetch(tally.check_sql())
                faults += [
                    f"{tally.table} of {', '.join(str(row[name]) for name in tally.by)} has {row['counted']} rows and "
                    f"the kept count {row['kept']}."
                    for row in rows
                ]
        return faults


def summed_tables() -> dict[str, tuple[str, str, str]]:
    """The tables with kept sums: their tenant column, the amount's, and the condition on rows."""
    return {
        table.name: (table.info["tenant"], *table.info["summed"])
        for table in named_tables()
        if table.info.get("summed")
    }


def _sums_sql(table: str, tenant: str, column: str, condition: str) -> str:
    return f"""
        select {tenant} as organisation, date_trunc('month', created_at at time zone socle_zone())::date as month,
               sum({column}) as counted
        from {table} where {condition} group by 1, 2
    """  # noqa: S608 - names of our own rows


def _check_sums_sql(table: str, tenant: str, column: str, condition: str) -> str:
    return f"""
        with counted as ({_sums_sql(table, tenant, column, condition)}), kept as (
            select organisation_id as organisation, month, sum(amount) as kept from amount_tally where name = $1
            group by 1, 2
        )
        select organisation, month, coalesce(counted, 0) as counted, coalesce(kept, 0) as kept
        from counted full join kept using (organisation, month) where coalesce(counted, 0) <> coalesce(kept, 0)
    """  # noqa: S608 - names of our own rows


def counted_tables() -> dict[str, tuple[str, str | None]]:
    """The tables with kept counts: their tenant column, and the one that hides rows."""
    return {
        table.name: (table.info["tenant"], table.info.get("hidden"))
        for table in named_tables()
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
