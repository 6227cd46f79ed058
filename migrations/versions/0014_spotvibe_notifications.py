"""The notifications of spotvibe.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
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
