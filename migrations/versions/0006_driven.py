"""The portal of driven.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _tracked(table: str) -> str:
    return f"""
    creer_par bigint constraint fk_{table}_creer_par references account (number),
    modifier_par bigint constraint fk_{table}_modifier_par references account (number),
    creer_a timestamptz not null default now(),
    modifier_a timestamptz not null default now()"""


FILES = """
create table public_file (
    path text not null,
    media_type text not null,
    size integer not null,
    digest bytea not null,
    state text not null default 'pending',
    created_at timestamptz not null default now(),
    constraint pk_public_file primary key (path),
    constraint ck_public_file_size check (size > 0),
    constraint ck_public_file_state check (state in ('pending', 'kept', 'released'))
);
create index ix_public_file_dead on public_file (created_at) where state <> 'kept';
"""

TABLES = f"""
create table driven_application (
    app_id bigint generated always as identity,
    nom text not null,
    description text not null,
    app_color text,
    app_icon text constraint fk_driven_application_app_icon references public_file (path),
    protege boolean not null default false,{_tracked("driven_application")},
    constraint pk_driven_application primary key (app_id)
);
create unique index uq_driven_application_app_icon on driven_application (app_icon);
create unique index uq_driven_application_protege on driven_application (protege) where protege;
create table driven_page (
    page_id bigint generated always as identity,
    nom text not null,
    description text not null,
    lien text not null,
    icon text constraint fk_driven_page_icon references public_file (path),
    app_id bigint constraint fk_driven_page_app_id references driven_application (app_id),
    {_tracked("driven_page")},
    constraint pk_driven_page primary key (page_id)
);
create unique index uq_driven_page_icon on driven_page (icon);
create index ix_driven_page_app_id on driven_page (app_id);
create table driven_entite (
    id bigint generated always as identity,
    nom text not null,
    code text not null,
    email text,{_tracked("driven_entite")},
    constraint pk_driven_entite primary key (id)
);
create unique index uq_driven_entite_code on driven_entite (code);
create table driven_utilisateur (
    id_utilisateur bigint not null
        constraint fk_driven_utilisateur_id_utilisateur references account (number),
    nom text not null,
    prenom text not null,
    login text not null,
    email text not null,
    statut text not null default 'Actif',
    date_expiration timestamptz,
    profil text,
    id_entite bigint constraint fk_driven_utilisateur_id_entite references driven_entite (id),
    accepte_a timestamptz,{_tracked("driven_utilisateur")},
    search_text text not null generated always as (
        socle_fold(nom || E'\\n' || prenom || E'\\n' || login || E'\\n' || email)
    ) stored,
    constraint pk_driven_utilisateur primary key (id_utilisateur),
    constraint ck_driven_utilisateur_statut check (statut in ('Actif', 'Inactif', 'Suspendu', 'En attente'))
);
create unique index uq_driven_utilisateur_login on driven_utilisateur (lower(login));
create unique index uq_driven_utilisateur_email on driven_utilisateur (email);
create index ix_driven_utilisateur_id_entite on driven_utilisateur (id_entite);
create index ix_driven_utilisateur_search_text on driven_utilisateur using gin (search_text gin_trgm_ops);
create table driven_invitation (
    id_utilisateur bigint
        constraint fk_driven_invitation_id_utilisateur
        references driven_utilisateur (id_utilisateur) on delete cascade,
    token_hash bytea not null,
    expires_at timestamptz not null,
    constraint pk_driven_invitation primary key (id_utilisateur),
    constraint uq_driven_invitation_token_hash unique (token_hash)
);
create table driven_permission (
    permission_id bigint generated always as identity,
    nom text not null,
    description text not null,{_tracked("driven_permission")},
    constraint pk_driven_permission primary key (permission_id)
);
create unique index uq_driven_permission_nom on driven_permission (nom);
create table driven_role (
    role_id bigint generated always as identity,
    nom text not null,
    description text not null,
    app_id bigint not null constraint fk_driven_role_app_id references driven_application (app_id),
    protege boolean not null default false,{_tracked("driven_role")},
    constraint pk_driven_role primary key (role_id),
    constraint uq_driven_role_role_id_app_id unique (role_id, app_id)
);
create unique index uq_driven_role_nom on driven_role (app_id, nom);
create table driven_role_permission (
    role_id bigint not null
        constraint fk_driven_role_permission_role_id references driven_role (role_id) on delete cascade,
    permission_id bigint not null
        constraint fk_driven_role_permission_permission_id
        references driven_permission (permission_id),
    constraint pk_driven_role_permission primary key (role_id, permission_id)
);
create index ix_driven_role_permission_permission_id on driven_role_permission (permission_id);
create table driven_utilisateur_role (
    ur_id bigint generated always as identity,
    id_utilisateur bigint not null
        constraint fk_driven_utilisateur_role_id_utilisateur
        references driven_utilisateur (id_utilisateur) on delete cascade,
    role_id bigint not null,
    app_id bigint not null,{_tracked("driven_utilisateur_role")},
    constraint pk_driven_utilisateur_role primary key (ur_id),
    constraint fk_driven_utilisateur_role_role_id_app_id
        foreign key (role_id, app_id) references driven_role (role_id, app_id)
);
create unique index uq_driven_utilisateur_role_app_id on driven_utilisateur_role (id_utilisateur, app_id);
create index ix_driven_utilisateur_role_role_id on driven_utilisateur_role (role_id, app_id);
create table driven_fonction_api (
    fonction_id bigint generated always as identity,
    nom_fonction text not null,
    description text not null,
    app_id bigint not null
        constraint fk_driven_fonction_api_app_id references driven_application (app_id),
    {_tracked("driven_fonction_api")},
    constraint pk_driven_fonction_api primary key (fonction_id)
);
create unique index uq_driven_fonction_api_nom_fonction on driven_fonction_api (app_id, nom_fonction);
create table driven_fonction_permission (
    fonction_id bigint not null
        constraint fk_driven_fonction_permission_fonction_id
        references driven_fonction_api (fonction_id) on delete cascade,
    permission_id bigint not null
        constraint fk_driven_fonction_permission_permission_id
        references driven_permission (permission_id),
    constraint pk_driven_fonction_permission primary key (fonction_id, permission_id)
);
create index ix_driven_fonction_permission_permission_id on driven_fonction_permission (permission_id);
create table driven_blacklist (
    id bigint generated always as identity,
    numero text not null,
    numero_compare text not null generated always as (regexp_replace(numero, '[-. ]', '', 'g')) stored,
    nom text,
    structure text,
    date_ajout timestamptz not null default now(),{_tracked("driven_blacklist")},
    constraint pk_driven_blacklist primary key (id)
);
create unique index uq_driven_blacklist_numero on driven_blacklist (numero_compare);
create table driven_trace (
    id bigint generated always as identity,
    date timestamptz not null default now(),
    action text not null,
    detail text,
    code text,
    param text,
    code_sql text,
    end_point text,
    id_utilisateur bigint
        constraint fk_driven_trace_id_utilisateur
        references driven_utilisateur (id_utilisateur) on delete set null,{_tracked("driven_trace")},
    constraint pk_driven_trace primary key (id)
);
create index ix_driven_trace_date on driven_trace (date desc, id desc);
create index ix_driven_trace_action on driven_trace (action, date desc);
create index ix_driven_trace_id_utilisateur on driven_trace (id_utilisateur, date desc);
create table driven_objectif (
    id bigint generated always as identity,
    titre text not null,
    id_utilisateur bigint not null
        constraint fk_driven_objectif_id_utilisateur
        references driven_utilisateur (id_utilisateur) on delete cascade,
    type text not null,
    description text,
    periode text not null,
    mois daterange not null generated always as (
        daterange(
            make_date(substr(periode, 1, 4)::integer, substr(periode, 6, 2)::integer, 1),
            (make_date(left(right(periode, 7), 4)::integer, right(periode, 2)::integer, 1) + interval '1 month')::date
        )
    ) stored,
    date_debut timestamptz,
    date_fin timestamptz,
    statut text not null,
    progression numeric(7, 6) not null default 0,
    valeur numeric(14, 2),{_tracked("driven_objectif")},
    constraint pk_driven_objectif primary key (id),
    constraint ck_driven_objectif_dates check (date_debut <= date_fin),
    constraint ck_driven_objectif_progression check (progression >= 0 and progression <= 1),
    constraint ck_driven_objectif_valeur check (valeur >= 0 and valeur < 1e12)
);
create index ix_driven_objectif_id_utilisateur on driven_objectif (id_utilisateur);
create index ix_driven_objectif_type on driven_objectif (type);
create index ix_driven_objectif_mois on driven_objectif using gist (mois);
create table driven_codification (
    id bigint generated always as identity,
    libelle text not null,
    param text not null,
    description text,{_tracked("driven_codification")},
    search_text text not null generated always as (
        socle_fold(libelle || E'\\n' || param || E'\\n' || coalesce(description, ''))
    ) stored,
    constraint pk_driven_codification primary key (id)
);
create unique index uq_driven_codification_param on driven_codification (param);
create index ix_driven_codification_search_text on driven_codification using gin (search_text gin_trgm_ops);
create table driven_setting (
    id_set bigint generated always as identity,
    id_utilisateur bigint not null
        constraint fk_driven_setting_id_utilisateur
        references driven_utilisateur (id_utilisateur) on delete cascade,
    id_codification bigint not null
        constraint fk_driven_setting_id_codification references driven_codification (id),
    constraint pk_driven_setting primary key (id_set)
);
create unique index uq_driven_setting_id_utilisateur on driven_setting (id_utilisateur, id_codification);
create index ix_driven_setting_id_codification on driven_setting (id_codification);
"""

SEED = """
insert into driven_application (nom, description, protege) values ('Portail', 'Portail de gouvernance des accès', true);
insert into driven_role (nom, description, app_id, protege)
select 'Admin', 'Administrateur', app_id, true from driven_application where protege;
insert into driven_permission (nom, description) values
    ('CREATE', 'Créer'), ('READ', 'Lire'), ('UPDATE', 'Modifier'), ('DELETE', 'Supprimer');
"""

NAMES = (
    "setting codification objectif trace blacklist fonction_permission fonction_api utilisateur_role role_permission"
    " role permission invitation utilisateur entite page application"
)


def upgrade() -> None:
    """Apply."""
    op.execute(FILES)
    op.execute(TABLES)
    op.execute(SEED)


def downgrade() -> None:
    """Undo."""
    for name in NAMES.split():
        op.execute(f"drop table driven_{name}")
    op.execute("drop table public_file")
