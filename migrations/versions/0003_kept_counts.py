"""Kept counts of tenants' rows.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from adapters.db.ddl import disable_tenancy, enable_tenancy, keep_count, stop_counting

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_TALLY = """
create table row_tally (
    id bigint generated always as identity,
    name text not null,
    organisation_id uuid not null,
    amount bigint not null,
    constraint pk_row_tally primary key (id)
);
create index ix_row_tally_organisation_id on row_tally (organisation_id, name) include (amount);
"""

COUNTED = {"produit": "archived_at", "partner": "archived_at", "vente": None}


def upgrade() -> None:
    """Apply."""
    op.execute(ROW_TALLY)
    enable_tenancy(op, "row_tally", "organisation_id")
    for table, hidden in COUNTED.items():
        keep_count(op, table, "entreprise", hidden)
    keep_count(op, "audit_entry", "organisation_id")


def downgrade() -> None:
    """Undo."""
    for table in (*COUNTED, "audit_entry"):
        stop_counting(op, table)
    disable_tenancy(op, "row_tally")
    op.execute("drop table row_tally")
