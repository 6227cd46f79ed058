"""The job that warns companies of subscriptions about to end: 7 days and 1 day before, once each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import SYSTEM
from core.primitives.clock import Clock
from core.primitives.errors import Message
from core.work import Delivery, Work, Works
from plugins.megahub.features.domain import WARNINGS
from plugins.megahub.features.messages import EXPIRING

BATCH: Final = 200


class Ending(msgspec.Struct, frozen=True):
    """A subscription about to end."""

    company: int
    feature: str
    expires_at: datetime


class EndingStore(Protocol):
    """What the job needs of subscriptions."""

    async def take_warnings(self, work: Work, now: datetime, days: Sequence[int], limit: int) -> Sequence[Ending]:
        """Mark, and return, what ends within one of these numbers of days and was not warned of so late."""
        ...


class CompanyLetters(Protocol):
    """Writes to a company's administrator (`plugins.megahub.companies.api`)."""

    async def notify(self, work: Work, organisation_number: int, said: Message, params: Mapping[str, Any]) -> None:
        """Ask for a letter, to be sent once the work is committed."""
        ...


class Warnings:
    """The handler of the job. A day is that of the installation's time zone."""

    def __init__(self, works: Works, store: EndingStore, letters: CompanyLetters, clock: Clock, zone: ZoneInfo) -> None:
        self._works = works
        self._store = store
        self._letters = letters
        self._clock = clock
        self._zone = zone

    async def warn(self, delivery: Delivery) -> None:  # noqa: ARG002 - what is due is read from the rows
        """Warn of what is about to end. A letter is asked for with its mark: never twice, never lost."""
        while await self._some() == BATCH:
            pass

    async def _some(self) -> int:
        async with self._works.everywhere(SYSTEM) as work:
            ending = await self._store.take_warnings(work, self._clock.now(), WARNINGS, BATCH)
            for each in ending:
                day = f"{each.expires_at.astimezone(self._zone):%d/%m/%Y}"
                await self._letters.notify(work, each.company, EXPIRING, {"feature": each.feature, "day": day})
            await work.commit()
        return len(ending)
