"""Exports of crm's reports.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

from adapters.db.ddl import disable_tenancy, enable_tenancy

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = """
create table crm_export (
    id bigint generated always as identity,
    entreprise uuid,
    rapport text not null,
    format text not null,
    filtres jsonb not null,
    langue text not null,
    statut text not null default 'En attente',
    lignes bigint not null,
    lignes_faites bigint not null default 0,
    fichier uuid,
    nom_fichier text not null default '',
    cree_par bigint not null,
    date_creation timestamptz not null default now(),
    date_modification timestamptz not null default now(),
    constraint pk_crm_export primary key (id),
    constraint fk_crm_export_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_crm_export_fichier foreign key (fichier) references stored_file (id),
    constraint fk_crm_export_cree_par foreign key (cree_par) references account (number),
    constraint ck_crm_export_rapport
        check (rapport in ('clients', 'projets', 'opportunites', 'pipeline', 'performances')),
    constraint ck_crm_export_format check (format in ('csv', 'xlsx', 'pdf')),
    constraint ck_crm_export_statut check (statut in ('En attente', 'En cours', 'Terminé', 'Échoué')),
    constraint ck_crm_export_lignes check (lignes >= 0 and lignes_faites >= 0),
    constraint ck_crm_export_fichier check ((statut = 'Terminé') = (fichier is not null))
);
create index ix_crm_export_entreprise on crm_export (entreprise, id);
create unique index uq_crm_export_fichier on crm_export (fichier);
create index ix_crm_export_cree_par on crm_export (cree_par, id);
create index ix_crm_export_statut on crm_export (statut, date_modification);
create index ix_crm_export_date_creation on crm_export (date_creation);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)
    enable_tenancy(op, "crm_export", "entreprise")


def downgrade() -> None:
    """Undo."""
    disable_tenancy(op, "crm_export")
    op.execute("drop table crm_export")
