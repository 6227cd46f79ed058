"""Accounts have a department.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("alter table account add column department text")


def downgrade() -> None:
    """Undo."""
    op.execute("alter table account drop column department")
