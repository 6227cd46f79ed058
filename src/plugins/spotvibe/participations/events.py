"""What happens to participations. `user` is an account's number."""

from datetime import datetime
from typing import ClassVar

from core.primitives.events import Event


class Invited(Event, frozen=True, kw_only=True):
    """Somebody was invited to an event by another (`par`)."""

    name: ClassVar[str] = "spotvibe.invited"

    evenement: int
    titre: str
    user: int
    par: int


class ParticipantReminder(Event, frozen=True, kw_only=True):
    """An event begins within 24 hours: one for each participant who holds no ticket. Holders of tickets get the same
    one from tickets, whose manifest names it."""

    name: ClassVar[str] = "spotvibe.event_reminder"

    evenement: int
    titre: str
    date_debut: datetime
    user: int
