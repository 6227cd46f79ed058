"""The figures that staff see (contracts/spotvibe.md sections 8.1 and 8.2): exact, counted when they are asked for, days
and months cut in the installation's time zone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import SYSTEM
from core.primitives.clock import Clock
from core.work import Work, Works
from plugins.spotvibe.admin.countries import by_country
from plugins.spotvibe.core.domain import figure
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.subscriptions.api import SubscriptionsApi

DAYS: Final = 30
MONTHS: Final = 12


class UserFigures(msgspec.Struct, frozen=True):
    """Users: all, those who may come in, those whose identity is verified, and those who are new today."""

    total: int
    active: int
    verified: int
    today: int


class Backlog(msgspec.Struct, frozen=True):
    """What waits for staff."""

    events: int
    verifications: int
    refunds: int
    reports: int
    messages: int


class Day(msgspec.Struct):
    """How many on a day."""

    date: date
    count: int


class Month(msgspec.Struct):
    """What came in and has not gone back in a month ("2026-11")."""

    month: str
    revenue: int | float


class FigureStore(Protocol):
    """What figures need of their store."""

    async def users(self, work: Work, midnight: datetime) -> UserFigures:
        """Count users; today's since midnight."""
        ...

    async def backlog(self, work: Work) -> Backlog:
        """Count what waits for staff."""
        ...

    async def phones(self, work: Work) -> Sequence[tuple[str | None, int]]:
        """Return groups of users whose phone numbers begin alike: one number of the group, and how many there are."""
        ...

    async def registrations(self, work: Work, since: datetime, zone: str) -> Mapping[date, int]:
        """Count registrations by day."""
        ...

    async def events(self, work: Work, since: datetime, zone: str) -> Mapping[date, int]:
        """Count events by the day on which they were made."""
        ...

    async def tickets_sold(self, work: Work) -> int:
        """Count tickets that were paid for and hold, used or not."""
        ...


class Dashboard(msgspec.Struct):
    """The key figures. Beyond the document: what else waits for staff."""

    total_users: int
    active_users: int
    total_events: int
    pending_events: int
    total_revenue: int | float
    active_subscriptions: int
    new_registrations_today: int
    pending_verifications: int
    pending_refunds: int
    new_reports: int
    new_messages: int


class UserStats(msgspec.Struct):
    """Users in figures. Countries are those of phone numbers, by their English names."""

    total_users: int
    verified_users: int
    unverified_users: int
    users_by_country: dict[str, int]
    registrations_last_30_days: list[Day]


class EventStats(msgspec.Struct):
    """Events in figures."""

    total_events: int
    events_by_category: dict[str, int]
    total_tickets_sold: int
    revenue_from_tickets: int | float
    events_last_30_days: list[Day]


class PaymentStats(msgspec.Struct):
    """Payments in figures. Months go back for a year, or to the first one that anything came in."""

    total_transactions: int
    successful_transactions: int
    failed_transactions: int
    total_revenue: int | float
    revenue_by_month: list[Month]


class Figures:
    """Counts for staff."""

    def __init__(
        self,
        works: Works,
        store: FigureStore,
        clock: Clock,
        zone: ZoneInfo,
        *,
        events: EventsApi,
        payments: PaymentsApi,
        subscriptions: SubscriptionsApi,
    ) -> None:
        self._works = works
        self._store = store
        self._clock = clock
        self._zone = zone
        self._events = events
        self._payments = payments
        self._subscriptions = subscriptions

    async def dashboard(self) -> Dashboard:
        """Return the key figures."""
        async with self._works.everywhere(SYSTEM) as work:
            users = await self._store.users(work, self._midnight(self._today()))
            waiting = await self._store.backlog(work)
            return Dashboard(
                total_users=users.total,
                active_users=users.active,
                total_events=(await self._events.totals(work)).total_events,
                pending_events=waiting.events,
                total_revenue=figure(await self._payments.revenue(work)),
                active_subscriptions=await self._subscriptions.active_count(work),
                new_registrations_today=users.today,
                pending_verifications=waiting.verifications,
                pending_refunds=waiting.refunds,
                new_reports=waiting.reports,
                new_messages=waiting.messages,
            )

    async def users(self) -> UserStats:
        """Return the figures of users."""
        days = self._days()
        async with self._works.everywhere(SYSTEM) as work:
            users = await self._store.users(work, self._midnight(days[-1]))
            phones = await self._store.phones(work)
            made = await self._store.registrations(work, self._midnight(days[0]), self._zone.key)
        return UserStats(
            total_users=users.total,
            verified_users=users.verified,
            unverified_users=users.total - users.verified,
            users_by_country=by_country(phones),
            registrations_last_30_days=_daily(days, made),
        )

    async def events(self) -> EventStats:
        """Return the figures of events."""
        days = self._days()
        async with self._works.everywhere(SYSTEM) as work:
            return EventStats(
                total_events=(await self._events.totals(work)).total_events,
                events_by_category=dict(await self._events.by_category(work)),
                total_tickets_sold=await self._store.tickets_sold(work),
                revenue_from_tickets=figure(await self._payments.revenue(work, "BILLET")),
                events_last_30_days=_daily(
                    days, await self._store.events(work, self._midnight(days[0]), self._zone.key)
                ),
            )

    async def payments(self) -> PaymentStats:
        """Return the figures of payments."""
        async with self._works.everywhere(SYSTEM) as work:
            figures = await self._payments.figures(work)
            monthly = await self._payments.revenue_by_month(work)
        return PaymentStats(
            total_transactions=figures.total,
            successful_transactions=figures.successful,
            failed_transactions=figures.failed,
            total_revenue=figure(figures.revenue),
            revenue_by_month=[
                Month(month, figure(monthly.get(month, Decimal(0)))) for month in months_to(self._today(), monthly)
            ],
        )

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _days(self) -> list[date]:
        """The last 30 days, today the last of them."""
        today = self._today()
        return [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0, tzinfo=self._zone))


def _daily(days: Sequence[date], counted: Mapping[date, int]) -> list[Any]:
    return [Day(day, counted.get(day, 0)) for day in days]


def months_to(today: date, known: Iterable[str]) -> list[str]:
    """Every month ("2026-11") up to today's: of a year, or from the first that is known where that is longer ago."""
    present = today.year * 12 + today.month - 1
    first = present - MONTHS + 1
    for month in known:
        first = min(first, int(month[:4]) * 12 + int(month[5:]) - 1)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, present + 1)]
