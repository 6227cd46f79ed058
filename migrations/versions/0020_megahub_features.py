"""Features of megahub, subscriptions to them, and purchases of slots.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

from adapters.db.ddl import disable_tenancy, enable_tenancy

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FEATURE = r"""
create table megahub_feature (
    id bigint generated always as identity,
    name text not null,
    display_name text not null,
    description text not null default '',
    feature_type text not null,
    is_active boolean not null default true,
    is_premium boolean not null default false,
    sort_order integer not null default 0,
    search_text text generated always as (
        socle_fold(name || E'\n' || display_name || E'\n' || description)
    ) stored not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint pk_megahub_feature primary key (id),
    constraint ck_megahub_feature_feature_type
        check (feature_type in ('websites', 'templates', 'tasks', 'analytics', 'crm', 'integrations')),
    constraint ck_megahub_feature_sort_order check (sort_order >= 0)
);
create unique index uq_megahub_feature_name on megahub_feature (lower(name));
create index ix_megahub_feature_sort_order on megahub_feature (sort_order, id);
create index ix_megahub_feature_feature_type on megahub_feature (feature_type, sort_order);
"""

SUBSCRIPTION = """
create table megahub_subscription (
    id bigint generated always as identity,
    organisation_id uuid not null,
    feature_id bigint not null,
    is_enabled boolean not null default true,
    usage_limit bigint,
    expires_at timestamptz,
    expiry_warned integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint pk_megahub_subscription primary key (id),
    constraint uq_megahub_subscription_organisation_id_feature_id unique (organisation_id, feature_id),
    constraint fk_megahub_subscription_organisation_id foreign key (organisation_id) references organisation (id),
    constraint fk_megahub_subscription_feature_id foreign key (feature_id) references megahub_feature (id),
    constraint ck_megahub_subscription_usage_limit check (usage_limit >= 0),
    constraint ck_megahub_subscription_expiry_warned check (expiry_warned > 0)
);
create index ix_megahub_subscription_feature_id on megahub_subscription (feature_id);
create index ix_megahub_subscription_organisation_id on megahub_subscription (organisation_id, created_at, id);
create index ix_megahub_subscription_created_at on megahub_subscription (created_at, id);
create index ix_megahub_subscription_expires_at on megahub_subscription (expires_at) where expires_at is not null;
"""

# what counts uses it in the unit of work of any product, whose tenant is another one or none: the owner's rights
SUBSCRIBED = """
create view megahub_subscribed with (security_invoker = false, security_barrier = false) as
select subscription.id, subscription.organisation_id, organisation.number as organisation_number,
       organisation.name as organisation_name, subscription.feature_id, feature.name as feature,
       feature.display_name, subscription.usage_limit, subscription.expires_at, subscription.expiry_warned,
       subscription.is_enabled and feature.is_active and organisation.is_active as is_on
from megahub_subscription subscription
join megahub_feature feature on feature.id = subscription.feature_id
join organisation on organisation.id = subscription.organisation_id
where organisation.archived_at is null
"""

MEMBER = """
create view megahub_member with (security_invoker = false, security_barrier = false) as
select account.number as account_number, membership.organisation_id, membership.created_at
from membership join account on account.id = membership.account_id
where membership.status = 'actif'
"""

PURCHASE = """
create table megahub_slot_purchase (
    id bigint generated always as identity,
    organisation_number bigint not null,
    account_id uuid,
    brands integer not null,
    users integer not null,
    amount numeric(14, 2) not null,
    status text not null default 'pending',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_megahub_slot_purchase primary key (id),
    constraint fk_megahub_slot_purchase_organisation_number foreign key (organisation_number)
        references organisation (number),
    constraint fk_megahub_slot_purchase_account_id foreign key (account_id) references account (id),
    constraint ck_megahub_slot_purchase_brands check (brands >= 0),
    constraint ck_megahub_slot_purchase_users check (users >= 0 and brands + users > 0),
    constraint ck_megahub_slot_purchase_amount check (amount > 0 and amount < 1e12),
    constraint ck_megahub_slot_purchase_status check (status in ('pending', 'delivered', 'failed', 'refunded'))
);
create index ix_megahub_slot_purchase_organisation_number on megahub_slot_purchase (organisation_number, id);
create index ix_megahub_slot_purchase_account_id on megahub_slot_purchase (account_id);
"""

# one basic feature of each documented type (DECISIONS.md section 4, "Features")
SEEDS = """
insert into megahub_feature (name, display_name, description, feature_type, sort_order) values
    ('basic_websites', 'Sites Web Basiques', 'Création de sites web avec templates', 'websites', 1),
    ('basic_templates', 'Templates Basiques', 'Modèles de contenu prêts à l''emploi', 'templates', 2),
    ('basic_tasks', 'Tâches Basiques', 'Suivi des tâches des équipes', 'tasks', 3),
    ('basic_analytics', 'Statistiques Basiques', 'Tableaux de bord et chiffres clés', 'analytics', 4),
    ('basic_crm', 'CRM Basique', 'Clients, opportunités et devis', 'crm', 5),
    ('basic_integrations', 'Intégrations Basiques', 'Connexion à des services extérieurs', 'integrations', 6)
"""


def upgrade() -> None:
    """Apply."""
    op.execute(FEATURE)
    op.execute(SUBSCRIPTION)
    enable_tenancy(op, "megahub_subscription", "organisation_id")
    op.execute(SUBSCRIBED)
    op.execute(MEMBER)
    op.execute(SEEDS)
    op.execute(PURCHASE)


def downgrade() -> None:
    """Undo."""
    op.execute("drop table megahub_slot_purchase")
    op.execute("drop view megahub_member")
    op.execute("drop view megahub_subscribed")
    disable_tenancy(op, "megahub_subscription")
    op.execute("drop table megahub_subscription")
    op.execute("drop table megahub_feature")
