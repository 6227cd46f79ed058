"""Messages of the accounts area."""

from core.primitives.errors import message

CREDENTIALS_WRONG = message("credentials_wrong", fr="Identifiants invalides.", en="Invalid credentials.")
SIGN_IN_LIMITED = message(
    "sign_in_limited",
    fr="Trop d'échecs de connexion pour ce compte. Réessayez dans {seconds} secondes.",
    en="Too many failed sign-ins for this account. Try again in {seconds} seconds.",
)
BUSY = message(
    "sign_in_busy",
    fr="Le serveur est très sollicité. Réessayez dans un instant.",
    en="The server is very busy. Try again in a moment.",
)
DIRECTORY_DOWN = message(
    "directory_down",
    fr="L'annuaire ne répond pas. Réessayez dans un instant.",
    en="The directory does not answer. Try again in a moment.",
)
REFRESH_INVALID = message(
    "refresh_invalid",
    fr="Jeton de rafraîchissement invalide, expiré ou révoqué.",
    en="The refresh token is invalid, expired or revoked.",
)

PASSWORD_TOO_SHORT = message(
    "password_too_short",
    fr="Le mot de passe doit compter au moins {minimum} caractères.",
    en="The password must have at least {minimum} characters.",
)
PASSWORD_TOO_LONG = message(
    "password_too_long",
    fr="Le mot de passe doit compter au plus {maximum} caractères.",
    en="The password must have at most {maximum} characters.",
)
PASSWORD_NUMERIC = message(
    "password_numeric",
    fr="Le mot de passe ne peut pas être entièrement numérique.",
    en="The password cannot be entirely numeric.",
)
PASSWORD_COMMON = message("password_common", fr="Ce mot de passe est trop courant.", en="This password is too common.")
PASSWORD_SIMILAR = message(
    "password_similar",
    fr="Le mot de passe ressemble trop à l'adresse e-mail ou au nom.",
    en="The password is too similar to the email address or the name.",
)
PASSWORDS_DIFFER = message(
    "passwords_differ", fr="Les deux mots de passe ne correspondent pas.", en="The two passwords do not match."
)
OLD_PASSWORD_WRONG = message(
    "old_password_wrong", fr="L'ancien mot de passe est incorrect.", en="The old password is incorrect."
)
RESET_TOKEN_INVALID = message(
    "reset_token_invalid",
    fr="Ce lien de réinitialisation est invalide, expiré ou déjà utilisé.",
    en="This reset link is invalid, expired or already used.",
)

EMAIL_TAKEN = message(
    "email_taken",
    fr="Un compte avec cette adresse e-mail existe déjà.",
    en="An account with this email already exists.",
)
USERNAME_TAKEN = message(
    "username_taken", fr="Ce nom d'utilisateur est déjà pris.", en="This username is already taken."
)
USERNAME_INVALID = message(
    "username_invalid",
    fr="Un nom d'utilisateur compte 1 à 150 lettres, chiffres ou . + - _ ; il n'est pas l'adresse e-mail d'un autre.",
    en="A username has 1 to 150 letters, digits or . + - _ and is not somebody else's email address.",
)

FACTOR_ENABLED = message(
    "second_factor_enabled",
    fr="L'authentification à deux facteurs est déjà activée.",
    en="Two-factor authentication is already enabled.",
)
FACTOR_ABSENT = message(
    "second_factor_absent",
    fr="L'authentification à deux facteurs n'est pas activée.",
    en="Two-factor authentication is not enabled.",
)
METHOD_UNAVAILABLE = message(
    "second_factor_method_unavailable",
    fr="Cette méthode n'est pas disponible : {method}.",
    en="This method is not available: {method}.",
)
PHONE_MISSING = message(
    "second_factor_phone_missing",
    fr="Aucun numéro de téléphone n'est enregistré pour ce compte.",
    en="This account has no phone number.",
)
CODE_WRONG = message("code_wrong", fr="Code invalide ou expiré.", en="The code is invalid or has expired.")
CHALLENGE_OVER = message(
    "challenge_over",
    fr="Cette demande de code est terminée. Recommencez.",
    en="This request for a code is over. Start again.",
)
NO_CODE_TO_SEND = message(
    "no_code_to_send",
    fr="Votre application d'authentification donne les codes : aucun code n'est envoyé.",
    en="Your authenticator application gives the codes: none is sent.",
)
CODES_SENT = message(
    "codes_sent",
    fr="Trop de codes envoyés. Recommencez dans {seconds} secondes.",
    en="Too many codes were sent. Start again in {seconds} seconds.",
)
