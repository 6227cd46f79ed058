"""The kernel: accounts, organisations, access, audit, jobs and messages.

Revision: 0001
Follows:
"""

from alembic import op

from adapters.db.ddl import create_search_view, disable_tenancy, drop_search_view, enable_tenancy

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# `unaccent` is only stable, because its dictionary may be altered; naming the dictionary makes it a constant, so that
# generated columns and indexes may use it.
FOLD = """
    create function public.socle_fold(value text) returns text
    language sql immutable strict parallel safe
    return lower(public.unaccent('public.unaccent'::regdictionary, value))
"""

# What the edge reads for each token, in one statement, before a tenant is known: it runs with the owner's rights.
SESSION_ACCESS = """
    create view session_access with (security_invoker = false) as
    select session.id as session_id,
           session.expires_at,
           account.id as account_id,
           account.number,
           account.email,
           account.is_superuser,
           account.is_staff,
           place.membership_id,
           place.organisation_id,
           place.organisation_number,
           place.role,
           place.permissions,
           place.owner
    from session
    join account on account.id = session.account_id and account.is_active
    left join (
        select membership.id as membership_id,
               membership.account_id,
               membership.owner,
               organisation.id as organisation_id,
               organisation.number as organisation_number,
               role.name as role,
               role.permissions
        from membership
        join organisation on organisation.id = membership.organisation_id
                         and organisation.is_active and organisation.archived_at is null
        join role on role.id = membership.role_id
        where membership.status = 'actif'
    ) place on place.account_id = account.id and place.organisation_id = session.organisation_id
    where session.revoked_at is null
"""

TABLES = (
    r"""
    create table account (
        id uuid not null,
        number bigint generated always as identity,
        email text not null,
        username text not null,
        first_name text,
        last_name text,
        phone text,
        picture text,
        password_hash text,
        is_active boolean default true not null,
        is_superuser boolean default false not null,
        is_staff boolean default false not null,
        email_verified_at timestamptz,
        last_login_at timestamptz,
        language text default 'fr' not null,
        created_at timestamptz default now() not null,
        updated_at timestamptz default now() not null,
        version integer default 1 not null,
        constraint pk_account primary key (id),
        constraint uq_account_number unique (number)
    );
    create unique index uq_account_email on account (lower(email));
    create unique index uq_account_username on account (lower(username));
    """,
    r"""
    create table development_message (
        id uuid not null,
        channel text not null,
        recipient text not null,
        subject text not null,
        body text not null,
        sent_at timestamptz default now() not null,
        constraint pk_development_message primary key (id)
    );
    create index ix_development_message_recipient on development_message (recipient, sent_at);
    """,
    r"""
    create unlogged table job_worker (
        id uuid not null,
        host text not null,
        process integer not null,
        running integer default 0 not null,
        started_at timestamptz default now() not null,
        seen_at timestamptz default now() not null,
        constraint pk_job_worker primary key (id)
    );
    """,
    r"""
    create table outbox (
        id uuid not null,
        topic text not null,
        subscriber text not null,
        payload jsonb not null,
        attempts integer default 0 not null,
        last_error text,
        created_at timestamptz default now() not null,
        available_at timestamptz default now() not null,
        done_at timestamptz,
        failed_at timestamptz,
        constraint pk_outbox primary key (id)
    );
    create index ix_outbox_done_at on outbox (done_at) where done_at is not null;
    create index ix_outbox_failed_at on outbox (failed_at) where failed_at is not null;
    create index ix_outbox_open on outbox (available_at) where done_at is null and failed_at is null;
    create index ix_outbox_open_subscriber on outbox (subscriber, topic) where done_at is null and failed_at is null;
    """,
    r"""
    create unlogged table rate_window (
        key text not null,
        starts_at timestamptz not null,
        count integer not null,
        ends_at timestamptz not null,
        constraint pk_rate_window primary key (key, starts_at)
    );
    create index ix_rate_window_ends_at on rate_window (ends_at);
    """,
    r"""
    create table role (
        id uuid not null,
        name text not null,
        description text not null,
        permissions jsonb not null,
        seeded boolean default false not null,
        search_text text generated always as (socle_fold(name)) stored not null,
        created_at timestamptz default now() not null,
        updated_at timestamptz default now() not null,
        version integer default 1 not null,
        constraint pk_role primary key (id)
    );
    create unique index uq_role_name on role (lower(name));
    """,
    r"""
    create table challenge (
        id uuid not null,
        account_id uuid not null,
        purpose text not null,
        code_hash bytea,
        failures integer default 0 not null,
        organisation_id uuid,
        details jsonb default '{}' not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        created_at timestamptz default now() not null,
        constraint pk_challenge primary key (id),
        constraint ck_challenge_failures check (failures between 0 and 5),
        constraint fk_challenge_account_id foreign key(account_id) references account (id) on delete cascade
    );
    create index ix_challenge_account_id on challenge (account_id);
    """,
    r"""
    create table idempotent_answer (
        account_id uuid not null,
        route text not null,
        key text not null,
        fingerprint bytea not null,
        status integer not null,
        body bytea not null,
        headers jsonb not null,
        created_at timestamptz default now() not null,
        constraint pk_idempotent_answer primary key (account_id, route, key),
        constraint fk_idempotent_answer_account_id foreign key(account_id) references account (id) on delete cascade
    );
    create index ix_idempotent_answer_created_at on idempotent_answer (created_at);
    """,
    r"""
    create table message_delivery (
        id uuid not null,
        channel text not null,
        template text not null,
        recipient text not null,
        account_id uuid,
        status text not null,
        attempts integer default 1 not null,
        error text,
        created_at timestamptz default now() not null,
        sent_at timestamptz,
        constraint pk_message_delivery primary key (id),
        constraint ck_message_delivery_status check (status in ('pending', 'sent', 'failed')),
        constraint fk_message_delivery_account_id foreign key(account_id) references account (id) on delete cascade
    );
    create index ix_message_delivery_account_id on message_delivery (account_id, created_at);
    """,
    r"""
    create table organisation (
        id uuid not null,
        number bigint generated always as identity,
        name text not null,
        sector text not null,
        kind text not null,
        address text not null,
        size integer not null,
        billing_email text,
        admin_id uuid,
        is_active boolean default true not null,
        archived_at timestamptz,
        search_text text generated always as (socle_fold(name || e'\n' || sector || e'\n' || kind)) stored not null,
        created_at timestamptz default now() not null,
        updated_at timestamptz default now() not null,
        version integer default 1 not null,
        constraint pk_organisation primary key (id),
        constraint ck_organisation_size check (size >= 0),
        constraint uq_organisation_number unique (number),
        constraint fk_organisation_admin_id foreign key(admin_id) references account (id)
    );
    create index ix_organisation_admin_id on organisation (admin_id);
    create index ix_organisation_created_at on organisation (created_at, id);
    create index ix_organisation_search_text on organisation using gin (search_text gin_trgm_ops);
    """,
    r"""
    create table password_reset (
        id uuid not null,
        account_id uuid not null,
        token_hash bytea not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        created_at timestamptz default now() not null,
        constraint pk_password_reset primary key (id),
        constraint fk_password_reset_account_id foreign key(account_id) references account (id) on delete cascade,
        constraint uq_password_reset_token_hash unique (token_hash)
    );
    create index ix_password_reset_account_id on password_reset (account_id);
    """,
    r"""
    create table recovery_code (
        id uuid not null,
        account_id uuid not null,
        code_hash bytea not null,
        used_at timestamptz,
        constraint pk_recovery_code primary key (id),
        constraint fk_recovery_code_account_id foreign key(account_id) references account (id) on delete cascade
    );
    create unique index uq_recovery_code_code_hash on recovery_code (account_id, code_hash);
    """,
    r"""
    create table second_factor (
        account_id uuid not null,
        method text not null,
        secret bytea,
        last_step bigint default '0' not null,
        confirmed_at timestamptz,
        created_at timestamptz default now() not null,
        constraint pk_second_factor primary key (account_id),
        constraint ck_second_factor_method check (method in ('TOTP', 'SMS', 'EMAIL')),
        constraint fk_second_factor_account_id foreign key(account_id) references account (id) on delete cascade
    );
    """,
    r"""
    create table sign_in_attempt (
        id bigint generated always as identity,
        identifier text not null,
        account_id uuid,
        outcome text not null,
        address text not null,
        agent text not null,
        at timestamptz default now() not null,
        constraint pk_sign_in_attempt primary key (id),
        constraint ck_sign_in_attempt_outcome
            check (outcome in ('pending', 'failed', 'challenged', 'succeeded', 'abandoned')),
        constraint fk_sign_in_attempt_account_id foreign key(account_id) references account (id) on delete cascade
    );
    create index ix_sign_in_attempt_account_id on sign_in_attempt (account_id, at);
    create index ix_sign_in_attempt_identifier on sign_in_attempt (identifier, at) where account_id is null;
    """,
    r"""
    create table audit_entry (
        id uuid not null,
        action text not null,
        method text not null,
        path text not null,
        object_type text not null,
        object_id text not null,
        ip_address text not null,
        user_agent text not null,
        status_code integer not null,
        account_id uuid,
        organisation_id uuid,
        details jsonb,
        created_at timestamptz default now() not null,
        search_text text generated always as (
            socle_fold(action || e'\n' || object_type || e'\n' || object_id || e'\n' || path || e'\n' || ip_address)
        ) stored not null,
        constraint pk_audit_entry primary key (id),
        constraint fk_audit_entry_account_id foreign key(account_id) references account (id),
        constraint fk_audit_entry_organisation_id foreign key(organisation_id) references organisation (id)
    );
    create index ix_audit_entry_account_id on audit_entry (account_id, created_at);
    create index ix_audit_entry_organisation_id on audit_entry (organisation_id, created_at, id);
    create index ix_audit_entry_search_text on audit_entry using gin (organisation_id, search_text gin_trgm_ops);
    """,
    r"""
    create table membership (
        id uuid not null,
        account_id uuid not null,
        organisation_id uuid not null,
        role_id uuid not null,
        status text not null,
        owner boolean default false not null,
        created_at timestamptz default now() not null,
        updated_at timestamptz default now() not null,
        version integer default 1 not null,
        constraint pk_membership primary key (id),
        constraint uq_membership_account_id_organisation_id unique (account_id, organisation_id),
        constraint ck_membership_status check (status in ('actif', 'inactif', 'en_attente')),
        constraint ck_membership_owner_active check (not owner or status = 'actif'),
        constraint fk_membership_account_id foreign key(account_id) references account (id) on delete cascade,
        constraint fk_membership_organisation_id foreign key(organisation_id) references organisation (id),
        constraint fk_membership_role_id foreign key(role_id) references role (id)
    );
    create index ix_membership_organisation_id on membership (organisation_id, created_at, id);
    create index ix_membership_role_id on membership (role_id);
    create unique index uq_membership_owner on membership (organisation_id) where owner;
    """,
    r"""
    create table session (
        id uuid not null,
        account_id uuid not null,
        organisation_id uuid,
        refresh_id uuid not null,
        address text not null,
        agent text not null,
        created_at timestamptz default now() not null,
        expires_at timestamptz not null,
        revoked_at timestamptz,
        constraint pk_session primary key (id),
        constraint fk_session_account_id foreign key(account_id) references account (id) on delete cascade,
        constraint fk_session_organisation_id foreign key(organisation_id) references organisation (id)
    );
    create index ix_session_account_id on session (account_id);
    create index ix_session_expires_at on session (expires_at);
    create index ix_session_organisation_id on session (organisation_id);
    """,
)

TABLE_NAMES = (
    "account",
    "development_message",
    "job_worker",
    "outbox",
    "rate_window",
    "role",
    "challenge",
    "idempotent_answer",
    "message_delivery",
    "organisation",
    "password_reset",
    "recovery_code",
    "second_factor",
    "sign_in_attempt",
    "audit_entry",
    "membership",
    "session",
)


def upgrade() -> None:
    """Apply."""
    for extension in ("pg_trgm", "unaccent", "btree_gin"):
        op.execute(f"create extension if not exists {extension} schema public")
    op.execute(FOLD)
    for table in TABLES:
        op.execute(table)
    enable_tenancy(op, "membership", "organisation_id")
    enable_tenancy(op, "audit_entry", "organisation_id", unowned_inserts=True)
    create_search_view(op, "audit_entry", "organisation_id")
    op.execute(SESSION_ACCESS)


def downgrade() -> None:
    """Undo. The extensions stay: something else may use them."""
    op.execute("drop view session_access")
    drop_search_view(op, "audit_entry")
    disable_tenancy(op, "audit_entry")
    disable_tenancy(op, "membership")
    for name in reversed(TABLE_NAMES):
        op.execute(f"drop table {name}")
    op.execute("drop function public.socle_fold(text)")
