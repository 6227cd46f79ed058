"""Every counter of usage has a journal that proves it.

What was counted before has one entry, of kind `opening`.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
create table usage_entry (
    id bigint generated always as identity,
    feature text not null,
    subject text not null,
    period text not null,
    asked_feature text not null,
    asked_subject text not null,
    kind text not null,
    amount bigint not null,
    reference text not null default '',
    at timestamptz not null default now(),
    constraint pk_usage_entry primary key (id),
    constraint fk_usage_entry_feature_subject_period foreign key (feature, subject, period)
        references usage_counter (feature, subject, period),
    constraint ck_usage_entry_kind
        check (kind in ('opening', 'take', 'give_back', 'recount', 'reset', 'settle')),
    constraint ck_usage_entry_amount check (amount <> 0 or kind = 'reset')
);
create index ix_usage_entry_feature_subject_period on usage_entry (feature, subject, period, id)
    include (amount);
create index ix_usage_entry_asked_feature_reference on usage_entry (asked_feature, reference) where reference <> '';
create table usage_share (
    feature text not null,
    subject text not null,
    period text not null,
    asked_feature text not null,
    asked_subject text not null,
    used bigint not null,
    constraint pk_usage_share primary key (feature, subject, period, asked_feature, asked_subject),
    constraint fk_usage_share_feature_subject_period foreign key (feature, subject, period)
        references usage_counter (feature, subject, period),
    constraint ck_usage_share_used check (used >= 0)
);
insert into usage_entry (feature, subject, period, asked_feature, asked_subject, kind, amount)
select feature, subject, period, feature, subject, 'opening', used from usage_counter where used > 0;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
    op.execute("drop table usage_share")
    op.execute("drop table usage_entry")
