"""The people of spotvibe.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
create table spotvibe_profile (
    user_id bigint not null constraint fk_spotvibe_profile_user_id references account (number),
    date_naissance date,
    photo_profil text constraint fk_spotvibe_profile_photo_profil references public_file (path),
    bio text not null default '',
    est_verifie boolean not null default false,
    notifications_email boolean not null default true,
    notifications_push boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_profile primary key (user_id)
);
create unique index uq_spotvibe_profile_photo_profil on spotvibe_profile (photo_profil);
create table spotvibe_email_verification (
    user_id bigint not null
        constraint fk_spotvibe_email_verification_user_id references spotvibe_profile (user_id),
    email text not null,
    token_hash bytea not null,
    expires_at timestamptz not null,
    constraint pk_spotvibe_email_verification primary key (user_id),
    constraint uq_spotvibe_email_verification_token_hash unique (token_hash)
);
create table spotvibe_verification (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_verification_user_id references spotvibe_profile (user_id),
    document_identite uuid not null
        constraint fk_spotvibe_verification_document_identite references stored_file (id),
    document_selfie uuid constraint fk_spotvibe_verification_document_selfie references stored_file (id),
    statut text not null default 'EN_ATTENTE',
    date_soumission timestamptz not null default now(),
    commentaire_admin text not null default '',
    traite_par bigint constraint fk_spotvibe_verification_traite_par references account (number),
    date_traitement timestamptz,
    constraint pk_spotvibe_verification primary key (id),
    constraint ck_spotvibe_verification_statut check (statut in ('EN_ATTENTE', 'APPROUVE', 'REJETE', 'EXPIRE')),
    constraint ck_spotvibe_verification_date_traitement
        check ((statut = 'EN_ATTENTE') = (date_traitement is null))
);
create unique index uq_spotvibe_verification_en_attente on spotvibe_verification (user_id)
    where statut = 'EN_ATTENTE';
create index ix_spotvibe_verification_user_id on spotvibe_verification (user_id, id);
create index ix_spotvibe_verification_statut on spotvibe_verification (statut, id);
create index ix_spotvibe_verification_document_identite on spotvibe_verification (document_identite);
create index ix_spotvibe_verification_document_selfie on spotvibe_verification (document_selfie);
create index ix_spotvibe_verification_traite_par on spotvibe_verification (traite_par);
create table spotvibe_follow (
    id bigint generated always as identity,
    follower_id bigint not null constraint fk_spotvibe_follow_follower_id references spotvibe_profile (user_id),
    followed_id bigint not null constraint fk_spotvibe_follow_followed_id references spotvibe_profile (user_id),
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_follow primary key (id),
    constraint ck_spotvibe_follow_self check (follower_id <> followed_id),
    constraint uq_spotvibe_follow_follower_id_followed_id unique (follower_id, followed_id)
);
create index ix_spotvibe_follow_follower_id on spotvibe_follow (follower_id, id);
create index ix_spotvibe_follow_followed_id on spotvibe_follow (followed_id, id);
create table spotvibe_social_account (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_social_account_user_id references spotvibe_profile (user_id),
    provider text not null,
    social_id text not null,
    email text,
    nom_complet text not null,
    photo_url text,
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_social_account primary key (id),
    constraint ck_spotvibe_social_account_provider check (provider in ('GOOGLE', 'FACEBOOK')),
    constraint uq_spotvibe_social_account_provider_social_id unique (provider, social_id),
    constraint uq_spotvibe_social_account_user_id_provider unique (user_id, provider)
);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
    for name in ("social_account", "follow", "verification", "email_verification", "profile"):
        op.execute(f"drop table spotvibe_{name}")
