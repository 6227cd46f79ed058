"""The declarative base of all rows, and the facts a table declares about itself.

`__table_args__` may carry `info` with:

- `tenant`: the column that holds the organisation's UUID; the table gets row-level security on it;
- `counted`: the number of each tenant's rows is kept (`adapters.db.tallies`), without those that have a value in the
  column `hidden` names;
- `summed`: an amount's column and a condition on rows; the sums by tenant and month are kept as well;
- `grants`: the privileges of the application role ("select, insert" for append-only tables; all four by default).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from advanced_alchemy.base import CommonTableAttributes
from sqlalchemy import BigInteger, Date, DateTime, Identity, Index, Integer, MetaData, Numeric, Text, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

AMOUNT_BOUND = Decimal("1e12")
"""Amounts have at most 12 integer digits. Every check of a NUMERIC column names this upper bound, because NaN is
greater than every number in PostgreSQL."""


TOUCHED = {"touched": True}
"""`info` of a column that takes the moment of every change of its row."""


class Row(CommonTableAttributes, DeclarativeBase):
    """A row of a table. Rows never leave the stores."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text(),
        int: Integer(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        date: Date(),
        Decimal: Numeric(14, 2),
    }


class UuidRow(Row):
    """A row with a UUIDv7 key, given by the domain."""

    __abstract__ = True
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)


class NumberedRow(Row):
    """A row with an integer key, given by the database."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), primary_key=True, sort_order=-10)


class Timestamps:
    """When a row was made and last changed, by the transaction's clock."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=91, info=TOUCHED)


class Version:
    """Counts the changes of a row; it serves `ETag` and `If-Match`."""

    version: Mapped[int] = mapped_column(server_default="1", sort_order=92)


def search_index(table: str, *before: str, column: str = "search_text") -> Index:
    """The index that a table's folded text is searched by (`adapters.db.folding`), behind the columns `before`."""
    return Index(
        f"ix_{table}_{column}", *before, column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"}
    )


def tenant_search_indexes(table: str, tenant: str) -> tuple[Index, Index]:
    """The indexes of a tenant table's folded text: the one that searches through all tenants, and the one that searches
    one tenant by keys of its own (`adapters.db.folding.keyed_match`)."""
    keys = text(f"socle_search_keys({tenant}, search_text)")
    return search_index(table, tenant), Index(search_keys_name(table), keys, postgresql_using="gin")


def search_keys_name(table: str) -> str:
    """The name of the index of a table's search keys."""
    return f"ix_{table}_search_keys"


def named_tables() -> list[Any]:
    """The tables that are loaded, by name: not all that they refer to need be."""
    return [table for _, table in sorted(Row.metadata.tables.items())]


def tenant_of(table: Any) -> str | None:
    """The tenant column that a table declares, or None."""
    column: str | None = table.info.get("tenant")
    return column
