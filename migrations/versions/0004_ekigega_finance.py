"""Files, and the expenses, subscriptions and videos of ekigega.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from adapters.db.ddl import (
    create_search_view,
    disable_tenancy,
    drop_search_view,
    enable_tenancy,
    keep_count,
    share_unowned,
    stop_counting,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STORED_FILE = """
create table stored_file (
    id uuid not null,
    organisation_id uuid not null,
    name text not null,
    media_type text not null,
    size integer not null,
    digest bytea not null,
    state text default 'pending' not null,
    created_at timestamptz default now() not null,
    constraint pk_stored_file primary key (id),
    constraint fk_stored_file_organisation_id foreign key (organisation_id) references organisation (id),
    constraint ck_stored_file_size check (size > 0),
    constraint ck_stored_file_state check (state in ('pending', 'kept', 'released'))
);
create index ix_stored_file_organisation_id on stored_file (organisation_id);
create index ix_stored_file_dead on stored_file (created_at) where state <> 'kept';
"""

DEPENSE = """
create table depense (
    id uuid not null,
    entreprise uuid not null,
    categorie text not null,
    description text not null,
    montant numeric(14, 2) not null,
    type text not null,
    justificatif uuid,
    search_text text generated always as (socle_fold(description)) stored not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_depense primary key (id),
    constraint fk_depense_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_depense_justificatif foreign key (justificatif) references stored_file (id),
    constraint ck_depense_montant check (montant >= 0 and montant < 1e12)
);
create index ix_depense_entreprise on depense (entreprise, created_at desc, id desc);
create index ix_depense_categorie on depense (entreprise, lower(categorie));
create index ix_depense_type on depense (entreprise, lower(type));
create index ix_depense_justificatif on depense (justificatif);
create index ix_depense_search_text on depense using gin (entreprise, search_text gin_trgm_ops);
"""

ABONNEMENT = r"""
create table abonnement (
    id uuid not null,
    entreprise uuid not null,
    type text not null,
    date_debut date not null,
    date_fin date not null,
    prix numeric(14, 2) not null,
    status text not null,
    fonctionnalites jsonb not null,
    reminded_for date,
    search_text text generated always as (socle_fold(type || E'\n' || fonctionnalites::text)) stored not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_abonnement primary key (id),
    constraint fk_abonnement_entreprise foreign key (entreprise) references organisation (id),
    constraint ck_abonnement_dates check (date_debut <= date_fin),
    constraint ck_abonnement_prix check (prix >= 0 and prix < 1e12),
    constraint ck_abonnement_status check (status in ('actif', 'suspendu', 'expire', 'annule'))
);
create index ix_abonnement_entreprise on abonnement (entreprise, created_at desc, id desc);
create index ix_abonnement_status on abonnement (entreprise, status);
create index ix_abonnement_date_fin on abonnement (date_fin) where status in ('actif', 'suspendu');
create index ix_abonnement_search_text on abonnement using gin (entreprise, search_text gin_trgm_ops);
"""

VIDEO = """
create table video (
    id uuid not null,
    entreprise uuid,
    titre text not null,
    url text not null,
    duree integer not null,
    langue text not null,
    status text not null,
    date_genere timestamptz not null,
    search_text text generated always as (socle_fold(titre)) stored not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_video primary key (id),
    constraint fk_video_entreprise foreign key (entreprise) references organisation (id),
    constraint ck_video_duree check (duree >= 0),
    constraint ck_video_status check (status in ('actif', 'inactif', 'archivé'))
);
create index ix_video_entreprise on video (entreprise, created_at desc, id desc);
create index ix_video_search_text on video using gin (search_text gin_trgm_ops);
"""

TABLES = {"depense": DEPENSE, "abonnement": ABONNEMENT, "video": VIDEO}
COUNTED = ("depense", "abonnement")


def upgrade() -> None:
    """Apply."""
    op.execute(STORED_FILE)
    enable_tenancy(op, "stored_file", "organisation_id")
    for name, table in TABLES.items():
        op.execute(table)
        enable_tenancy(op, name, "entreprise")
    share_unowned(op, "video", "entreprise")
    for name in COUNTED:
        create_search_view(op, name, "entreprise")
        keep_count(op, name, "entreprise")


def downgrade() -> None:
    """Undo."""
    for name in COUNTED:
        stop_counting(op, name)
        drop_search_view(op, name)
    for name in reversed(TABLES):
        op.execute(f"drop table {name}")
    disable_tenancy(op, "stored_file")
    op.execute("drop table stored_file")
