"""What is used of features, by whom.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
create table usage_counter (
    feature text not null,
    subject text not null,
    period text not null,
    used bigint not null,
    constraint pk_usage_counter primary key (feature, subject, period),
    constraint ck_usage_counter_used check (used >= 0)
);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
    op.execute("drop table usage_counter")
