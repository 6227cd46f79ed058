"""Participations and invitations as spotvibe shows them (contracts/spotvibe.md section 4.3)."""

from datetime import datetime
from typing import Annotated

import msgspec

from plugins.spotvibe.participations.domain import StatutParticipation
from plugins.spotvibe.wire import Reference

MOST_INVITED = 500

Users = Annotated[list[Reference], msgspec.Meta(min_length=1, max_length=MOST_INVITED)]


class ParticipationBody(msgspec.Struct):
    """Which event somebody joins, and how."""

    event_id: Reference
    status: StatutParticipation


class Joined(msgspec.Struct):
    """A participation that was recorded; `billet_id` is the free ticket that came with it."""

    message: str
    id: int
    statut_participation: str
    billet_id: int | None


class Participant(msgspec.Struct):
    """Somebody who takes part in an event. `id` is the user's."""

    id: int
    username: str
    photo_profil: str | None
    statut_participation: str


class EvenementSuivi(msgspec.Struct):
    """The event of a participation."""

    id: int
    titre: str
    date_debut: datetime
    date_fin: datetime
    lieu: str
    type_acces: str
    image_couverture: str | None
    statut: str


class Participation(msgspec.Struct):
    """Somebody's own participation."""

    id: int
    evenement: EvenementSuivi
    statut_participation: str
    date_participation: datetime


class InvitationBody(msgspec.Struct):
    """Whom to invite."""

    user_ids: Users


class InvitationsSent(msgspec.Struct):
    """Invitations that were sent; who was invited before is not counted."""

    message: str
    invited_count: int


class Invitation(msgspec.Struct):
    """Somebody who is invited to an event; `statut_participation` is his answer. `id` is the user's."""

    id: int
    username: str
    photo_profil: str | None
    date_invitation: datetime
    statut_participation: str | None
