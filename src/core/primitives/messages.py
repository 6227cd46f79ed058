"""Messages about single fields that every product shares."""

from core.primitives.errors import message

REQUIRED = message("required", fr="Ce champ est obligatoire.", en="This field is required.")
NULL = message("null", fr="Ce champ ne peut être nul.", en="This field may not be null.")
BLANK = message("blank", fr="Ce champ ne peut être vide.", en="This field may not be blank.")
NOT_TEXT = message("not_text", fr="Une chaîne de caractères est attendue.", en="A string is expected.")
NOT_INTEGER = message("not_integer", fr="Un nombre entier est attendu.", en="A whole number is expected.")
NOT_NUMBER = message("not_number", fr="Un nombre est attendu.", en="A number is expected.")
NOT_BOOLEAN = message("not_boolean", fr="Un booléen est attendu.", en="A boolean is expected.")
NOT_LIST = message("not_list", fr="Une liste est attendue.", en="A list is expected.")
NOT_OBJECT = message("not_object", fr="Un objet est attendu.", en="An object is expected.")
NOT_UUID = message("not_uuid", fr="Un UUID valide est attendu.", en="A valid UUID is expected.")
NOT_DATE = message(
    "not_date", fr="Une date au format AAAA-MM-JJ est attendue.", en="A date in the form YYYY-MM-DD is expected."
)
NOT_INSTANT = message(
    "not_instant", fr="Une date et heure ISO 8601 est attendue.", en="An ISO 8601 date and time is expected."
)
NOT_EMAIL = message("not_email", fr="Adresse e-mail invalide.", en="Invalid email address.")
NOT_PHONE = message("not_phone", fr="Numéro de téléphone invalide.", en="Invalid phone number.")
NOT_URL = message("not_url", fr="Adresse web (http ou https) invalide.", en="Invalid web (http or https) address.")
NOT_LANGUAGE = message("not_language", fr="Code de langue invalide.", en="Invalid language tag.")
NOT_FILE = message("not_file", fr="Un fichier est attendu.", en="A file is expected.")
NOT_CHOICE = message("not_choice", fr="Valeur non autorisée : {value}.", en="Not a valid choice: {value}.")
NOT_REFERENCE = message("not_reference", fr="Objet inconnu.", en="Unknown object.")
TOO_SMALL = message(
    "too_small", fr="La valeur doit être au moins {minimum}.", en="The value must be at least {minimum}."
)
TOO_LARGE = message("too_large", fr="La valeur doit être au plus {maximum}.", en="The value must be at most {maximum}.")
TOO_SHORT = message(
    "too_short", fr="Au moins {minimum} caractère(s) attendu(s).", en="At least {minimum} character(s) are expected."
)
TOO_LONG = message(
    "too_long", fr="Au plus {maximum} caractère(s) autorisé(s).", en="At most {maximum} character(s) are allowed."
)
TOO_FEW = message("too_few", fr="Au moins {minimum} élément(s) attendu(s).", en="At least {minimum} item(s) expected.")
TOO_MANY = message(
    "too_many", fr="Au plus {maximum} élément(s) autorisé(s).", en="At most {maximum} item(s) are allowed."
)
TOO_MANY_DIGITS = message(
    "too_many_digits",
    fr="Au plus {maximum} chiffres avant la virgule.",
    en="At most {maximum} digits before the decimal point.",
)
FORBIDDEN_CHARACTER = message(
    "forbidden_character", fr="Un caractère n'est pas autorisé.", en="A character is not allowed."
)
MALFORMED = message("malformed", fr="Valeur invalide.", en="Invalid value.")
ALREADY_USED = message("already_used", fr="Cette valeur existe déjà.", en="This value already exists.")
