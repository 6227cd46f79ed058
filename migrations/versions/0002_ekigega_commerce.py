"""Products, partners and sales of ekigega.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from adapters.db.ddl import create_search_view, disable_tenancy, drop_search_view, enable_tenancy

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PRODUIT = r"""
create table produit (
    id uuid not null,
    entreprise uuid not null,
    nom text not null,
    categorie text not null,
    prix numeric(14, 2) not null,
    quantite integer not null,
    archived_at timestamptz,
    search_text text generated always as (socle_fold(nom || E'\n' || categorie)) stored not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_produit primary key (id),
    constraint uq_produit_id_entreprise unique (id, entreprise),
    constraint fk_produit_entreprise foreign key (entreprise) references organisation (id),
    constraint ck_produit_prix check (prix >= 0 and prix < 1e12),
    constraint ck_produit_quantite check (quantite >= 0)
);
create index ix_produit_entreprise on produit (entreprise, created_at desc, id desc) where archived_at is null;
create index ix_produit_categorie on produit (entreprise, lower(categorie)) where archived_at is null;
create index ix_produit_search_text on produit using gin (entreprise, search_text gin_trgm_ops);
"""

PARTNER = r"""
create table partner (
    id uuid not null,
    entreprise uuid not null,
    type text not null,
    nom text not null,
    prenom text not null,
    email text not null,
    telephone text not null,
    adresse text not null,
    archived_at timestamptz,
    search_text text generated always as (
        socle_fold(nom || E'\n' || prenom || E'\n' || email || E'\n' || telephone)
    ) stored not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_partner primary key (id),
    constraint uq_partner_id_entreprise unique (id, entreprise),
    constraint fk_partner_entreprise foreign key (entreprise) references organisation (id),
    constraint ck_partner_type check (type in ('client', 'fournisseur'))
);
create index ix_partner_entreprise on partner (entreprise, created_at desc, id desc) where archived_at is null;
create index ix_partner_type on partner (entreprise, type, created_at desc) where archived_at is null;
create index ix_partner_search_text on partner using gin (entreprise, search_text gin_trgm_ops);
"""

VENTE = """
create table vente (
    id uuid not null,
    entreprise uuid not null,
    client uuid not null,
    statut text not null,
    total numeric(26, 2) not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_vente primary key (id),
    constraint uq_vente_id_entreprise unique (id, entreprise),
    constraint fk_vente_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_vente_client_entreprise foreign key (client, entreprise) references partner (id, entreprise),
    constraint ck_vente_statut check (
        statut in ('en_attente', 'payee', 'annulee', 'paiement_partiel', 'rembourse')
    ),
    constraint ck_vente_total check (total >= 0 and total < 1e24)
);
create index ix_vente_entreprise on vente (entreprise, created_at desc, id desc);
create index ix_vente_statut on vente (entreprise, statut, created_at desc);
create index ix_vente_client on vente (client, entreprise);
"""

VENTE_ITEM = """
create table vente_item (
    vente uuid not null,
    position integer not null,
    entreprise uuid not null,
    produit uuid not null,
    quantite integer not null,
    prix_unitaire numeric(14, 2) not null,
    constraint pk_vente_item primary key (vente, position),
    constraint fk_vente_item_vente_entreprise foreign key (vente, entreprise)
        references vente (id, entreprise) on delete cascade,
    constraint fk_vente_item_produit_entreprise foreign key (produit, entreprise)
        references produit (id, entreprise),
    constraint ck_vente_item_quantite check (quantite >= 1),
    constraint ck_vente_item_prix_unitaire check (prix_unitaire >= 0 and prix_unitaire < 1e12)
);
create index ix_vente_item_produit on vente_item (produit, entreprise);
"""

TABLES = {"produit": PRODUIT, "partner": PARTNER, "vente": VENTE, "vente_item": VENTE_ITEM}
SEARCHED = ("produit", "partner")


def upgrade() -> None:
    """Apply."""
    for name, table in TABLES.items():
        op.execute(table)
        enable_tenancy(op, name, "entreprise")
    for name in SEARCHED:
        create_search_view(op, name, "entreprise")


def downgrade() -> None:
    """Undo."""
    for name in SEARCHED:
        drop_search_view(op, name)
    for name in reversed(TABLES):
        disable_tenancy(op, name)
        op.execute(f"drop table {name}")
