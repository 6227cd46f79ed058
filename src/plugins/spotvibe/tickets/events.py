"""What happens to tickets and to the events that they are for. `user` is an account's number."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.primitives.events import Event


class TicketsPaid(Event, frozen=True, kw_only=True):
    """Tickets were paid, all of an order."""

    name: ClassVar[str] = "spotvibe.tickets_paid"

    evenement: int
    titre: str
    user: int
    quantity: int
    payment: UUID


class EventCancelled(Event, frozen=True, kw_only=True):
    """An event was cancelled: one for each holder of its tickets, and for each who expected it."""

    name: ClassVar[str] = "spotvibe.event_cancelled"

    evenement: int
    titre: str
    user: int


class EventReminder(Event, frozen=True, kw_only=True):
    """An event begins within 24 hours: one for each holder of its tickets."""

    name: ClassVar[str] = "spotvibe.event_reminder"

    evenement: int
    titre: str
    date_debut: datetime
    user: int
