"""Kept sums of sales and expenses by month.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from adapters.db.ddl import disable_tenancy, enable_tenancy, keep_sums, stop_summing

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
create table installation_fact (
    name text not null,
    value text not null,
    constraint pk_installation_fact primary key (name)
);
insert into installation_fact (name, value) values ('time_zone', 'Africa/Porto-Novo');
create table amount_tally (
    id bigint generated always as identity,
    name text not null,
    organisation_id uuid not null,
    month date not null,
    amount numeric(30, 2) not null,
    constraint pk_amount_tally primary key (id)
);
create index ix_amount_tally_organisation_id on amount_tally (organisation_id, name, month) include (amount);
"""

ZONE = """
create function public.socle_zone() returns text
language sql stable parallel safe
return (select value from public.installation_fact where name = 'time_zone')
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)
    op.execute(ZONE)
    enable_tenancy(op, "amount_tally", "organisation_id")
    keep_sums(op, "vente", "entreprise", "total", "statut = 'payee'")
    keep_sums(op, "depense", "entreprise", "montant")


def downgrade() -> None:
    """Undo."""
    stop_summing(op, "depense")
    stop_summing(op, "vente")
    disable_tenancy(op, "amount_tally")
    op.execute("drop function public.socle_zone()")
    op.execute("drop table amount_tally")
    op.execute("drop table installation_fact")
