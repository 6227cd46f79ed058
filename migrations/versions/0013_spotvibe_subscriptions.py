"""The subscriptions of spotvibe.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
create table spotvibe_plan (
    id bigint generated always as identity,
    nom text not null,
    type_plan text not null,
    prix numeric(14, 2) not null,
    duree text not null,
    description text not null default '',
    max_evenements_par_mois integer,
    commission_reduite numeric(5, 2) not null,
    support_prioritaire boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_plan primary key (id),
    constraint ck_spotvibe_plan_type_plan check (type_plan in ('STANDARD', 'PREMIUM', 'GOLD')),
    constraint ck_spotvibe_plan_prix check (prix >= 0 and prix < 1e12),
    constraint ck_spotvibe_plan_duree check (duree in ('MENSUEL', 'TRIMESTRIEL', 'SEMESTRIEL', 'ANNUEL')),
    constraint ck_spotvibe_plan_max_evenements_par_mois check (max_evenements_par_mois >= 0),
    constraint ck_spotvibe_plan_commission_reduite check (commission_reduite >= 0 and commission_reduite <= 100)
);
create unique index uq_spotvibe_plan_nom on spotvibe_plan (lower(nom));
create index ix_spotvibe_plan_prix on spotvibe_plan (prix, id);
insert into spotvibe_plan (nom, type_plan, prix, duree, description, max_evenements_par_mois, commission_reduite,
                           support_prioritaire) values
    ('Standard', 'STANDARD', 10000, 'MENSUEL', 'Accès de base aux fonctionnalités.', 1, 10, false),
    ('Premium', 'PREMIUM', 25000, 'MENSUEL', 'Davantage d''événements et une commission réduite.', 5, 8, true),
    ('Gold', 'GOLD', 50000, 'MENSUEL', 'Événements illimités et la commission la plus basse.', null, 5, true);
create table spotvibe_abonnement (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_abonnement_user_id references spotvibe_profile (user_id),
    plan_id bigint not null constraint fk_spotvibe_abonnement_plan_id references spotvibe_plan (id),
    statut text not null default 'ACTIF',
    date_debut timestamptz not null,
    date_fin timestamptz not null,
    prix_paye numeric(14, 2) not null,
    prix_periode numeric(14, 2) not null,
    jours_periode integer not null,
    renouvellement_automatique boolean not null default true,
    methode text,
    telephone text,
    rappele_jours integer,
    renouvele_pour timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_abonnement primary key (id),
    constraint ck_spotvibe_abonnement_statut check (statut in ('ACTIF', 'EXPIRE', 'ANNULE', 'REMPLACE')),
    constraint ck_spotvibe_abonnement_date_fin check (date_fin >= date_debut),
    constraint ck_spotvibe_abonnement_prix_paye check (prix_paye >= 0 and prix_paye < 1e12),
    constraint ck_spotvibe_abonnement_prix_periode check (prix_periode >= 0 and prix_periode < 1e12),
    constraint ck_spotvibe_abonnement_jours_periode check (jours_periode > 0)
);
create unique index uq_spotvibe_abonnement_actif on spotvibe_abonnement (user_id) where statut = 'ACTIF';
create index ix_spotvibe_abonnement_user_id on spotvibe_abonnement (user_id, id desc);
create index ix_spotvibe_abonnement_plan_id on spotvibe_abonnement (plan_id);
create index ix_spotvibe_abonnement_statut on spotvibe_abonnement (statut, date_fin);
create table spotvibe_abonnement_achat (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_abonnement_achat_user_id references spotvibe_profile (user_id),
    nature text not null,
    plan_id bigint not null constraint fk_spotvibe_abonnement_achat_plan_id references spotvibe_plan (id),
    depuis_id bigint constraint fk_spotvibe_abonnement_achat_depuis_id references spotvibe_abonnement (id),
    abonnement_id bigint constraint fk_spotvibe_abonnement_achat_abonnement_id references spotvibe_abonnement (id),
    statut text not null default 'EN_ATTENTE',
    montant numeric(14, 2) not null,
    prix_periode numeric(14, 2) not null,
    credit numeric(14, 2) not null default 0,
    jours_offerts integer not null default 0,
    automatique boolean not null default false,
    methode text,
    telephone text,
    payment_id uuid constraint fk_spotvibe_abonnement_achat_payment_id references payment (id),
    debut timestamptz,
    fin timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_abonnement_achat primary key (id),
    constraint uq_spotvibe_abonnement_achat_payment_id unique (payment_id),
    constraint ck_spotvibe_abonnement_achat_nature
        check (nature in ('SOUSCRIPTION', 'RENOUVELLEMENT', 'MISE_A_NIVEAU')),
    constraint ck_spotvibe_abonnement_achat_statut check (statut in ('EN_ATTENTE', 'PAYE', 'ECHOUE', 'REMBOURSE')),
    constraint ck_spotvibe_abonnement_achat_depuis check ((nature = 'SOUSCRIPTION') = (depuis_id is null)),
    constraint ck_spotvibe_abonnement_achat_livre check (
        (statut in ('PAYE', 'REMBOURSE')) = (abonnement_id is not null)
        and (abonnement_id is null) = (debut is null) and (abonnement_id is null) = (fin is null)
    ),
    constraint ck_spotvibe_abonnement_achat_montant check (montant >= 0 and montant < 1e12),
    constraint ck_spotvibe_abonnement_achat_prix_periode check (prix_periode >= 0 and prix_periode < 1e12),
    constraint ck_spotvibe_abonnement_achat_credit check (credit >= 0 and credit < 1e12),
    constraint ck_spotvibe_abonnement_achat_jours_offerts check (jours_offerts >= 0)
);
create index ix_spotvibe_abonnement_achat_user_id on spotvibe_abonnement_achat (user_id, id desc);
create index ix_spotvibe_abonnement_achat_plan_id on spotvibe_abonnement_achat (plan_id);
create index ix_spotvibe_abonnement_achat_depuis_id on spotvibe_abonnement_achat (depuis_id);
create index ix_spotvibe_abonnement_achat_abonnement_id on spotvibe_abonnement_achat (abonnement_id);
create index ix_spotvibe_abonnement_achat_statut on spotvibe_abonnement_achat (statut, id);
create table spotvibe_abonnement_historique (
    id bigint generated always as identity,
    user_id bigint not null
        constraint fk_spotvibe_abonnement_historique_user_id references spotvibe_profile (user_id),
    abonnement_id bigint not null
        constraint fk_spotvibe_abonnement_historique_abonnement_id references spotvibe_abonnement (id),
    plan_id bigint not null constraint fk_spotvibe_abonnement_historique_plan_id references spotvibe_plan (id),
    action text not null,
    date_action timestamptz not null,
    constraint pk_spotvibe_abonnement_historique primary key (id),
    constraint ck_spotvibe_abonnement_historique_action
        check (action in ('SOUSCRIPTION', 'RENOUVELLEMENT', 'MISE_A_NIVEAU', 'ANNULATION', 'EXPIRATION'))
);
create index ix_spotvibe_abonnement_historique_user_id on spotvibe_abonnement_historique (user_id, id desc);
create index ix_spotvibe_abonnement_historique_abonnement_id on spotvibe_abonnement_historique (abonnement_id);
create index ix_spotvibe_abonnement_historique_plan_id on spotvibe_abonnement_historique (plan_id);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
    for name in ("abonnement_historique", "abonnement_achat", "abonnement", "plan"):
        op.execute(f"drop table spotvibe_{name}")
