"""The notifications of spotvibe.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
create table spotvibe_notification (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_notification_user_id references spotvibe_profile (user_id),
    titre text not null,
    message text not null,
    type_notification text not null,
    statut text not null default 'ENVOYE',
    lien_action text,
    donnees_supplementaires jsonb not null default '{}',
    date_creation timestamptz not null default now(),
    date_lecture timestamptz,
    constraint pk_spotvibe_notification primary key (id),
    constraint ck_spotvibe_notification_statut check (statut in ('ENVOYE', 'LU')),
    constraint ck_spotvibe_notification_date_lecture check ((statut = 'LU') = (date_lecture is not null))
);
create index ix_spotvibe_notification_user_id on spotvibe_notification (user_id, id);
create index ix_spotvibe_notification_non_lues on spotvibe_notification (user_id, id) where date_lecture is null;
create table spotvibe_notification_once (
    cle text not null,
    user_id bigint not null
        constraint fk_spotvibe_notification_once_user_id references spotvibe_profile (user_id),
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_notification_once primary key (cle, user_id)
);
create index ix_spotvibe_notification_once_user_id on spotvibe_notification_once (user_id);
create table spotvibe_notification_preference (
    id bigint generated always as identity,
    user_id bigint not null
        constraint fk_spotvibe_notification_preference_user_id references spotvibe_profile (user_id),
    type_notification text not null,
    canal text not null,
    actif boolean not null,
    frequence text not null,
    constraint pk_spotvibe_notification_preference primary key (id),
    constraint ck_spotvibe_notification_preference_canal check (canal in ('EMAIL', 'SMS', 'PUSH', 'IN_APP')),
    constraint ck_spotvibe_notification_preference_frequence
        check (frequence in ('IMMEDIATE', 'QUOTIDIEN', 'HEBDOMADAIRE', 'JAMAIS')),
    constraint uq_spotvibe_notification_preference_user_id unique (user_id, type_notification, canal)
);
create table spotvibe_notification_template (
    id bigint generated always as identity,
    type_notification text not null,
    nom text not null,
    canaux_actifs text[] not null,
    sujet_fr text not null,
    corps_fr text not null,
    sujet_en text not null,
    corps_en text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_notification_template primary key (id),
    constraint ck_spotvibe_notification_template_canaux_actifs
        check (canaux_actifs <@ array['EMAIL', 'SMS', 'PUSH', 'IN_APP']),
    constraint uq_spotvibe_notification_template_type_notification unique (type_notification)
);
create table spotvibe_push_token (
    id bigint generated always as identity,
    user_id bigint not null constraint fk_spotvibe_push_token_user_id references spotvibe_profile (user_id),
    token text not null,
    plateforme text not null,
    nom_appareil text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_spotvibe_push_token primary key (id),
    constraint ck_spotvibe_push_token_plateforme check (plateforme in ('ANDROID', 'IOS', 'WEB')),
    constraint uq_spotvibe_push_token_token unique (token)
);
create index ix_spotvibe_push_token_user_id on spotvibe_push_token (user_id, id);
create table spotvibe_notification_digest (
    id bigint generated always as identity,
    user_id bigint not null
        constraint fk_spotvibe_notification_digest_user_id references spotvibe_profile (user_id),
    canal text not null,
    frequence text not null,
    titre text not null,
    message text not null,
    created_at timestamptz not null default now(),
    constraint pk_spotvibe_notification_digest primary key (id),
    constraint ck_spotvibe_notification_digest_canal check (canal in ('EMAIL', 'SMS', 'PUSH', 'IN_APP')),
    constraint ck_spotvibe_notification_digest_frequence check (frequence in ('QUOTIDIEN', 'HEBDOMADAIRE'))
);
create index ix_spotvibe_notification_digest_frequence
    on spotvibe_notification_digest (frequence, user_id, canal, id);
create index ix_spotvibe_notification_digest_user_id on spotvibe_notification_digest (user_id);
create table spotvibe_envoi (
    id bigint generated always as identity,
    cle text,
    template_id bigint constraint fk_spotvibe_envoi_template_id
        references spotvibe_notification_template (id) on delete set null,
    contenu jsonb not null,
    donnees jsonb not null,
    statut text not null default 'EN_ATTENTE',
    total integer not null,
    envoyes integer not null default 0,
    echecs integer not null default 0,
    demande_par bigint constraint fk_spotvibe_envoi_demande_par references account (number),
    created_at timestamptz not null default now(),
    date_fin timestamptz,
    constraint pk_spotvibe_envoi primary key (id),
    constraint ck_spotvibe_envoi_statut check (statut in ('EN_ATTENTE', 'EN_COURS', 'TERMINE')),
    constraint ck_spotvibe_envoi_total check (envoyes >= 0 and echecs >= 0 and envoyes + echecs <= total),
    constraint ck_spotvibe_envoi_date_fin check ((statut = 'TERMINE') = (date_fin is not null)),
    constraint uq_spotvibe_envoi_cle unique (cle)
);
create index ix_spotvibe_envoi_template_id on spotvibe_envoi (template_id);
create index ix_spotvibe_envoi_demande_par on spotvibe_envoi (demande_par);
create table spotvibe_envoi_destinataire (
    envoi_id bigint not null constraint fk_spotvibe_envoi_destinataire_envoi_id references spotvibe_envoi (id),
    user_id bigint not null
        constraint fk_spotvibe_envoi_destinataire_user_id references spotvibe_profile (user_id),
    statut text not null default 'EN_ATTENTE',
    constraint pk_spotvibe_envoi_destinataire primary key (envoi_id, user_id),
    constraint ck_spotvibe_envoi_destinataire_statut check (statut in ('EN_ATTENTE', 'ENVOYE', 'ECHEC'))
);
create index ix_spotvibe_envoi_destinataire_user_id on spotvibe_envoi_destinataire (user_id);
create index ix_spotvibe_envoi_destinataire_en_attente on spotvibe_envoi_destinataire (envoi_id, user_id)
    where statut = 'EN_ATTENTE';
"""

TEMPLATES = (
    (
        "WELCOME",
        "Message de bienvenue",
        ["EMAIL", "IN_APP"],
        "Bienvenue sur SpotVibe, {prenom} !",
        (
            "Bonjour {prenom}, votre compte SpotVibe est prêt. Découvrez les événements près de chez vous, suivez"
            " vos organisateurs préférés et réservez vos billets en quelques instants."
        ),
        "Welcome to SpotVibe, {prenom}!",
        (
            "Hello {prenom}, your SpotVibe account is ready. Discover events near you, follow the organisers you "
            "like and book your tickets in no time."
        ),
    ),
    (
        "EVENT_REMINDER",
        "Rappel d'événement",
        ["EMAIL", "PUSH", "IN_APP"],
        "Rappel : {evenement}",
        "« {evenement} » commence le {date_debut}. Pensez à préparer votre billet.",
        "Reminder: {evenement}",
        "“{evenement}” starts on {date_debut}. Remember to have your ticket ready.",
    ),
    (
        "EVENT_APPROVED",
        "Événement approuvé",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre événement est en ligne : {evenement}",
        "Bonne nouvelle, « {evenement} » a été approuvé. Il est maintenant visible de tous.",
        "Your event is online: {evenement}",
        "Good news, “{evenement}” has been approved. Everybody can see it now.",
    ),
    (
        "EVENT_REJECTED",
        "Événement refusé",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre événement n'a pas été approuvé : {evenement}",
        "« {evenement} » n'a pas été approuvé. Motif : {motif}. Vous pouvez le corriger et le soumettre de nouveau.",
        "Your event was not approved: {evenement}",
        "“{evenement}” was not approved. Reason: {motif}. You can correct it and submit it again.",
    ),
    (
        "EVENT_CANCELLED",
        "Événement annulé",
        ["EMAIL", "SMS", "PUSH", "IN_APP"],
        "Événement annulé : {evenement}",
        (
            "« {evenement} » est annulé. Si vous avez payé un billet, son prix vous est remboursé sur le moyen de"
            " paiement que vous avez utilisé."
        ),
        "Event cancelled: {evenement}",
        "“{evenement}” is cancelled. If you paid for a ticket, its price is refunded to the means of payment you used.",
    ),
    (
        "NEW_EVENT",
        "Nouvel événement d'un organisateur suivi",
        ["PUSH", "IN_APP"],
        "Nouvel événement : {evenement}",
        "{organisateur}, que vous suivez, organise « {evenement} ».",
        "New event: {evenement}",
        "{organisateur}, whom you follow, organises “{evenement}”.",
    ),
    (
        "INVITATION",
        "Invitation à un événement",
        ["EMAIL", "PUSH", "IN_APP"],
        "Vous êtes invité : {evenement}",
        "{organisateur} vous invite à « {evenement} ». Confirmez votre participation pour recevoir votre billet.",
        "You are invited: {evenement}",
        "{organisateur} invites you to “{evenement}”. Confirm that you take part to get your ticket.",
    ),
    (
        "TICKET_PURCHASED",
        "Billets payés",
        ["EMAIL", "PUSH", "IN_APP"],
        "Vos billets pour {evenement}",
        (
            "Votre paiement est confirmé. Vous avez {quantite} billet(s) pour « {evenement} » : vous les trouvez,"
            " avec leur code QR, dans « Mes billets »."
        ),
        "Your tickets for {evenement}",
        (
            "Your payment is confirmed. You have {quantite} ticket(s) for “{evenement}”: you find them, with "
            "their QR code, in “My tickets”."
        ),
    ),
    (
        "PAYMENT_FAILED",
        "Paiement échoué",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre paiement n'a pas abouti",
        "Votre paiement ({objet}) n'a pas abouti : {motif}. Rien ne vous a été débité ; vous pouvez réessayer.",
        "Your payment did not go through",
        "Your payment ({objet}) did not go through: {motif}. You were not charged; you can try again.",
    ),
    (
        "REFUND_APPROVED",
        "Remboursement accepté",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre demande de remboursement est acceptée",
        "Votre demande de remboursement de {montant} est acceptée. L'argent vous est envoyé sous peu.",
        "Your refund request is accepted",
        "Your refund request of {montant} is accepted. The money will be sent to you shortly.",
    ),
    (
        "REFUND_REJECTED",
        "Remboursement refusé",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre demande de remboursement est refusée",
        "Votre demande de remboursement de {montant} n'a pas été acceptée. Pour toute question, contactez-nous.",
        "Your refund request is refused",
        "Your refund request of {montant} was not accepted. If you have any question, contact us.",
    ),
    (
        "REFUND_DONE",
        "Remboursement effectué",
        ["EMAIL", "SMS", "PUSH", "IN_APP"],
        "Vous avez été remboursé",
        "{montant} vous ont été remboursés sur le moyen de paiement que vous avez utilisé.",
        "You have been refunded",
        "{montant} have been refunded to the means of payment you used.",
    ),
    (
        "NEW_FOLLOWER",
        "Nouvel abonné",
        ["PUSH", "IN_APP"],
        "{abonne} vous suit",
        "{abonne} suit désormais vos événements.",
        "{abonne} follows you",
        "{abonne} now follows your events.",
    ),
    (
        "VERIFICATION_APPROVED",
        "Identité vérifiée",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre identité est vérifiée",
        "Vos documents ont été approuvés : votre profil porte désormais le badge « vérifié ».",
        "Your identity is verified",
        "Your documents have been approved: your profile now bears the “verified” badge.",
    ),
    (
        "VERIFICATION_REJECTED",
        "Vérification refusée",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre identité n'a pas pu être vérifiée",
        "Vos documents n'ont pas été acceptés. Motif : {commentaire}. Vous pouvez en soumettre d'autres.",
        "Your identity could not be verified",
        "Your documents were not accepted. Reason: {commentaire}. You can submit others.",
    ),
    (
        "SUBSCRIPTION_ACTIVATED",
        "Abonnement activé",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre abonnement {plan} est actif",
        "Votre abonnement {plan} est actif jusqu'au {date_fin}. Merci de votre confiance.",
        "Your {plan} subscription is active",
        "Your {plan} subscription is active until {date_fin}. Thank you for your trust.",
    ),
    (
        "SUBSCRIPTION_EXPIRING",
        "Abonnement bientôt terminé",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre abonnement {plan} se termine bientôt",
        "Votre abonnement {plan} se termine le {date_fin}. Renouvelez-le pour garder vos avantages.",
        "Your {plan} subscription ends soon",
        "Your {plan} subscription ends on {date_fin}. Renew it to keep your benefits.",
    ),
    (
        "SUBSCRIPTION_EXPIRED",
        "Abonnement terminé",
        ["EMAIL", "PUSH", "IN_APP"],
        "Votre abonnement {plan} est terminé",
        "Votre abonnement {plan} est terminé. Vous pouvez en prendre un nouveau à tout moment.",
        "Your {plan} subscription has ended",
        "Your {plan} subscription has ended. You can take a new one at any time.",
    ),
    (
        "RENEWAL_LINK",
        "Lien de renouvellement",
        ["EMAIL", "SMS", "PUSH", "IN_APP"],
        "Renouvelez votre abonnement {plan}",
        "Pour renouveler votre abonnement {plan}, confirmez le paiement à cette adresse : {url}",
        "Renew your {plan} subscription",
        "To renew your {plan} subscription, confirm the payment at this address: {url}",
    ),
    (
        "SYSTEM_ANNOUNCEMENT",
        "Annonce",
        ["EMAIL", "PUSH", "IN_APP"],
        "{titre}",
        "{message}",
        "{titre}",
        "{message}",
    ),
    (
        "TEST",
        "Notification de test",
        ["EMAIL", "PUSH", "IN_APP"],
        "Notification de test",
        "Bonjour {prenom}, ceci est une notification de test. Si vous la lisez, tout fonctionne.",
        "Test notification",
        "Hello {prenom}, this is a test notification. If you can read it, everything works.",
    ),
)
"""Type, name, channels, title and text in French and in English."""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLES)
    template = sa.table(
        "spotvibe_notification_template",
        sa.column("type_notification"),
        sa.column("nom"),
        sa.column("canaux_actifs", ARRAY(sa.Text())),
        sa.column("sujet_fr"),
        sa.column("corps_fr"),
        sa.column("sujet_en"),
        sa.column("corps_en"),
    )
    op.bulk_insert(template, [dict(zip(template.c.keys(), values, strict=True)) for values in TEMPLATES])


def downgrade() -> None:
    """Undo."""
    for name in (
        "envoi_destinataire",
        "envoi",
        "notification_digest",
        "push_token",
        "notification_template",
        "notification_preference",
        "notification_once",
        "notification",
    ):
        op.execute(f"drop table spotvibe_{name}")
