"""What the lists of objectives answer to, and what is said of wrong ones."""

from core.primitives.errors import message
from core.primitives.page import Filter, FilterKind, Listing

LISTING = Listing(
    ordering=(
        "id",
        "titre",
        "id_utilisateur",
        "type",
        "description",
        "periode",
        "date_debut",
        "date_fin",
        "statut",
        "progression",
        "valeur",
        "creer_par",
        "modifier_par",
        "creer_a",
        "modifier_a",
    ),
    default_ordering=("id",),
)
FILTERS = (Filter("id_utilisateur", FilterKind.ID), Filter("type"), Filter("periode"))
"""What the paths of the other lists narrow by; `periode` finds those whose period contains the asked one or lies within
it."""

OBJECTIF_NOT_FOUND = message("driven_objectif_not_found", fr="Objectif non trouvé", en="Objective not found")
DATES_REVERSED = message(
    "driven_objectif_dates_reversed",
    fr="La date de fin précède la date de début.",
    en="The end date is before the start date.",
)
PERIOD_EXPECTED = message(
    "driven_period_expected",
    fr="Une période AAAA.MM ou AAAA.MM-AAAA.MM est attendue.",
    en="A period YYYY.MM or YYYY.MM-YYYY.MM is expected.",
)
PERIOD_REVERSED = message(
    "driven_period_reversed",
    fr="Le premier mois de la période suit le dernier.",
    en="The first month of the period is later than the last.",
)
