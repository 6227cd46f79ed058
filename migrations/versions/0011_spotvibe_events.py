"""The events of spotvibe.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from adapters.db.grouped_tallies import GroupedTally, keep_tally, stop_tally

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
create table spotvibe_categorie (
    id bigint generated always as identity,
    nom text not null,
    description text not null default '',
    icone text not null default '',
    couleur text not null default '',
    constraint pk_spotvibe_categorie primary key (id)
);
create unique index uq_spotvibe_categorie_nom on spotvibe_categorie (socle_fold(nom));
insert into spotvibe_categorie (nom, description, icone, couleur) values
    ('Concert', 'Événements musicaux en direct.', 'fas fa-music', '#FF0000'),
    ('Festival', 'Rencontres de plusieurs jours, musique et arts.', 'fas fa-star', '#FF8C00'),
    ('Théâtre et spectacle', 'Pièces, danse, humour et contes.', 'fas fa-theater-masks', '#8E24AA'),
    ('Conférence', 'Exposés, débats et rencontres professionnelles.', 'fas fa-microphone', '#1E88E5'),
    ('Formation et atelier', 'Apprendre ensemble, sur place ou à distance.', 'fas fa-chalkboard-teacher', '#3949AB'),
    ('Sport', 'Compétitions, courses et tournois.', 'fas fa-futbol', '#43A047'),
    ('Gastronomie', 'Dégustations, marchés et cuisine.', 'fas fa-utensils', '#D81B60'),
    ('Exposition et foire', 'Art, artisanat et salons.', 'fas fa-palette', '#00897B'),
    ('Soirée', 'Fêtes, boîtes de nuit et rooftops.', 'fas fa-glass-cheers', '#5E35B1'),
    ('Cinéma', 'Projections et avant-premières.', 'fas fa-film', '#6D4C41'),
    ('Culture et tradition', 'Cérémonies, Vodoun Days et fêtes traditionnelles.', 'fas fa-drum', '#F4511E'),
    ('Autre', 'Tout ce qui n''a pas sa place ailleurs.', 'fas fa-calendar', '#757575');
create table spotvibe_evenement (
    id bigint generated always as identity,
    createur_id bigint not null constraint fk_spotvibe_evenement_createur_id references spotvibe_profile (user_id),
    categorie_id bigint not null constraint fk_spotvibe_evenement_categorie_id references spotvibe_categorie (id),
    titre text not null,
    description text not null,
    description_courte text not null,
    date_debut timestamptz not null,
    date_fin timestamptz not null,
    lieu text not null,
    adresse text not null default '',
    latitude double precision,
    longitude double precision,
    type_acces text not null,
    prix numeric(14, 2) not null default 0,
    capacite integer,
    places_prises integer not null default 0,
    image_couverture text constraint fk_spotvibe_evenement_image_couverture references public_file (path),
    statut text not null default 'EN_ATTENTE',
    nombre_vues bigint not null default 0,
    nombre_partages bigint not null default 0,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    search_text text not null generated always as (socle_fold(titre || E'\\n' || description)) stored,
    tendance integer not null generated always as (
        floor(8 * (
            ln(greatest(1, 1 + nombre_vues + 5 * nombre_partages + 10 * places_prises)::double precision)
            / ln(2::double precision)
            + extract(epoch from created_at - timestamptz '2020-01-01 00:00:00+00')::double precision / 604800
        ))::integer
    ) stored,
    constraint pk_spotvibe_evenement primary key (id),
    constraint ck_spotvibe_evenement_statut
        check (statut in ('BROUILLON', 'EN_ATTENTE', 'VALIDE', 'REJETE', 'ANNULE', 'TERMINE')),
    constraint ck_spotvibe_evenement_type_acces check (type_acces in ('GRATUIT', 'PAYANT', 'INVITATION')),
    constraint ck_spotvibe_evenement_prix
        check (prix >= 0 and prix < 1e12 and (type_acces = 'PAYANT') = (prix > 0)),
    constraint ck_spotvibe_evenement_date_fin check (date_fin > date_debut),
    constraint ck_spotvibe_evenement_position check (
        (latitude is null) = (longitude is null)
        and latitude between -90 and 90 and longitude between -180 and 180
    ),
    constraint ck_spotvibe_evenement_capacite check (capacite > 0),
    constraint ck_spotvibe_evenement_places_prises check (places_prises >= 0 and places_prises <= capacite),
    constraint ck_spotvibe_evenement_nombre_vues check (nombre_vues >= 0),
    constraint ck_spotvibe_evenement_nombre_partages check (nombre_partages >= 0),
    constraint ck_spotvibe_evenement_archived_at check (archived_at is null or statut = 'ANNULE')
) with (fillfactor = 90);
create index ix_spotvibe_evenement_createur_id on spotvibe_evenement (createur_id, id);
create index ix_spotvibe_evenement_categorie_id on spotvibe_evenement (categorie_id, id);
create index ix_spotvibe_evenement_categorie_id_statut on spotvibe_evenement (categorie_id, statut, id);
create index ix_spotvibe_evenement_statut on spotvibe_evenement (statut, id);
create unique index uq_spotvibe_evenement_image_couverture on spotvibe_evenement (image_couverture);
create index ix_spotvibe_evenement_search_text on spotvibe_evenement using gin (search_text gin_trgm_ops);
create index ix_spotvibe_evenement_created_at on spotvibe_evenement (created_at);
create index ix_spotvibe_evenement_date_debut on spotvibe_evenement (date_debut, id);
create index ix_spotvibe_evenement_titre on spotvibe_evenement (titre, id);
create index ix_spotvibe_evenement_lieu on spotvibe_evenement (lieu, id);
create index ix_spotvibe_evenement_date_fin on spotvibe_evenement (date_fin) where statut = 'VALIDE';
create index ix_spotvibe_evenement_to_come on spotvibe_evenement (date_debut) where statut = 'VALIDE';
create index ix_spotvibe_evenement_tendance on spotvibe_evenement (tendance, id) where statut = 'VALIDE';
create table spotvibe_partage (
    id bigint generated always as identity,
    evenement_id bigint not null
        constraint fk_spotvibe_partage_evenement_id references spotvibe_evenement (id),
    user_id bigint not null constraint fk_spotvibe_partage_user_id references spotvibe_profile (user_id),
    plateforme text not null,
    lien text not null default '',
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_partage primary key (id),
    constraint ck_spotvibe_partage_plateforme check (
        plateforme in ('FACEBOOK', 'TWITTER', 'WHATSAPP', 'INSTAGRAM', 'TELEGRAM', 'EMAIL', 'LIEN', 'AUTRE')
    )
);
create index ix_spotvibe_partage_evenement_id on spotvibe_partage (evenement_id, id);
create index ix_spotvibe_partage_user_id on spotvibe_partage (user_id, id);
create table spotvibe_evenement_tally (
    id bigint generated always as identity,
    statut text not null,
    categorie_id bigint not null,
    amount bigint not null,
    constraint pk_spotvibe_evenement_tally primary key (id)
);
create index ix_spotvibe_evenement_tally_statut on spotvibe_evenement_tally (statut, categorie_id) include (amount);
"""

COUNTED = GroupedTally("spotvibe_evenement", "spotvibe_evenement_tally", ("statut", "categorie_id"), "archived_at")


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)
    keep_tally(op, COUNTED)


def downgrade() -> None:
    """Undo."""
    stop_tally(op, COUNTED)
    op.execute("drop table spotvibe_evenement_tally, spotvibe_partage, spotvibe_evenement, spotvibe_categorie")
