"""What holds of administration, whoever asks."""

from typing import Final

from core.primitives.errors import message

MAX_OBJECTS: Final = 500
"""How many things one bulk action may be about."""

UNKNOWN_ACTION = message("spotvibe_unknown_action", fr="Action inconnue : {value}.", en="Unknown action: {value}.")
NONE_FOUND = message(
    "spotvibe_no_object_found", fr="Aucun de ces objets n'a été trouvé.", en="None of these objects was found."
)
SUSPENDED_ALREADY = message(
    "spotvibe_suspended_already", fr="Cet utilisateur est déjà suspendu.", en="This user is suspended already."
)
NOT_SUSPENDED = message(
    "spotvibe_not_suspended", fr="Cet utilisateur n'est pas suspendu.", en="This user is not suspended."
)
PROTECTED = message(
    "spotvibe_user_protected",
    fr="Seul un superutilisateur peut suspendre un membre du personnel, et personne ne se suspend soi-même.",
    en="Only a superuser can suspend a member of staff, and nobody suspends himself.",
)
