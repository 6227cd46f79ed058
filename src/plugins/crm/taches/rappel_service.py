"""Reminders of tasks: the day before they are due, the day itself, and once they are late; once each."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import SYSTEM, Caller
from core.notifications.service import Notifications
from core.notifications.templates import template
from core.primitives.calendar import MONTHS
from core.primitives.clock import Clock
from core.primitives.errors import unauthenticated
from core.primitives.locale import Locale, Text
from core.work import Delivery, Work, Works, organisation_of

PEOPLE: Final = 100
"""How many people are reminded in one transaction."""
SHOWN: Final = 50
"""How many tasks a letter of the day names."""


class Frequence(StrEnum):
    """How somebody is reminded."""

    IMMEDIATE = "IMMEDIATE"
    QUOTIDIEN = "QUOTIDIEN"
    JAMAIS = "JAMAIS"


class Moment(StrEnum):
    """What a reminder says of a due day."""

    DEMAIN = "DEMAIN"
    AUJOURD_HUI = "AUJOURD_HUI"
    EN_RETARD = "EN_RETARD"


SAID: Final[Mapping[str, Text]] = {
    Moment.DEMAIN: Text(fr="à faire pour demain", en="due tomorrow"),
    Moment.AUJOURD_HUI: Text(fr="à faire aujourd'hui", en="due today"),
    Moment.EN_RETARD: Text(fr="en retard", en="overdue"),
}
ONE = template(
    "crm_tache_reminder",
    subject_fr="Tâche {moment} : {titre}",
    subject_en="Task {moment}: {titre}",
    body_fr="Bonjour {nom},\n\nLa tâche « {titre} » est {moment} (échéance : {date}).\nClient : {client}\n",
    body_en="Hello {nom},\n\nThe task “{titre}” is {moment} (due on {date}).\nClient: {client}\n",
)
DAILY = template(
    "crm_tache_reminders",
    subject_fr="Vos tâches du jour ({nombre})",
    subject_en="Your tasks of the day ({nombre})",
    body_fr="Bonjour {nom},\n\n{lignes}\n",
    body_en="Hello {nom},\n\n{lignes}\n",
)
TEMPLATES: Final = (ONE, DAILY)
MORE: Final = Text(fr="… et {count} de plus.", en="… and {count} more.")


class Person(msgspec.Struct, frozen=True):
    """Who is to be reminded, in an organisation. `frequence` is None where nothing was said."""

    organisation: UUID
    number: int
    account: UUID
    email: str
    name: str
    language: str
    frequence: str | None

    @property
    def locale(self) -> Locale:
        """The language of the letter."""
        return Locale.EN if self.language == Locale.EN.value else Locale.FR


class Due(msgspec.Struct, frozen=True):
    """A task that somebody is reminded of."""

    titre: str
    client: str
    date_echeance: date
    moment: str


class RappelStore(Protocol):
    """What reminders need of their store."""

    async def frequence(self, work: Work, organisation: UUID, number: int) -> str | None:
        """Return what somebody has said; None for nothing."""
        ...

    async def say(self, work: Work, organisation: UUID, number: int, frequence: str) -> None:
        """Keep what somebody says."""
        ...

    async def people(self, work: Work, today: date, default: str, most: int) -> Sequence[Person]:
        """Return some of the active members who have something to be reminded of, and hold what they said."""
        ...

    async def take(self, work: Work, person: Person, today: date) -> Sequence[Due]:
        """Note, and return, what a person is to be reminded of and was not yet, the most pressing first."""
        ...


class Rappels:
    """How people are reminded, and the job that does it. `hour` is the hour of the day, in the installation's zone,
    from which it does; `default` holds for who has said nothing."""

    def __init__(
        self,
        works: Works,
        store: RappelStore,
        notifications: Notifications,
        clock: Clock,
        *,
        zone: ZoneInfo,
        hour: int,
        default: str,
    ) -> None:
        self._works = works
        self._store = store
        self._notifications = notifications
        self._clock = clock
        self._zone = zone
        self._hour = hour
        self._default = default

    async def frequence(self, caller: Caller) -> str:
        """Return how the caller is reminded in its organisation."""
        number = _number(caller)
        async with self._works.within(caller) as work:
            said = await self._store.frequence(work, organisation_of(work), number)
        return said or self._default

    async def choose(self, caller: Caller, frequence: str) -> str:
        """Have the caller reminded so from now on."""
        number = _number(caller)
        async with self._works.within(caller) as work:
            await self._store.say(work, organisation_of(work), number, frequence)
            work.audit("UPDATE", "Rappels", number, details={"frequence": frequence})
            await work.commit()
        return frequence

    async def remind(self, delivery: Delivery) -> None:
        """Handle the job `remind_taches`, which runs every quarter of an hour. What is sent is noted in the transaction
        that asks for the letter: a second run, or one beside it, sends nothing again."""
        local: datetime = self._clock.now().astimezone(self._zone)
        if local.hour >= self._hour:
            while await self._remind_some(local.date()):
                pass
        async with self._works.delivering(delivery) as work:
            await work.commit()

    async def _remind_some(self, today: date) -> bool:
        async with self._works.everywhere(SYSTEM) as work:
            people = await self._store.people(work, today, self._default, PEOPLE)
            for person in people:
                due = await self._store.take(work, person, today)
                if due:
                    self._tell(work, person, due)
            await work.commit()
        return len(people) == PEOPLE

    def _tell(self, work: Work, person: Person, due: Sequence[Due]) -> None:
        locale = person.locale
        if (person.frequence or self._default) == Frequence.QUOTIDIEN:
            lines = [f"• {each.titre} ({each.client}) : {_said(each, locale)}, {_day(each, locale)}" for each in due]
            if len(lines) > SHOWN:
                lines[SHOWN:] = [MORE.in_(locale).format(count=len(lines) - SHOWN)]
            params: dict[str, str | int] = {"nom": person.name, "nombre": len(due), "lignes": "\n".join(lines)}
            self._notifications.ask_email(work, DAILY, person.email, locale, params, person.account)
            return
        for each in due:
            params = {
                "nom": person.name,
                "titre": each.titre,
                "client": each.client,
                "moment": _said(each, locale),
                "date": _day(each, locale),
            }
            self._notifications.ask_email(work, ONE, person.email, locale, params, person.account)


def _said(due: Due, locale: Locale) -> str:
    return SAID[due.moment].in_(locale)


def _day(due: Due, locale: Locale) -> str:
    day = due.date_echeance
    return f"{day.day} {MONTHS[locale][day.month - 1]} {day.year}"


def _number(caller: Caller) -> int:
    if caller.principal is None:
        raise unauthenticated()
    return caller.principal.number
