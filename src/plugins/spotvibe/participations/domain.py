"""What holds of participations, whoever asks (contracts/spotvibe.md section 4.3; DECISIONS.md section 2,
"Participation")."""

from datetime import datetime
from enum import StrEnum

from core.primitives.errors import message
from plugins.spotvibe.events.domain import PUBLIC, Evenement, Viewer
from plugins.spotvibe.events.domain import Statut as EventStatut

NOT_OPEN = message(
    "spotvibe_participation_not_open",
    fr="Cet événement n'est pas ouvert aux participations.",
    en="This event is not open to participants.",
)
ALREADY_IN = message(
    "spotvibe_participation_already",
    fr="Vous êtes déjà inscrit à cet événement.",
    en="You have already joined this event.",
)
FULL = message("spotvibe_participation_full", fr="Cet événement est complet.", en="This event is full.")
NOT_INVITED = message(
    "spotvibe_participation_not_invited",
    fr="Cet événement est sur invitation, et vous n'êtes pas invité.",
    en="This event is by invitation, and you are not invited.",
)
NO_TICKET = message(
    "spotvibe_participation_no_ticket",
    fr="Cet événement est payant : achetez d'abord un billet.",
    en="This is a paid event: buy a ticket first.",
)
EVENT_CHANGED = message(
    "spotvibe_participation_event_changed",
    fr="Cet événement vient de changer : regardez-le et recommencez.",
    en="This event has just changed: look at it and try again.",
)
NOT_IN = message(
    "spotvibe_participation_none",
    fr="Vous ne participez pas à cet événement.",
    en="You have not joined this event.",
)
OVER = message(
    "spotvibe_participation_over",
    fr="Cet événement est terminé : la participation ne peut plus être annulée.",
    en="This event is over: participation can no longer be cancelled.",
)
INSIDE = message(
    "spotvibe_participation_inside",
    fr="Votre billet a déjà été scanné à l'entrée.",
    en="Your ticket was already scanned at the door.",
)
NOT_YOURS_TO_INVITE = message(
    "spotvibe_event_not_yours_to_invite",
    fr="Seuls l'organisateur de cet événement et l'équipe SpotVibe y invitent.",
    en="Only the organiser of this event and SpotVibe's staff invite to it.",
)
UNKNOWN_GUESTS = message(
    "spotvibe_invitation_unknown_users",
    fr="Utilisateurs inconnus : {numbers}.",
    en="Unknown users: {numbers}.",
)


class StatutParticipation(StrEnum):
    """How somebody takes part: he comes, or he is interested."""

    PARTICIPE = "PARTICIPE"
    INTERESSE = "INTERESSE"


def is_shown(evenement: Evenement, viewer: Viewer) -> bool:
    """Whether somebody may see an event: everybody one that is VALIDE or TERMINE, its organiser and staff any."""
    return evenement.statut in PUBLIC or viewer.staff or viewer.number == evenement.createur


def is_open(evenement: Evenement, now: datetime) -> bool:
    """Whether an event can be joined: it is VALIDE and has not ended."""
    return evenement.statut is EventStatut.VALIDE and evenement.date_fin > now
