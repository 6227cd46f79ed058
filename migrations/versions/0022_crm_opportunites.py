"""Opportunities and quotes of crm.

Revision ID: 0022
Revises: 0021
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

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OPPORTUNITE = r"""
create table crm_opportunite (
    id bigint generated always as identity,
    entreprise uuid not null,
    client bigint not null,
    nom text not null,
    montant numeric(14, 2) not null,
    probabilite integer not null,
    etape text not null,
    date_conclusion_estimee date,
    notes text not null,
    resultat text,
    motif_perte text not null,
    date_cloture timestamptz,
    cree_par bigint,
    search_text text generated always as (socle_fold(nom || E'\n' || notes)) stored not null,
    date_creation timestamptz default now() not null,
    date_modification timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_crm_opportunite primary key (id),
    constraint uq_crm_opportunite_id_entreprise unique (id, entreprise),
    constraint fk_crm_opportunite_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_crm_opportunite_client_entreprise foreign key (client, entreprise)
        references crm_client (id, entreprise),
    constraint fk_crm_opportunite_cree_par foreign key (cree_par) references account (number),
    constraint ck_crm_opportunite_montant check (montant >= 0 and montant < 1e12),
    constraint ck_crm_opportunite_probabilite check (probabilite between 0 and 100),
    constraint ck_crm_opportunite_etape check (
        etape in ('prospect', 'qualification', 'proposition', 'négociation', 'conclusion')
    ),
    constraint ck_crm_opportunite_resultat check (resultat in ('gagnee', 'perdue')),
    constraint ck_crm_opportunite_resultat_etape check (resultat is null or etape = 'conclusion'),
    constraint ck_crm_opportunite_date_cloture check ((resultat is null) = (date_cloture is null)),
    constraint ck_crm_opportunite_motif_perte check (motif_perte = '' or (resultat is not null and resultat = 'perdue'))
);
create index ix_crm_opportunite_entreprise on crm_opportunite (entreprise, date_creation desc, id desc);
create index ix_crm_opportunite_etape on crm_opportunite (entreprise, etape, date_creation desc);
create index ix_crm_opportunite_client on crm_opportunite (client, entreprise);
create index ix_crm_opportunite_date_cloture on crm_opportunite (entreprise, date_cloture)
    where date_cloture is not null;
create index ix_crm_opportunite_cree_par on crm_opportunite (cree_par);
create index ix_crm_opportunite_search_text on crm_opportunite using gin (entreprise, search_text gin_trgm_ops);
"""

DEVIS = """
create table crm_devis (
    id bigint generated always as identity,
    entreprise uuid not null,
    opportunite bigint not null,
    lignee uuid not null,
    numero_version integer not null,
    montant numeric(14, 2) not null,
    contenu text not null,
    statut text not null,
    date_envoi timestamptz,
    date_consultation timestamptz,
    date_reponse timestamptz,
    motif_refus text not null,
    fichier uuid,
    lien_hash bytea,
    lien_expire timestamptz,
    cree_par bigint,
    search_text text generated always as (socle_fold(contenu)) stored not null,
    date_creation timestamptz default now() not null,
    date_modification timestamptz default now() not null,
    version integer default 1 not null,
    constraint pk_crm_devis primary key (id),
    constraint uq_crm_devis_id_entreprise unique (id, entreprise),
    constraint uq_crm_devis_lignee_numero_version unique (lignee, numero_version),
    constraint fk_crm_devis_entreprise foreign key (entreprise) references organisation (id),
    constraint fk_crm_devis_opportunite_entreprise foreign key (opportunite, entreprise)
        references crm_opportunite (id, entreprise),
    constraint fk_crm_devis_fichier foreign key (fichier) references stored_file (id),
    constraint fk_crm_devis_cree_par foreign key (cree_par) references account (number),
    constraint ck_crm_devis_montant check (montant > 0 and montant < 1e12),
    constraint ck_crm_devis_numero_version check (numero_version >= 1),
    constraint ck_crm_devis_statut check (statut in ('Brouillon', 'Envoyé', 'Consulté', 'Accepté', 'Refusé')),
    constraint ck_crm_devis_brouillon check (
        statut <> 'Brouillon' or (date_envoi is null and fichier is null and lien_hash is null)
    ),
    constraint ck_crm_devis_date_envoi check (statut not in ('Envoyé', 'Consulté') or date_envoi is not null),
    constraint ck_crm_devis_date_reponse check ((statut in ('Accepté', 'Refusé')) = (date_reponse is not null)),
    constraint ck_crm_devis_lien_expire check ((lien_hash is null) = (lien_expire is null))
);
create index ix_crm_devis_entreprise on crm_devis (entreprise, date_creation desc, id desc);
create index ix_crm_devis_statut on crm_devis (entreprise, statut, date_creation desc);
create index ix_crm_devis_opportunite on crm_devis (opportunite, entreprise);
create index ix_crm_devis_cree_par on crm_devis (cree_par);
create index ix_crm_devis_search_text on crm_devis using gin (entreprise, search_text gin_trgm_ops);
create unique index uq_crm_devis_accepte on crm_devis (lignee) where statut = 'Accepté';
create unique index uq_crm_devis_lien_hash on crm_devis (lien_hash);
create unique index uq_crm_devis_fichier on crm_devis (fichier);
"""

FROZEN = """
create function crm_devis_fige() returns trigger language plpgsql as $$ begin
    raise exception 'a quote that left its draft does not change'
        using errcode = 'check_violation', table = 'crm_devis', constraint = 'ck_crm_devis_fige';
end $$;
create trigger crm_devis_fige before update on crm_devis for each row
    when (old.statut <> 'Brouillon' and (
        new.statut = 'Brouillon'
        or (new.opportunite, new.lignee, new.numero_version, new.montant, new.contenu)
           is distinct from (old.opportunite, old.lignee, old.numero_version, old.montant, old.contenu)
    ))
    execute function crm_devis_fige()
"""
"""What a client was shown stays as it was, whoever writes."""

VALUE = """
create or replace function crm_valeur_client(client bigint) returns numeric(26, 2) language sql stable as $$
    select coalesce((
        select sum(round(o.montant * o.probabilite / 100, 2))
        from crm_opportunite o where o.client = $1 and o.etape <> 'conclusion'
    ), 0) + coalesce((
        select sum(d.montant)
        from crm_opportunite o join crm_devis d on d.opportunite = o.id
        where o.client = $1 and d.statut = 'Accepté'
    ), 0)
$$
"""
"""DECISIONS.md section 5, "Clients": weighted open opportunities (each rounded half up) and accepted quotes."""

QUOTED_PROJECT = """
alter table crm_projet add constraint fk_crm_projet_devis_associe_entreprise
    foreign key (devis_associe, entreprise) references crm_devis (id, entreprise) on delete set null (devis_associe);
create function crm_projet_moved() returns trigger language plpgsql as $$ begin
    new.version := old.version + 1;
    new.date_modification := now();
    return new;
end $$;
create trigger crm_projet_moved before update on crm_projet for each row
    when (new.version = old.version) execute function crm_projet_moved()
"""
"""A project may name the quote that it comes from; one whose quote is gone is another version."""

NO_QUOTED_PROJECT = """
drop trigger crm_projet_moved on crm_projet;
drop function crm_projet_moved();
alter table crm_projet drop constraint fk_crm_projet_devis_associe_entreprise
"""

NO_VALUE = """
create or replace function crm_valeur_client(client bigint) returns numeric(26, 2)
    language sql stable as 'select 0::numeric(26, 2)'
"""

TABLES = {"crm_opportunite": OPPORTUNITE, "crm_devis": DEVIS}


def upgrade() -> None:
    """Apply."""
    for name, table in TABLES.items():
        op.execute(table)
        enable_tenancy(op, name, "entreprise")
        create_search_view(op, name, "entreprise")
        keep_count(op, name, "entreprise")
    op.execute(FROZEN)
    op.execute(VALUE)
    op.execute(QUOTED_PROJECT)


def downgrade() -> None:
    """Undo."""
    op.execute(NO_QUOTED_PROJECT)
    op.execute(NO_VALUE)
    for name in reversed(TABLES):
        stop_counting(op, name)
        drop_search_view(op, name)
        disable_tenancy(op, name)
        op.execute(f"drop table {name}")
    op.execute("drop function crm_devis_fige")
