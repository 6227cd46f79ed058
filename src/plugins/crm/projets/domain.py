"""Projects: their states, the order of their dates, how long they take and when they are late (contracts/crm.md,
"Projet")."""

from datetime import date
from enum import StrEnum

from core.primitives.errors import invalid_field, message

DATES_REVERSED = message(
    "crm_projet_dates_reversed",
    fr="La date de fin doit être postérieure à la date de début.",
    en="The end date must be later than the start date.",
)


class Statut(StrEnum):
    """The state of a project."""

    A_FAIRE = "À faire"
    EN_COURS = "En cours"
    TERMINE = "Terminé"


def check_dates(debut: date | None, fin: date | None) -> None:
    """Refuse an end that is not later than the start (DECISIONS.md section 5, "Tasks"). Raises `DomainError` of kind
    invalid on `date_fin`."""
    if debut is not None and fin is not None and fin <= debut:
        raise invalid_field("date_fin", DATES_REVERSED)
