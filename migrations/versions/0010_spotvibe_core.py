"""Settings, FAQ, reports, feedback and contact of spotvibe.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
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
