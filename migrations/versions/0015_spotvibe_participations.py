"""Participations in spotvibe's events, and invitations to them.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = """
create table spotvibe_participation (
    id bigint generated always as identity,
    evenement_id bigint not null
        constraint fk_spotvibe_participation_evenement_id references spotvibe_evenement (id),
    user_id bigint not null constraint fk_spotvibe_participation_user_id references spotvibe_profile (user_id),
    statut text not null,
    place_prise boolean not null default false,
    date_participation timestamptz not null default now(),
    rappel_le timestamptz,
    constraint pk_spotvibe_participation primary key (id),
    constraint ck_spotvibe_participation_statut check (statut in ('PARTICIPE', 'INTERESSE')),
    constraint ck_spotvibe_participation_place_prise check (statut = 'PARTICIPE' or not place_prise),
    constraint uq_spotvibe_participation_evenement_id_user_id unique (evenement_id, user_id)
);
create index ix_spotvibe_participation_evenement_id on spotvibe_participation (evenement_id, id);
create index ix_spotvibe_participation_user_id on spotvibe_participation (user_id, id);
create index ix_spotvibe_participation_statut on spotvibe_participation (statut, evenement_id);
create index ix_spotvibe_participation_rappel_le on spotvibe_participation (evenement_id)
    where statut = 'PARTICIPE' and rappel_le is null;
create table spotvibe_invitation (
    id bigint generated always as identity,
    evenement_id bigint not null
        constraint fk_spotvibe_invitation_evenement_id references spotvibe_evenement (id),
    user_id bigint not null constraint fk_spotvibe_invitation_user_id references spotvibe_profile (user_id),
    invite_par bigint not null constraint fk_spotvibe_invitation_invite_par references spotvibe_profile (user_id),
    date_invitation timestamptz not null default now(),
    constraint pk_spotvibe_invitation primary key (id),
    constraint uq_spotvibe_invitation_evenement_id_user_id unique (evenement_id, user_id)
);
create index ix_spotvibe_invitation_evenement_id on spotvibe_invitation (evenement_id, id);
create index ix_spotvibe_invitation_user_id on spotvibe_invitation (user_id, id);
create index ix_spotvibe_invitation_invite_par on spotvibe_invitation (invite_par);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)


def downgrade() -> None:
    """Undo."""
    for name in ("invitation", "participation"):
        op.execute(f"drop table spotvibe_{name}")
