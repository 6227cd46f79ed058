"""Kept counts follow only the updates that change them.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

from adapters.db.ddl import count_changes
from adapters.db.grouped_tallies import GroupedTally, tally_changes

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

HIDING = ("produit", "partner")
EVENTS = GroupedTally("spotvibe_evenement", "spotvibe_evenement_tally", ("statut", "categorie_id"), "archived_at")


def upgrade() -> None:
    """Apply."""
    for table in HIDING:
        count_changes(op, table, "entreprise", "archived_at")
    tally_changes(op, EVENTS)


def downgrade() -> None:
    """Undo nothing: the triggers keep the counts that those before them kept, under the same names."""
