"""Tasks of crm, and their reminders.

Revision ID: 0023
Revises: 0022
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

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PROJECT_KEY = "alter table crm_projet add constraint uq_crm_projet_id_client unique (id, client)"
"""A task of a project has the project's client: its foreign key names both."""

TACHE = r"""
create table crm_tache (
    id bigint generated always as identity,
    entreprise uuid not null constraint fk_crm_tache_entreprise references organisation (id),
    titre text not null,
    description text not null,
    assigne_a bigint constraint fk_crm_tache_assigne_a references account (number),
    client_associe bigint not null,
    projet_associe bigint,
    priorite text not null,
    date_echeance date not null,
    statut text not null,
    cree_par bigint not null constraint fk_crm_tache_cree_par references account (number),
    terminee_le timestamptz,
    search_text text generated always as (socle_fold(titre || E'\n' || description)) stored not null,
    date_creation timestamptz default now() not null,
    date_modification timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_crm_tache primary key (id),
    constraint uq_crm_tache_id_entreprise unique (id, entreprise),
    constraint fk_crm_tache_client_associe_entreprise foreign key (client_associe, entreprise)
        references crm_client (id, entreprise),
    constraint fk_crm_tache_projet_associe_client_associe foreign key (projet_associe, client_associe)
        references crm_projet (id, client) on update cascade,
    constraint ck_crm_tache_priorite check (priorite in ('Basse', 'Moyenne', 'Haute', 'Urgente')),
    constraint ck_crm_tache_statut check (statut in ('À faire', 'En cours', 'Terminée')),
    constraint ck_crm_tache_terminee_le check ((statut = 'Terminée') = (terminee_le is not null))
);
create index ix_crm_tache_entreprise on crm_tache (entreprise, date_creation desc, id desc);
create index ix_crm_tache_statut on crm_tache (entreprise, statut, date_creation desc);
create index ix_crm_tache_assigne_a on crm_tache (assigne_a, entreprise, date_creation desc);
create index ix_crm_tache_cree_par on crm_tache (cree_par, entreprise, date_creation desc);
create index ix_crm_tache_client_associe on crm_tache (client_associe, entreprise, date_creation desc);
create index ix_crm_tache_projet_associe on crm_tache (projet_associe, client_associe);
create index ix_crm_tache_date_echeance on crm_tache (entreprise, date_echeance, id) where terminee_le is null;
create index ix_crm_tache_rappels on crm_tache (date_echeance, id) where terminee_le is null;
create index ix_crm_tache_search_text on crm_tache using gin (entreprise, search_text gin_trgm_ops);
"""

MOVED = """
create function crm_tache_moved() returns trigger language plpgsql as $$ begin
    new.version := old.version + 1;
    new.date_modification := now();
    return new;
end $$;
create trigger crm_tache_moved before update on crm_tache for each row
    when (new.version = old.version) execute function crm_tache_moved();
"""
"""A task whose project got another client is another version."""

REMINDERS = """
create table crm_rappel (
    entreprise uuid not null constraint fk_crm_rappel_entreprise references organisation (id),
    compte bigint not null constraint fk_crm_rappel_compte references account (number),
    frequence text not null,
    dernier_recapitulatif date,
    constraint pk_crm_rappel primary key (entreprise, compte),
    constraint ck_crm_rappel_frequence check (frequence in ('IMMEDIATE', 'QUOTIDIEN', 'JAMAIS'))
);
create index ix_crm_rappel_compte on crm_rappel (compte);
create table crm_tache_rappel (
    tache bigint not null,
    entreprise uuid not null,
    compte bigint not null constraint fk_crm_tache_rappel_compte references account (number),
    moment text not null,
    date_echeance date not null,
    envoye_le timestamptz default now() not null,
    constraint pk_crm_tache_rappel primary key (tache, compte, moment, date_echeance),
    constraint fk_crm_tache_rappel_tache_entreprise foreign key (tache, entreprise)
        references crm_tache (id, entreprise) on delete cascade,
    constraint ck_crm_tache_rappel_moment check (moment in ('DEMAIN', 'AUJOURD_HUI', 'EN_RETARD'))
);
create index ix_crm_tache_rappel_compte on crm_tache_rappel (compte);
create index ix_crm_tache_rappel_entreprise on crm_tache_rappel (entreprise);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(PROJECT_KEY)
    op.execute(TACHE)
    op.execute(MOVED)
    op.execute(REMINDERS)
    for table in ("crm_tache", "crm_rappel", "crm_tache_rappel"):
        enable_tenancy(op, table, "entreprise")
    create_search_view(op, "crm_tache", "entreprise")
    keep_count(op, "crm_tache", "entreprise")


def downgrade() -> None:
    """Undo."""
    stop_counting(op, "crm_tache")
    drop_search_view(op, "crm_tache")
    for table in ("crm_tache_rappel", "crm_rappel", "crm_tache"):
        disable_tenancy(op, table)
        op.execute(f"drop table {table}")
    op.execute("drop function crm_tache_moved")
    op.execute("alter table crm_projet drop constraint uq_crm_projet_id_client")
