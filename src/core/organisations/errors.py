"""Messages of the organisations area."""

from core.primitives.errors import message

ORGANISATION_UNKNOWN = message("organisation_unknown", fr="Cette entreprise n'existe pas.", en="Unknown organisation.")
OWN_ORGANISATION_STAYS = message(
    "own_organisation_stays",
    fr="L'entreprise de l'installation elle-même ne peut pas être supprimée.",
    en="The installation's own organisation cannot be deleted.",
)
ROLE_UNKNOWN = message("role_unknown", fr="Ce rôle n'existe pas.", en="Unknown role.")
ROLE_NOT_FOR_ASKING = message(
    "role_not_for_asking",
    fr="Ce rôle ne peut pas être demandé à l'inscription.",
    en="This role cannot be asked for at registration.",
)
ROLE_NOT_GRANTABLE = message(
    "role_not_grantable",
    fr="Vous ne pouvez pas attribuer ce rôle : il donne des permissions que vous n'avez pas.",
    en="You cannot grant this role: it gives permissions that you do not have.",
)
SUPER_ADMIN_NEVER = message(
    "super_admin_never",
    fr="Le rôle SUPER_ADMIN ne s'attribue pas.",
    en="The role SUPER_ADMIN is never assigned.",
)
OWNER_STAYS = message(
    "owner_stays",
    fr="Le propriétaire de l'entreprise ne peut être ni rétrogradé, ni désactivé, ni supprimé.",
    en="The owner of the organisation can be neither demoted, nor switched off, nor deleted.",
)
STATUS_NOT_GIVEN = message(
    "member_status_not_given",
    fr="Le statut d'un membre devient actif ou inactif.",
    en="A member's status becomes actif or inactif.",
)
MEMBERS_FULL = message(
    "organisation_members_full",
    fr="Limite d'utilisateurs atteinte ({used}/{limit})",
    en="User limit reached ({used}/{limit})",
)
ORGANISATION_NAME_TAKEN = message(
    "organisation_name_taken",
    fr="Une entreprise de ce nom existe déjà.",
    en="An organisation of this name already exists.",
)
ALREADY_MEMBER = message(
    "already_member",
    fr="Ce compte est déjà membre de cette entreprise.",
    en="This account is already a member of this organisation.",
)
