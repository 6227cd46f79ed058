"""What becomes of events: staff decide, time ends them (DECISIONS.md section 2, "Events")."""

from datetime import datetime
from typing import Final, Protocol

from core.access.principal import SYSTEM
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, missing
from core.work import Delivery, Work, Works
from plugins.spotvibe.events.domain import DECIDED_ALREADY, EVENT_NOT_FOUND, Evenement, Statut
from plugins.spotvibe.events.events import EventDecided

OBJECT_TYPE: Final = "Evenement"
END_PAST: Final = "end_past_events"
BATCH: Final = 500


class ModerationStore(Protocol):
    """What moderation needs of its store."""

    async def get(self, work: Work, key: int) -> Evenement | None:
        """Return an event, whatever its statut."""
        ...

    async def decide(self, work: Work, key: int, statut: str) -> tuple[str, int] | None:
        """Decide an event that awaits it and return its titre and its organiser; None where there is none to
        decide."""
        ...

    async def cancel(self, work: Work, key: int) -> bool:
        """Make an event ANNULE; False where there is none that is not over."""
        ...

    async def end(self, work: Work, now: datetime, limit: int) -> int:
        """Make events TERMINE that ended, at most `limit` of them, and return how many."""
        ...


class Moderation:
    """Decides events, and ends them."""

    def __init__(self, works: Works, store: ModerationStore, clock: Clock) -> None:
        self._works = works
        self._store = store
        self._clock = clock

    async def decide(self, work: Work, key: int, statut: Statut, reviewer: int, motif: str) -> str:
        """Approve or reject an event in the unit of work of its reviewer, and return its titre. Raises `DomainError`
        of kind missing for an unknown one, of kind conflict for one that does not await it."""
        decided = await self._store.decide(work, key, statut)
        if decided is None:
            if await self._store.get(work, key) is None:
                raise missing(EVENT_NOT_FOUND)
            raise DomainError(DECIDED_ALREADY, Kind.CONFLICT)
        titre, createur = decided
        action = "APPROVE" if statut is Statut.VALIDE else "REJECT"
        work.audit(action, OBJECT_TYPE, key, details={"par": reviewer, "motif": motif})
        work.publish(EventDecided(evenement=key, titre=titre, createur=createur, statut=statut, motif=motif))
        return titre

    async def cancelled(self, work: Work, key: int) -> bool:
        """Make an event ANNULE in the unit of work of what cancels it; False where there is none, or it is over."""
        return await self._store.cancel(work, key)

    async def end_past(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Make events TERMINE whose end has passed, in batches that each commit: nobody waits for a long one. Two of
        these jobs at once end different events."""
        while True:
            async with self._works.everywhere(SYSTEM) as work:
                ended = await self._store.end(work, self._clock.now(), BATCH)
                await work.commit()
            if ended < BATCH:
                return
