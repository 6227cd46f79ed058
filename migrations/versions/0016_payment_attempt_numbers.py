"""Attempts are numbered, for products that show them by integers.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("alter table payment_attempt add column number bigint generated always as identity")
    op.execute("alter table payment_attempt add constraint uq_payment_attempt_number unique (number)")


def downgrade() -> None:
    """Undo."""
    op.execute("alter table payment_attempt drop column number")
