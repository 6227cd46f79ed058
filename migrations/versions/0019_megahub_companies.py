"""Slots, brands and alerts of megahub; what its companies need of organisations.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

from adapters.db.ddl import (
    create_search_view,
    disable_tenancy,
    drop_search_view,
    enable_tenancy,
    keep_count,
    stop_counting,
)

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ORGANISATION = """
alter table organisation add column name_unique boolean not null default false;
alter table organisation add column billing_text text generated always as (socle_fold(billing_email)) stored;
create unique index uq_organisation_name on organisation (lower(name)) where name_unique and archived_at is null;
create index ix_organisation_billing_text on organisation using gin (billing_text gin_trgm_ops);
update organisation set admin_id = owner.account_id, billing_email = coalesce(billing_email, account.email)
from membership owner join account on account.id = owner.account_id
where owner.organisation_id = organisation.id and owner.owner and organisation.admin_id is null;
"""

MEMBERS = """
insert into usage_counter (feature, subject, period, used)
select 'organisation_members', organisation.number::text, '', count(*)
from membership join organisation on organisation.id = membership.organisation_id
where not membership.owner group by organisation.number;
insert into usage_entry (feature, subject, period, asked_feature, asked_subject, kind, amount)
select feature, subject, period, feature, subject, 'opening', used from usage_counter
where feature = 'organisation_members';
"""

SLOTS = """
create table megahub_slots (
    organisation_number bigint not null,
    brands_slots integer not null,
    users_slots integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint pk_megahub_slots primary key (organisation_number),
    constraint fk_megahub_slots_organisation_number foreign key (organisation_number)
        references organisation (number),
    constraint ck_megahub_slots_brands_slots check (brands_slots >= 0),
    constraint ck_megahub_slots_users_slots check (users_slots >= 0)
);
create index ix_megahub_slots_created_at on megahub_slots (created_at);
create table megahub_alert (
    id bigint generated always as identity,
    organisation_number bigint not null,
    subscription_id bigint,
    type text not null,
    params jsonb not null,
    triggered_at timestamptz not null default now(),
    told_at timestamptz,
    cleared_at timestamptz,
    constraint pk_megahub_alert primary key (id),
    constraint fk_megahub_alert_organisation_number foreign key (organisation_number)
        references organisation (number)
);
create index ix_megahub_alert_organisation_number on megahub_alert (organisation_number, id);
create unique index uq_megahub_alert_open on megahub_alert (organisation_number, type, subscription_id)
    nulls not distinct where cleared_at is null;
"""

BRAND = r"""
create table megahub_brand (
    id bigint generated always as identity,
    organisation_id uuid not null,
    name text not null,
    is_active boolean not null default true,
    search_text text generated always as (socle_fold(name)) stored not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint pk_megahub_brand primary key (id),
    constraint fk_megahub_brand_organisation_id foreign key (organisation_id) references organisation (id)
);
create index ix_megahub_brand_organisation_id on megahub_brand (organisation_id, created_at desc, id desc);
create index ix_megahub_brand_search_text on megahub_brand using gin (organisation_id, search_text gin_trgm_ops);
"""


def upgrade() -> None:
    """Apply. Organisations that had an owner get him as administrator; members that are there already are counted."""
    op.execute(ORGANISATION)
    op.execute(MEMBERS)
    op.execute(SLOTS)
    op.execute(BRAND)
    enable_tenancy(op, "megahub_brand", "organisation_id")
    create_search_view(op, "megahub_brand", "organisation_id")
    keep_count(op, "megahub_brand", "organisation_id")


def downgrade() -> None:
    """Undo."""
    stop_counting(op, "megahub_brand")
    drop_search_view(op, "megahub_brand")
    disable_tenancy(op, "megahub_brand")
    for table in ("megahub_brand", "megahub_alert", "megahub_slots"):
        op.execute(f"drop table {table}")
    for table in ("usage_entry", "usage_counter"):
        op.execute(f"delete from {table} where feature = 'organisation_members'")  # noqa: S608 - constants
    op.execute("drop index uq_organisation_name")
    op.execute("drop index ix_organisation_billing_text")
    op.execute("alter table organisation drop column billing_text, drop column name_unique")
