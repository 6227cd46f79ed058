"""One formula of an opportunity's weighted value.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

WEIGHTED = """
create function crm_valeur_ponderee(montant numeric, probabilite integer) returns numeric
    language sql immutable parallel safe
    return round(montant * probabilite / 100, 2)
"""
"""DECISIONS.md section 5: amount x probability in per cent, rounded half up to two decimals (`round` of a numeric moves
halves away from zero, and no amount is negative). PostgreSQL puts it inline: it costs what the expression does."""

WORTH = """
create or replace function crm_valeur_client(client bigint) returns numeric(26, 2) language sql stable as $$
    select coalesce((
        select sum({weighted})
        from crm_opportunite o where o.client = $1 and o.etape <> 'conclusion'
    ), 0) + coalesce((
        select sum(d.montant)
        from crm_opportunite o join crm_devis d on d.opportunite = o.id
        where o.client = $1 and d.statut = 'Accepté'
    ), 0)
$$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(WEIGHTED)
    op.execute(WORTH.format(weighted="crm_valeur_ponderee(o.montant, o.probabilite)"))


def downgrade() -> None:
    """Undo."""
    op.execute(WORTH.format(weighted="round(o.montant * o.probabilite / 100, 2)"))
    op.execute("drop function crm_valeur_ponderee(numeric, integer)")
