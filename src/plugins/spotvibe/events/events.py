"""What happens to events."""

from typing import ClassVar

from core.primitives.events import Event


class EventDecided(Event, frozen=True, kw_only=True):
    """Staff approved (VALIDE) or rejected (REJETE) an event. `createur` is its organiser's number."""

    name: ClassVar[str] = "spotvibe.event_decided"

    evenement: int
    titre: str
    createur: int
    statut: str
    motif: str
