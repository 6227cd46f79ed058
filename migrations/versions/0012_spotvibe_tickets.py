"""The tickets of spotvibe: orders and what they hold.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
create table spotvibe_commande (
    id uuid not null,
    evenement_id bigint not null
        constraint fk_spotvibe_commande_evenement_id references spotvibe_evenement (id),
    user_id bigint not null constraint fk_spotvibe_commande_user_id references spotvibe_profile (user_id),
    paiement_id uuid not null constraint fk_spotvibe_commande_paiement_id references payment (id),
    quantite integer not null,
    prix_unitaire numeric(14, 2) not null,
    statut text not null default 'EN_ATTENTE',
    echeance timestamptz not null,
    rendu_le timestamptz,
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_commande primary key (id),
    constraint uq_spotvibe_commande_paiement_id unique (paiement_id),
    constraint ck_spotvibe_commande_quantite check (quantite between 1 and 10),
    constraint ck_spotvibe_commande_prix_unitaire check (prix_unitaire > 0 and prix_unitaire < 1e12),
    constraint ck_spotvibe_commande_statut
        check (statut in ('EN_ATTENTE', 'PAYE', 'ANNULE', 'REMBOURSE', 'EXPIRE'))
);
create index ix_spotvibe_commande_evenement_id on spotvibe_commande (evenement_id, statut, id);
create index ix_spotvibe_commande_user_id on spotvibe_commande (user_id);
create index ix_spotvibe_commande_echeance on spotvibe_commande (echeance) where statut = 'EN_ATTENTE';
create table spotvibe_billet (
    id bigint generated always as identity,
    uuid uuid not null,
    commande_id uuid constraint fk_spotvibe_billet_commande_id references spotvibe_commande (id),
    position integer not null default 1,
    evenement_id bigint not null constraint fk_spotvibe_billet_evenement_id references spotvibe_evenement (id),
    user_id bigint not null constraint fk_spotvibe_billet_user_id references spotvibe_profile (user_id),
    prix numeric(14, 2) not null,
    statut text not null default 'EN_ATTENTE',
    utilise_le timestamptz,
    scanne_par bigint constraint fk_spotvibe_billet_scanne_par references account (number),
    rappele_le timestamptz,
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_billet primary key (id),
    constraint uq_spotvibe_billet_uuid unique (uuid),
    constraint uq_spotvibe_billet_commande_id_position unique (commande_id, position),
    constraint ck_spotvibe_billet_position check (position between 1 and 10),
    constraint ck_spotvibe_billet_prix check (prix >= 0 and prix < 1e12),
    constraint ck_spotvibe_billet_commande_id check ((commande_id is null) = (prix = 0)),
    constraint ck_spotvibe_billet_statut
        check (statut in ('EN_ATTENTE', 'PAYE', 'UTILISE', 'ANNULE', 'REMBOURSE', 'EXPIRE')),
    constraint ck_spotvibe_billet_utilise_le check (statut <> 'UTILISE' or utilise_le is not null)
);
create index ix_spotvibe_billet_user_id on spotvibe_billet (user_id, id);
create index ix_spotvibe_billet_evenement_id on spotvibe_billet (evenement_id, user_id, statut);
create index ix_spotvibe_billet_statut on spotvibe_billet (statut, id);
create index ix_spotvibe_billet_scanne_par on spotvibe_billet (scanne_par);
create unique index uq_spotvibe_billet_gratuit on spotvibe_billet (evenement_id, user_id)
    where commande_id is null and statut in ('PAYE', 'UTILISE');
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
    op.execute("drop table spotvibe_billet")
    op.execute("drop table spotvibe_commande")
