"""Events as they can be reported, by what the events slice tells of them."""

from typing import Any

from core.work import Work
from plugins.spotvibe.core.message_service import Reportable

PUBLIC = ("VALIDE", "TERMINE")
"""What everybody sees; the creator and staff see all (DECISIONS.md section 2, "Events")."""


class VisibleEvents:
    """Knows which events a user sees. `events` is the api of the events slice."""

    def __init__(self, events: Any) -> None:
        self._events = events

    async def visible(self, work: Work, key: int, number: int, *, staff: bool) -> bool:
        """Whether a user sees such an event."""
        found = await self._events.get(work, key)
        return found is not None and (staff or found.createur == number or str(found.statut) in PUBLIC)


def reportable(events: Any) -> Reportable | None:
    """Events that can be reported; None where the installation has none."""
    return None if events is None else VisibleEvents(events)
