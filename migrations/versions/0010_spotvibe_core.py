"""Settings, FAQ, reports, feedback, contact, uploads and maintenance of spotvibe; the actions of its administrators.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = r"""
alter table account add column search_text text generated always as (
    socle_fold(
        username || ' ' || coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(first_name, '')
    )
) stored not null;
create index ix_account_search_text on account using gin (search_text gin_trgm_ops);
create table spotvibe_setting (
    id bigint generated always as identity,
    cle text not null,
    valeur text not null,
    type_valeur text not null,
    description text not null default '',
    public boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_setting primary key (id),
    constraint ck_spotvibe_setting_type_valeur
        check (type_valeur in ('INTEGER', 'STRING', 'BOOLEAN', 'DECIMAL', 'JSON'))
);
create unique index uq_spotvibe_setting_cle on spotvibe_setting (lower(cle));
create table spotvibe_faq (
    id bigint generated always as identity,
    question text not null,
    reponse text not null,
    categorie text not null,
    ordre integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_faq primary key (id)
);
create index ix_spotvibe_faq_ordre on spotvibe_faq (ordre, id);
create index ix_spotvibe_faq_categorie on spotvibe_faq (lower(categorie));
create table spotvibe_contact (
    id bigint generated always as identity,
    nom text not null,
    email text not null,
    sujet text not null,
    message text not null,
    statut text not null default 'NOUVEAU',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_contact primary key (id),
    constraint ck_spotvibe_contact_statut check (statut in ('NOUVEAU', 'LU', 'TRAITE'))
);
create index ix_spotvibe_contact_statut on spotvibe_contact (statut, id);
create table spotvibe_feedback (
    id bigint generated always as identity,
    user_id bigint constraint fk_spotvibe_feedback_user_id references account (number),
    subject text not null,
    message text not null,
    email text not null,
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_feedback primary key (id)
);
create index ix_spotvibe_feedback_user_id on spotvibe_feedback (user_id);
create table spotvibe_report (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_report_user_id references account (number),
    content_type text not null,
    object_id bigint not null,
    reason text not null,
    description text not null default '',
    statut text not null default 'NOUVEAU',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_report primary key (id),
    constraint ck_spotvibe_report_content_type check (content_type in ('event', 'user')),
    constraint ck_spotvibe_report_statut check (statut in ('NOUVEAU', 'LU', 'TRAITE'))
);
create index ix_spotvibe_report_user_id on spotvibe_report (user_id);
create index ix_spotvibe_report_statut on spotvibe_report (statut, id);
create index ix_spotvibe_report_content_type on spotvibe_report (content_type, object_id);
create table spotvibe_upload (
    path text not null constraint fk_spotvibe_upload_path references public_file (path),
    user_id bigint not null constraint fk_spotvibe_upload_user_id references account (number),
    type text not null,
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_upload primary key (path),
    constraint ck_spotvibe_upload_type check (type in ('image', 'document'))
);
create index ix_spotvibe_upload_user_id on spotvibe_upload (user_id);
create table spotvibe_maintenance (
    id integer not null,
    active boolean not null default false,
    message text not null default '',
    changed_by bigint constraint fk_spotvibe_maintenance_changed_by references account (number),
    changed_at timestamptz not null default now(),
    constraint pk_spotvibe_maintenance primary key (id),
    constraint ck_spotvibe_maintenance_id check (id = 1)
);
create index ix_spotvibe_maintenance_changed_by on spotvibe_maintenance (changed_by);
create table spotvibe_suspension (
    user_id bigint not null constraint fk_spotvibe_suspension_user_id references spotvibe_profile (user_id),
    reason text not null default '',
    suspended_by bigint not null constraint fk_spotvibe_suspension_suspended_by references account (number),
    suspended_at timestamptz not null default now(),
    constraint pk_spotvibe_suspension primary key (user_id)
);
create index ix_spotvibe_suspension_suspended_by on spotvibe_suspension (suspended_by);
create table spotvibe_admin_action (
    id bigint generated always as identity,
    audit_id uuid not null constraint fk_spotvibe_admin_action_audit_id references audit_entry (id),
    reason text not null default '',
    constraint pk_spotvibe_admin_action primary key (id),
    constraint uq_spotvibe_admin_action_audit_id unique (audit_id)
);
"""

# What administrators do is known by the route they do it through: whichever feature records it, no one has to remember
# the list of `admin/actions/`. `(/|$)` ends a word, so that no longer name is meant. The reason that an administrator
# gives is told by the transaction itself, because features record their own entries.
ACTIONS = r"""
create function spotvibe_number_admin_action() returns trigger language plpgsql as $$
begin
    insert into spotvibe_admin_action (audit_id, reason)
    values (new.id, coalesce(current_setting('spotvibe.reason', true), ''));
    return null;
end $$;
create trigger spotvibe_admin_action after insert on audit_entry for each row
when (
    new.account_id is not null and new.method in ('POST', 'PUT', 'DELETE') and new.path ~ (
        '/api/(admin|core/(faq|settings|(contact|report)/[0-9]+)|events/categories|subscriptions/plans'
        || '|notifications/(templates|bulk-send))(/|$)'
    )
)
execute function spotvibe_number_admin_action();
"""

SEED = r"""
insert into spotvibe_maintenance (id) values (1);
insert into spotvibe_setting (cle, valeur, type_valeur, description, public) values
    ('MAX_IMAGE_SIZE', '5', 'INTEGER', 'Taille maximale des images uploadées en MB.', true);
insert into spotvibe_faq (question, reponse, categorie, ordre) values
    ('Comment réinitialiser mon mot de passe?',
     'Vous pouvez réinitialiser votre mot de passe en cliquant sur ''Mot de passe oublié'' sur la page de connexion.',
     'COMPTE', 1),
    ('Comment faire vérifier mon identité ?',
     'Depuis votre profil, envoyez une pièce d''identité et, si possible, un selfie avec elle. '
     || 'Notre équipe l''examine et vous prévient.',
     'COMPTE', 2),
    ('Comment acheter un billet ?',
     'Ouvrez l''événement, choisissez le nombre de billets (10 au plus) et payez par Mobile Money, avec MTN, '
     || 'Orange ou Moov. Vos billets apparaissent dès que le paiement est confirmé.',
     'BILLETS', 3),
    ('Que se passe-t-il si un événement est annulé ?',
     'Tous les billets payés sont remboursés par le moyen de paiement utilisé, et vous en êtes prévenu.',
     'BILLETS', 4),
    ('Comment présenter mon billet à l''entrée ?',
     'Montrez le QR code de votre billet, sur votre téléphone ou imprimé. Il n''est accepté qu''une seule fois.',
     'BILLETS', 5),
    ('Pourquoi mon événement n''est-il pas encore visible ?',
     'Chaque événement est examiné par notre équipe avant sa publication. Vous êtes prévenu de la décision.',
     'EVENEMENTS', 6),
    ('Combien d''événements puis-je créer chaque mois ?',
     'Trois sans abonnement ; avec un abonnement, autant que votre plan en prévoit.',
     'ABONNEMENTS', 7);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)
    op.execute(ACTIONS)
    op.execute(SEED)


def downgrade() -> None:
    """Undo."""
    op.execute("drop trigger spotvibe_admin_action on audit_entry")
    op.execute("drop function spotvibe_number_admin_action()")
    for name in (
        "admin_action",
        "suspension",
        "maintenance",
        "upload",
        "report",
        "feedback",
        "contact",
        "faq",
        "setting",
    ):
        op.execute(f"drop table spotvibe_{name}")
    op.execute("alter table account drop column search_text")
