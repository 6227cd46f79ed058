"""Summaries: what somebody wants to hear of once a day or once a week, in one message, in the morning."""

from datetime import datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from core.access.principal import SYSTEM
from core.primitives.clock import Clock
from core.primitives.locale import Text
from core.work import Delivery, Work, Works
from plugins.spotvibe.notifications.domain import Annonce, Canal, Destinataire, Frequence
from plugins.spotvibe.notifications.notify_service import Kept, Notifier
from plugins.spotvibe.notifications.types import DIGEST

SUMMARIES: Final = 100
"""How many summaries are sent in one transaction."""
SHOWN: Final = 50
"""How many lines a summary shows."""

TITLES: Final = {
    Frequence.QUOTIDIEN: Text(fr="Votre résumé du jour : {counted}", en="Your daily summary: {counted}"),
    Frequence.HEBDOMADAIRE: Text(fr="Votre résumé de la semaine : {counted}", en="Your weekly summary: {counted}"),
}
MORE: Final = Text(fr="… et {count} de plus.", en="… and {count} more.")


class LineStore(Protocol):
    """What summaries need of their store."""

    async def take_lines(
        self, work: Work, frequence: str, until: datetime, summaries: int
    ) -> dict[tuple[int, Canal], list[tuple[str, str]]]:
        """Take the queued lines of some summaries out of the queue: title and text by user and channel."""
        ...


class Digests:
    """Sends summaries. `hour` is the hour of the morning in the installation's zone; weekly ones are sent on Monday."""

    def __init__(
        self, works: Works, store: LineStore, notifier: Notifier, clock: Clock, zone: ZoneInfo, hour: int
    ) -> None:
        self._works = works
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._zone = zone
        self._hour = hour

    async def send(self, delivery: Delivery) -> None:
        """Handle the job `send_digests`, which runs every quarter of an hour: send every line that was queued before
        the last morning. What a night without a server left behind goes out when it is back; nothing goes out twice,
        for the lines are taken in the transaction that asks for the message."""
        now = self._clock.now()
        for frequence, until in (
            (Frequence.QUOTIDIEN, last_morning(now, self._zone, self._hour)),
            (Frequence.HEBDOMADAIRE, last_morning(now, self._zone, self._hour, weekday=0)),
        ):
            while await self._send_some(frequence, until):
                pass
        async with self._works.delivering(delivery) as work:
            await work.commit()

    async def _send_some(self, frequence: Frequence, until: datetime) -> bool:
        async with self._works.everywhere(SYSTEM) as work:
            taken = await self._store.take_lines(work, frequence, until, SUMMARIES)
            numbers = sorted({number for number, _ in taken})
            people = {each.number: each for each in await self._notifier.store.addressees(work, numbers, DIGEST)}
            for (number, canal), lines in taken.items():
                person = people.get(number)
                # he may have switched the channel off since
                if person is not None and person.frequence(canal) is not Frequence.JAMAIS:
                    await self._send_one(work, canal, person, *summary(frequence, lines, person))
            await work.commit()
        return bool(taken)

    async def _send_one(self, work: Work, canal: Canal, person: Destinataire, titre: str, message: str) -> None:
        annonce = Annonce(type_notification=DIGEST, lien="/notifications")
        kept: dict[int, int] = {}
        if canal is Canal.IN_APP:
            row = Kept(
                number=person.number,
                titre=titre,
                message=message,
                type_notification=DIGEST,
                lien=annonce.lien,
                donnees={},
            )
            kept = await self._notifier.store.keep(work, [row])
        self._notifier.hand_over(work, canal, annonce, person, titre, message, kept.get(person.number))


def summary(frequence: Frequence, lines: list[tuple[str, str]], person: Destinataire) -> tuple[str, str]:
    """Return the title and text of a summary."""
    locale = person.locale
    # the word is the same in both languages
    counted = f"{len(lines)} notification{'s' if len(lines) > 1 else ''}"
    shown = [f"• {titre}\n  {message}" for titre, message in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(MORE.in_(locale).format(count=len(lines) - SHOWN))
    return TITLES[frequence].in_(locale).format(counted=counted), "\n\n".join(shown)


def last_morning(now: datetime, zone: ZoneInfo, hour: int, weekday: int | None = None) -> datetime:
    """The last moment up to `now` at which it was this hour of the day in a zone, on this weekday (0 is Monday) where
    one is given."""
    local = now.astimezone(zone)
    day = local.date()
    if datetime.combine(day, time(hour), zone) > local:
        day -= timedelta(days=1)
    if weekday is not None:
        day -= timedelta(days=(day.weekday() - weekday) % 7)
    return datetime.combine(day, time(hour), zone)
