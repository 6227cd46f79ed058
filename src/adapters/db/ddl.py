"""What migrations say about tenancy, in one word each.

A tenant table has row-level security with two policies: everybody sees and writes the rows of the tenant in the
transaction's setting, the global role sees and writes all. A searched tenant table also has a view of the tenant's
rows, because PostgreSQL never pushes an operator that is not leak-proof (LIKE, trigrams) below a policy, and so would
not use its index. The view runs with the owner's rights, which no policy binds, and states the predicate itself.
"""

from typing import Protocol

from adapters.db.roles import CURRENT_TENANT, GLOBAL_ROLE, quoted

TENANT_POLICY = "tenant"
GLOBAL_POLICY = "everywhere"
SHARED_POLICY = "shared"


class Operations(Protocol):
    """What these functions need of `alembic.op`."""

    def execute(self, sqltext: str) -> None:
        """Run a statement."""
        ...


def enable_tenancy(op: Operations, table: str, column: str, *, unowned_inserts: bool = False) -> None:
    """Enable row-level security on a table by its tenant column.

    With `unowned_inserts` a row without tenant may be written by anybody (an audit entry of an account that is in no
    organisation); only the global role reads it.
    """
    name = quoted(table)
    predicate = f"{quoted(column)} = {CURRENT_TENANT}"
    check = f"{quoted(column)} is null or {predicate}" if unowned_inserts else predicate
    op.execute(f"alter table {name} enable row level security")
    op.execute(f"create policy {TENANT_POLICY} on {name} using ({predicate}) with check ({check})")
    op.execute(f"create policy {GLOBAL_POLICY} on {name} to {GLOBAL_ROLE} using (true) with check (true)")


def share_unowned(op: Operations, table: str, column: str) -> None:
    """Let every tenant see, and none change, the rows of nobody."""
    name = quoted(table)
    op.execute(f"create policy {SHARED_POLICY} on {name} for select using ({quoted(column)} is null)")


def disable_tenancy(op: Operations, table: str) -> None:
    """Undo `enable_tenancy`."""
    name = quoted(table)
    op.execute(f"drop policy {GLOBAL_POLICY} on {name}")
    op.execute(f"drop policy {TENANT_POLICY} on {name}")
    op.execute(f"alter table {name} disable row level security")


def create_search_view(op: Operations, table: str, tenant_column: str) -> None:
    """Create `<table>_visible`. A migration that adds or drops a column of the table drops the view first and
    creates it again: `*` is expanded once."""
    rows = f"{quoted(table)} where {quoted(tenant_column)} = {CURRENT_TENANT}"
    options = "security_invoker = false, security_barrier = false"
    op.execute(f"create view {quoted(search_view(table))} with ({options}) as select * from {rows}")  # noqa: S608 - quoted


def drop_search_view(op: Operations, table: str) -> None:
    """Undo `create_search_view`."""
    op.execute(f"drop view {quoted(search_view(table))}")


def search_view(table: str) -> str:
    """The name of a table's search view."""
    return f"{table}_visible"


def keep_count(op: Operations, table: str, tenant_column: str, hidden_column: str | None = None) -> None:
    """Have the exact number of a tenant's rows kept in `row_tally`, in the transaction of every write.

    Each statement appends what it changed; nobody waits for anybody's row. A job folds what was appended. Rows with a
    value in `hidden_column` are not counted.
    """
    counted = _counted(tenant_column, hidden_column)
    parts = {
        "insert": _difference(tenant_column, counted, new="after_rows"),
        "delete": _difference(tenant_column, counted, old="before_rows"),
    }
    if hidden_column:
        parts["update"] = _difference(tenant_column, counted, new="after_rows", old="before_rows")
    for event, difference in parts.items():
        function = quoted(f"{table}_count_{event}")
        op.execute(
            f"create function {function}() returns trigger language plpgsql as $$ begin "  # noqa: S608 - quoted names
            f"insert into row_tally (name, organisation_id, amount) select '{table}', organisation, sum(amount) "
            f"from ({difference}) changed group by organisation having sum(amount) <> 0; return null; end $$"
        )
        tables = {
            "insert": "new table as after_rows",
            "delete": "old table as before_rows",
            "update": "new table as after_rows old table as before_rows",
        }[event]
        op.execute(
            f"create trigger {quoted(f'{table}_count_{event}')} after {event} on {quoted(table)} "
            f"referencing {tables} for each statement execute function {function}()"
        )
    op.execute(
        f"insert into row_tally (name, organisation_id, amount) select '{table}', {quoted(tenant_column)}, count(*) "  # noqa: S608
        f"from {quoted(table)} {counted} group by {quoted(tenant_column)}"
    )


def stop_counting(op: Operations, table: str) -> None:
    """Undo `keep_count`."""
    for event in ("insert", "delete", "update"):
        name = quoted(f"{table}_count_{event}")
        op.execute(f"drop trigger if exists {name} on {quoted(table)}")
        op.execute(f"drop function if exists {name}()")
    op.execute(f"delete from row_tally where name = '{table}'")  # noqa: S608


def keep_sums(op: Operations, table: str, tenant_column: str, amount_column: str, condition: str = "true") -> None:
    """Have the sum of an amount kept in `amount_tally`, by tenant and month of `created_at` in the installation's time
    zone, of the rows that meet a condition. It works as `keep_count` does."""
    column, amount = quoted(tenant_column), quoted(amount_column)
    month = "date_trunc('month', created_at at time zone socle_zone())::date"

    def difference(rows: str, sign: str) -> str:
        return (
            f"select {column} as organisation, {month} as month, {sign}sum({amount}) as amount from {rows} "  # noqa: S608
            f"where {condition} group by 1, 2"
        )

    new, old = difference("after_rows", ""), difference("before_rows", "-")
    for event, tables, parts in (
        ("insert", "new table as after_rows", new),
        ("delete", "old table as before_rows", old),
        ("update", "new table as after_rows old table as before_rows", f"{new} union all {old}"),
    ):
        name = quoted(f"{table}_sum_{event}")
        op.execute(
            f"create function {name}() returns trigger language plpgsql as $$ begin "  # noqa: S608 - quoted names
            f"insert into amount_tally (name, organisation_id, month, amount) "
            f"select '{table}', organisation, month, sum(amount) from ({parts}) changed "
            f"group by organisation, month having sum(amount) <> 0; return null; end $$"
        )
        op.execute(
            f"create trigger {name} after {event} on {quoted(table)} "
            f"referencing {tables} for each statement execute function {name}()"
        )
    op.execute(
        f"insert into amount_tally (name, organisation_id, month, amount) "  # noqa: S608 - quoted names
        f"select '{table}', organisation, month, amount from ({difference(quoted(table), '')}) present "
        "where amount <> 0"
    )


def stop_summing(op: Operations, table: str) -> None:
    """Undo `keep_sums`."""
    for event in ("insert", "delete", "update"):
        name = quoted(f"{table}_sum_{event}")
        op.execute(f"drop trigger {name} on {quoted(table)}")
        op.execute(f"drop function {name}()")
    op.execute(f"delete from amount_tally where name = '{table}'")  # noqa: S608


def _counted(tenant_column: str, hidden_column: str | None) -> str:
    shown = f" and {quoted(hidden_column)} is null" if hidden_column else ""
    return f"where {quoted(tenant_column)} is not null{shown}"


def _difference(tenant_column: str, counted: str, *, new: str = "", old: str = "") -> str:
    column = quoted(tenant_column)
    return " union all ".join(
        f"select {column} as organisation, {sign}count(*) as amount from {rows} {counted} group by {column}"  # noqa: S608
        for rows, sign in ((new, ""), (old, "-"))
        if rows
    )
