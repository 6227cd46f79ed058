"""Clients and projects of crm.

Revision ID: 0021
Revises: 0020
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

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CLIENT = r"""
create table crm_client (
    id bigint generated always as identity,
    entreprise uuid not null,
    nom text not null,
    societe text not null,
    email text,
    telephone text not null,
    notes text not null,
    categorie text not null,
    cree_par bigint,
    search_text text generated always as (
        socle_fold(nom || E'\n' || societe || E'\n' || coalesce(email, '') || E'\n' || telephone)
    ) stored not null,
    date_creation timestamptz default now() not null,
    date_modification timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_crm_client primary key (id),
    constraint uq_crm_client_id_entreprise unique (id, entreprise),
    constraint uq_crm_client_entreprise_email unique (entreprise, email),
    constraint fk_crm_client_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_crm_client_cree_par foreign key (cree_par) references account (number)
);
create index ix_crm_client_entreprise on crm_client (entreprise, date_creation desc, id desc);
create index ix_crm_client_nom on crm_client (entreprise, lower(nom));
create index ix_crm_client_societe on crm_client (entreprise, lower(societe));
create index ix_crm_client_categorie on crm_client (entreprise, lower(categorie));
create index ix_crm_client_cree_par on crm_client (cree_par);
create index ix_crm_client_search_text on crm_client using gin (entreprise, search_text gin_trgm_ops);
"""

PROJET = r"""
create table crm_projet (
    id bigint generated always as identity,
    entreprise uuid not null,
    client bigint not null,
    titre text not null,
    description text not null,
    statut text not null,
    date_debut date,
    date_fin date,
    budget numeric(14, 2) not null,
    devis_associe bigint,
    cree_par bigint,
    search_text text generated always as (socle_fold(titre || E'\n' || description)) stored not null,
    date_creation timestamptz default now() not null,
    date_modification timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_crm_projet primary key (id),
    constraint uq_crm_projet_id_entreprise unique (id, entreprise),
    constraint fk_crm_projet_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_crm_projet_client_entreprise foreign key (client, entreprise)
        references crm_client (id, entreprise),
    constraint fk_crm_projet_cree_par foreign key (cree_par) references account (number),
    constraint ck_crm_projet_statut check (statut in ('À faire', 'En cours', 'Terminé')),
    constraint ck_crm_projet_date_fin check (date_fin > date_debut),
    constraint ck_crm_projet_budget check (budget >= 0 and budget < 1e12)
);
create index ix_crm_projet_entreprise on crm_projet (entreprise, date_creation desc, id desc);
create index ix_crm_projet_statut on crm_projet (entreprise, statut, date_creation desc);
create index ix_crm_projet_client on crm_projet (client, entreprise);
create index ix_crm_projet_devis_associe on crm_projet (devis_associe, entreprise);
create index ix_crm_projet_cree_par on crm_projet (cree_par);
create index ix_crm_projet_search_text on crm_projet using gin (entreprise, search_text gin_trgm_ops);
"""

TABLES = {"crm_client": CLIENT, "crm_projet": PROJET}

VALUE = """
create function crm_valeur_client(client bigint) returns numeric(26, 2)
    language sql stable as 'select 0::numeric(26, 2)'
"""
"""What a client is worth; the migration of opportunities gives it its meaning."""


def upgrade() -> None:
    """Apply."""
    for name, table in TABLES.items():
        op.execute(table)
        enable_tenancy(op, name, "entreprise")
        create_search_view(op, name, "entreprise")
        keep_count(op, name, "entreprise")
    op.execute(VALUE)


def downgrade() -> None:
    """Undo."""
    op.execute("drop function crm_valeur_client(bigint)")
    for name in reversed(TABLES):
        stop_counting(op, name)
        drop_search_view(op, name)
        disable_tenancy(op, name)
        op.execute(f"drop table {name}")
