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
