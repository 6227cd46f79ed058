"""What migrations say about tenancy, in one word each.

A tenant table has row-level security with two policies: everybody sees and writes the rows of the tenant in the
transaction's setting, the global role sees and writes all. A searched tenant table also has a view of the tenant's
rows, because PostgreSQL never pushes an operator that is not leak-proof (LIKE, trigrams) below a policy, and so would
not use its index. The view runs with the owner's rights, which no policy binds, and states the predicate itself.
"""

from typing import Protocol

from adapters.db.base import search_keys_name
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


def create_search_keys(op: Operations, table: str, tenant_column: str) -> None:
    """Index a searched tenant table by keys of the tenant's own, and create `<table>_keyed` to search it by them.

    An index of trigrams knows the words of all tenants: the search of one has to be cut with the list of its rows,
    which grows with them. Here every trigram is hashed together with its tenant, so that a search reads the rows that
    hold its text and no others, however many there are (ADR 20). The view states the tenant so that no index serves
    the statement: the planner does not know that keys imply their tenant, and would add the list of all its rows.
    """
    column = quoted(tenant_column)
    op.execute(
        f"create index {quoted(search_keys_name(table))} on {quoted(table)} "
        f"using gin (socle_search_keys({column}, search_text))"
    )
    options = "security_invoker = false, security_barrier = false"
    rows = f"{quoted(table)} where ({column} = (select {CURRENT_TENANT})) is true"
    op.execute(f"create view {quoted(keyed_view(table))} with ({options}) as select * from {rows}")  # noqa: S608 - quoted


def drop_search_keys(op: Operations, table: str) -> None:
    """Undo `create_search_keys`."""
    op.execute(f"drop view {quoted(keyed_view(table))}")
    op.execute(f"drop index {quoted(search_keys_name(table))}")


def keyed_view(table: str) -> str:
    """The name of the view that a table is searched in by keys."""
    return f"{table}_keyed"


def drop_search_view(op: Operations, table: str) -> None:
    """Undo `create_search_view`."""
    op.execute(f"drop view {quoted(search_view(table))}")


def search_view(table: str) -> str:
    """The name of a table's search view."""
    return f"{table}_visible"


def keep_count(op: Operations, table: str, tenant_column: str, hidden_column: str | None = None) -> None:
    """Have the exact number of a tenant's rows kept in `row_tally`, in the transaction of every write.

    Each insert and delete appends what it changed, by statement, and each update that hides or shows a row what that
    changed; nobody waits for anybody's row. A job folds what was appended. Rows with a value in `hidden_column` are not
    counted.
    """
    column = quoted(tenant_column)
    counted = _counted(tenant_column, hidden_column)
    for event, rows, sign in (("insert", "new table as", ""), ("delete", "old table as", "-")):
        name = quoted(f"{table}_count_{event}")
        op.execute(
            f"create function {name}() returns trigger language plpgsql as $$ begin "  # noqa: S608 - quoted names
            f"insert into row_tally (name, organisation_id, amount) select '{table}', {column}, {sign}count(*) "
            f"from changed_rows {counted} group by {column}; return null; end $$"
        )
        op.execute(
            f"create trigger {name} after {event} on {quoted(table)} "
            f"referencing {rows} changed_rows for each statement execute function {name}()"
        )
    if hidden_column:
        count_changes(op, table, tenant_column, hidden_column)
    op.execute(
        f"insert into row_tally (name, organisation_id, amount) select '{table}', {quoted(tenant_column)}, count(*) "  # noqa: S608
        f"from {quoted(table)} {counted} group by {quoted(tenant_column)}"
    )


def count_changes(op: Operations, table: str, tenant_column: str, hidden_column: str) -> None:
    """Have `keep_count` follow updates that hide or show a row, or give it to another tenant; where it followed them
    otherwise before, no longer. The condition is asked row by row, without a call of the function: most updates, those
    of stock above all, change neither."""
    column, hidden = quoted(tenant_column), quoted(hidden_column)
    append_change(
        op,
        table,
        f"old.{column} is distinct from new.{column} or (old.{hidden} is null) <> (new.{hidden} is null)",
        *(
            f"insert into row_tally (name, organisation_id, amount) select '{table}', {row}.{column}, {amount} "
            f"where {row}.{column} is not null and {row}.{hidden} is null"
            for row, amount in (("old", -1), ("new", 1))
        ),
    )


def count_singly(op: Operations, table: str, tenant_column: str) -> None:
    """Have `keep_count` follow the inserts of a table row by row, for one that is written a row at a time: it spares
    the transition table. Its rows have no column that hides them."""
    _replace_insert_trigger(
        op,
        f"{table}_count_insert",
        table,
        f"new.{quoted(tenant_column)} is not null",
        f"insert into row_tally (name, organisation_id, amount) values ('{table}', new.{quoted(tenant_column)}, 1)",  # noqa: S608
    )


def sum_singly(op: Operations, table: str, tenant_column: str, amount_column: str, condition: str) -> None:
    """Have `keep_sums` follow the inserts of a table row by row (`count_singly`); `condition` is on `new`."""
    amount = f"new.{quoted(amount_column)}"
    _replace_insert_trigger(
        op,
        f"{table}_sum_insert",
        table,
        f"{condition} and {amount} <> 0",
        "insert into amount_tally (name, organisation_id, month, amount) "  # noqa: S608 - quoted names
        f"values ('{table}', new.{quoted(tenant_column)}, "
        f"date_trunc('month', new.created_at at time zone socle_zone())::date, {amount})",
    )


def _replace_insert_trigger(op: Operations, trigger: str, table: str, condition: str, statement: str) -> None:
    name = quoted(trigger)
    op.execute(f"drop trigger {name} on {quoted(table)}")
    op.execute(
        f"create or replace function {name}() returns trigger language plpgsql as "
        f"$$ begin {statement}; return null; end $$"
    )
    op.execute(
        f"create trigger {name} after insert on {quoted(table)} "
        f"for each row when ({condition}) execute function {name}()"
    )


def append_change(op: Operations, table: str, condition: str, *statements: str) -> None:
    """Have statements run after every update of a row that meets a condition on `old` and `new`, in the place of what
    followed the updates of the table's kept count before."""
    name = quoted(f"{table}_count_update")
    op.execute(f"drop trigger if exists {name} on {quoted(table)}")
    op.execute(
        f"create or replace function {name}() returns trigger language plpgsql as $$ begin "
        f"{'; '.join(statements)}; return null; end $$"
    )
    op.execute(
        f"create trigger {name} after update on {quoted(table)} "
        f"for each row when ({condition}) execute function {name}()"
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
