"""Jobs of subscriptions: those that are over expire, those about to end are reminded of."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from core.notifications.service import Notifications
from core.notifications.templates import template
from core.primitives.clock import Clock
from core.primitives.locale import Locale
from core.work import Delivery, Work, Works

REMINDER = template(
    "subscription_ending",
    subject_fr="Votre abonnement {type} se termine le {date_fin}",
    subject_en="Your {type} subscription ends on {date_fin}",
    body_fr="Bonjour,\n\nVotre abonnement {type} se termine le {date_fin}. Pensez à le renouveler.\n",
    body_en="Hello,\n\nYour {type} subscription ends on {date_fin}. Remember to renew it.\n",
)


class Ending(Protocol):
    """A subscription about to end, and whom to tell."""

    @property
    def type(self) -> str:
        """Its kind."""
        ...

    @property
    def date_fin(self) -> date:
        """Its last day."""
        ...

    @property
    def email(self) -> str | None:
        """The owner's address."""
        ...

    @property
    def language(self) -> str | None:
        """The owner's language."""
        ...

    @property
    def account(self) -> UUID | None:
        """The owner's account."""
        ...


class EndingStore(Protocol):
    """What the jobs need of the store."""

    async def expire(self, work: Work, today: date) -> Sequence[tuple[UUID, UUID]]:
        """Set expired what ended before today; return the ids with their organisations."""
        ...

    async def take_reminders(self, work: Work, ends: Sequence[date], today: date) -> Sequence[Ending]:
        """Mark as reminded today, and return, what ends on one of these days."""
        ...


class Expiry:
    """The handlers of the jobs. Days are cut in the installation's time zone."""

    def __init__(
        self,
        works: Works,
        store: EndingStore,
        notifications: Notifications,
        clock: Clock,
        zone: ZoneInfo,
        reminder_days: Sequence[int],
    ) -> None:
        notifications.register(REMINDER)
        self._works = works
        self._store = store
        self._notifications = notifications
        self._clock = clock
        self._zone = zone
        self._reminder_days = reminder_days

    @property
    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def expire(self, delivery: Delivery) -> None:
        """Set expired what is over. The last day belongs to the subscription."""
        async with self._works.delivering(delivery) as work:
            for key, organisation in await self._store.expire(work, self._today):
                work.audit("UPDATE", "Abonnement", key, organisation=organisation, details={"status": "expire"})
            await work.commit()

    async def remind(self, delivery: Delivery) -> None:
        """Tell the owners of organisations what is about to end, once a day for each of the reminder days."""
        today = self._today
        ends = [today + timedelta(days=days) for days in self._reminder_days]
        async with self._works.delivering(delivery) as work:
            for ending in await self._store.take_reminders(work, ends, today):
                if ending.email is None:
                    continue
                locale = Locale.EN if ending.language == Locale.EN.value else Locale.FR
                params = {"type": ending.type, "date_fin": ending.date_fin.isoformat()}
                self._notifications.ask_email(work, REMINDER, ending.email, locale, params, ending.account)
            await work.commit()
