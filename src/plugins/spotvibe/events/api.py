"""What other plugins may call."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.primitives.clock import Clock
from core.work import Work
from plugins.spotvibe.events.domain import Counters, Evenement, Sales, Statut, Totals
from plugins.spotvibe.events.moderation_service import Moderation


class SeatStore(Protocol):
    """What others' reading and their seats need of the store."""

    async def get(self, work: Work, key: int) -> Evenement | None:
        """Return an event, whatever its statut."""
        ...

    async def lock(self, work: Work, key: int) -> Evenement | None:
        """Return an event and hold it until the transaction ends."""
        ...

    async def take_seats(self, work: Work, key: int, number: int, now: datetime) -> Evenement | None:
        """Take seats in one conditional update; None where the event is not VALIDE, has ended, or has too few."""
        ...

    async def free_seats(self, work: Work, key: int, number: int) -> None:
        """Give seats back."""
        ...


class EventFigures(Protocol):
    """What others count and search."""

    async def totals(self, work: Work, now: datetime) -> Totals:
        """Count events."""
        ...

    async def by_category(self, work: Work) -> Mapping[str, int]:
        """Count events by the name of their category."""
        ...

    async def created_by(self, work: Work, number: int) -> int:
        """Count the events of an organiser."""
        ...

    async def search(self, work: Work, text: str, limit: int) -> Sequence[Any]:
        """Return public events whose titre or description holds a text, newest first."""
        ...


class EventsApi:
    """Events as other slices see them; every method works inside the unit of work of its caller.

    `sales` and `counters` are extension points: who sells tickets says whether an event has paid ones, who counts
    participants gives the figure "total_participants".
    """

    def __init__(self, store: SeatStore, figures: EventFigures, moderation: Moderation, clock: Clock) -> None:
        self._store = store
        self._figures = figures
        self._moderation = moderation
        self._clock = clock
        self.sales = Sales()
        self.counters = Counters()

    async def get(self, work: Work, key: int) -> Evenement | None:
        """Return an event, whatever its statut; None for one that never was, or was deleted. `work` is no reading
        one."""
        return await self._store.get(work, key)

    async def lock(self, work: Work, key: int) -> Evenement | None:
        """Return an event as `get` does, and hold it until the transaction ends. Rows that refer to it may still be
        inserted (FOR NO KEY UPDATE)."""
        return await self._store.lock(work, key)

    async def take_seats(self, work: Work, key: int, number: int) -> Evenement | None:
        """Take seats of a VALIDE event that has not ended and has room for them, in one conditional update, and return
        it as it stands then; None otherwise. The event's row is held from here to the end of the transaction: call it
        last. The price of the answer is the one that holds: an organiser may have changed it after an earlier read."""
        return await self._store.take_seats(work, key, number, self._clock.now())

    async def free_seats(self, work: Work, key: int, number: int) -> None:
        """Give seats back, whatever the event's statut."""
        await self._store.free_seats(work, key, number)

    async def approve(self, work: Work, key: int, reviewer: int, reason: str = "") -> str:
        """Make an event that awaits it VALIDE, publish `spotvibe.event_decided`, and return its titre. Raises
        `DomainError` of kind missing for an unknown one, of kind conflict for one that does not await it."""
        return await self._moderation.decide(work, key, Statut.VALIDE, reviewer, reason)

    async def reject(self, work: Work, key: int, reviewer: int, reason: str = "") -> str:
        """Make an event that awaits a decision REJETE. As `approve`."""
        return await self._moderation.decide(work, key, Statut.REJETE, reviewer, reason)

    async def cancelled(self, work: Work, key: int) -> bool:
        """Make an event ANNULE; False where there is none, or it is TERMINE or ANNULE already."""
        return await self._moderation.cancelled(work, key)

    async def totals(self, work: Work) -> Totals:
        """Count all events, those that are VALIDE and not ended, and of these those that have not begun."""
        return await self._figures.totals(work, self._clock.now())

    async def by_category(self, work: Work) -> Mapping[str, int]:
        """Count all events by the name of their category; categories without any count 0."""
        return await self._figures.by_category(work)

    async def created_by(self, work: Work, number: int) -> int:
        """Count the events of an organiser, whatever their statut."""
        return await self._figures.created_by(work, number)

    async def search(self, work: Work, text: str, limit: int) -> Sequence[Any]:
        """Return public events (VALIDE and TERMINE) whose titre or description holds a text, whatever its case and
        accents, newest first, each as the event's detail shows it."""
        return await self._figures.search(work, text, limit)
