"""The tickets and participations of spotvibe.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
select 1;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
