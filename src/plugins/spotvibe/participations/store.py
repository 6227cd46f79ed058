"""The rows and stores of participations."""

from plugins.spotvibe.participations.invitation_store import InvitationRow, InvitationStore
from plugins.spotvibe.participations.participation_store import ParticipationRow, ParticipationStore

__all__ = ("InvitationRow", "InvitationStore", "ParticipationRow", "ParticipationStore")
