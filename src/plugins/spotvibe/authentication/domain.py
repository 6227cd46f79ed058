"""What holds of social accounts, whoever asks."""

from enum import StrEnum

from core.primitives.errors import message


class Provider(StrEnum):
    """A provider of identities, as the document names it."""

    GOOGLE = "GOOGLE"
    FACEBOOK = "FACEBOOK"


class Tentative(StrEnum):
    """What came of a sign-in attempt, as the document names it."""

    REUSSI = "REUSSI"
    ECHEC = "ECHEC"


TOKEN_REFUSED = message(
    "spotvibe_social_token_refused",
    fr="Ce jeton est invalide, expiré, ou destiné à une autre application.",
    en="This token is invalid, expired, or meant for another application.",
)
PROVIDER_CLOSED = message(
    "spotvibe_provider_closed",
    fr="La connexion par {provider} n'est pas disponible ici.",
    en="Signing in through {provider} is not available here.",
)
EMAIL_NEEDED = message(
    "spotvibe_social_email_needed",
    fr="Le fournisseur n'a pas communiqué d'adresse e-mail : autorisez-en l'accès.",
    en="The provider gave no email address: allow access to it.",
)
EMAIL_UNPROVED = message(
    "spotvibe_social_email_unproved",
    fr="Un compte a déjà cette adresse, que le fournisseur n'a pas vérifiée. Connectez-vous avec votre mot de passe.",
    en="An account has this address already, and the provider has not verified it. Sign in with your password.",
)
OTHER_LINKED = message(
    "spotvibe_social_other_linked",
    fr="Un autre compte de ce fournisseur est déjà lié à cette adresse.",
    en="Another account of this provider is linked to this address already.",
)
ACCOUNT_CLOSED = message(
    "spotvibe_social_account_closed", fr="Ce compte est désactivé.", en="This account is switched off."
)
NOT_LINKED = message(
    "spotvibe_social_not_linked",
    fr="Aucun compte de ce fournisseur n'est lié au vôtre.",
    en="No account of this provider is linked to yours.",
)
LAST_WAY_IN = message(
    "spotvibe_social_last_way_in",
    fr="C'est votre seul moyen de connexion : choisissez d'abord un mot de passe.",
    en="This is your only way to sign in: choose a password first.",
)
