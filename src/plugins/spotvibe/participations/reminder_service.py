"""Reminding participants (the holders of tickets are reminded by tickets)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from core.access.principal import SYSTEM
from core.primitives.clock import Clock
from core.work import Delivery, Work, Works
from plugins.spotvibe.participations.events import ParticipantReminder

BATCH: Final = 500
REMINDED_BEFORE: Final = timedelta(hours=24)


class Due(msgspec.Struct, frozen=True):
    """A participant who is to be reminded. `holds` a ticket: tickets do it."""

    evenement: int
    titre: str
    date_debut: datetime
    user: int
    holds: bool


class ReminderStore(Protocol):
    """What reminders need of participations."""

    async def remind(self, work: Work, now: datetime, until: datetime, limit: int) -> Sequence[Due]:
        """Mark participants of events that begin between two moments as reminded, and return them: those who joined
        before the event was as near as `until` is now, once each."""
        ...


class Reminders:
    """The job of participations."""

    def __init__(self, works: Works, store: ReminderStore, clock: Clock) -> None:
        self._works = works
        self._store = store
        self._clock = clock

    async def remind(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Handle the job: remind those who come to events that begin within 24 hours, once. Who joined later than that
        knows."""
        now = self._clock.now()
        while True:
            async with self._works.everywhere(SYSTEM) as work:
                batch = await self._store.remind(work, now, now + REMINDED_BEFORE, BATCH)
                for due in sorted(batch, key=lambda each: (each.evenement, each.user)):
                    if not due.holds:
                        work.publish(
                            ParticipantReminder(
                                evenement=due.evenement, titre=due.titre, date_debut=due.date_debut, user=due.user
                            )
                        )
                await work.commit()
            if len(batch) < BATCH:
                return
