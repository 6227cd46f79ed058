"""Kept counts and sums of what is written a row at a time follow its rows, not its statements.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

from adapters.db.ddl import count_singly, sum_singly

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    count_singly(op, "audit_entry", "organisation_id")
    count_singly(op, "vente", "entreprise")
    sum_singly(op, "vente", "entreprise", "total", "new.statut = 'payee'")


def downgrade() -> None:
    """Undo nothing: the triggers keep what those before them kept, under the same names."""
