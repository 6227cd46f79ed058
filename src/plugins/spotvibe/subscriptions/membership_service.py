"""What somebody has: his subscriptions, what they allow and what was used of it (contracts/spotvibe.md sections 5.2 to
5.4)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import SYSTEM, Caller
from core.access.usage import Allowance, Terms, Usage
from core.primitives.clock import Clock
from core.primitives.errors import invalid_request, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.figures import Remembered
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.payments.domain import Type
from plugins.spotvibe.subscriptions import messages
from plugins.spotvibe.subscriptions.domain import FEATURE, Abonnement, days_remaining
from plugins.spotvibe.subscriptions.plan_service import Told, features
from plugins.spotvibe.users.profile_service import principal_of


class Allowed(msgspec.Struct, frozen=True):
    """What the plan of a subscription allows; `commission_reduite` is in percent."""

    max_evenements_par_mois: int | None
    commission_reduite: Decimal
    support_prioritaire: bool
    date_fin: datetime


class SubscriptionStore(Protocol):
    """What reading needs of subscriptions."""

    async def running(self, work: Work, number: int, now: datetime) -> Abonnement | None:
        """Return a user's subscription whose benefits hold."""
        ...

    async def plan_of(
        self, work: Work, number: int, now: datetime
    ) -> tuple[int | None, Decimal, bool, datetime] | None:
        """Return what a user's plan allows: events a month, commission in percent, priority support; and its end."""
        ...

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a page of a user's subscriptions, the newest first."""
        ...

    async def history(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a page of what happened to a user's subscriptions, the newest first."""
        ...

    async def detail(self, work: Work, number: int, key: int, used: int) -> Any:
        """Return a user's subscription; `used` are his events of this month. None where there is none."""
        ...

    async def stop_renewal(self, work: Work, number: int, now: datetime) -> int | None:
        """End the renewal of a user's subscription and return its id; None where none is renewed."""
        ...

    async def figures(self, work: Work, now: datetime) -> tuple[int, int, int]:
        """Count all subscriptions, those whose benefits hold, and those that are over."""
        ...


class Figures(msgspec.Struct, frozen=True):
    """Figures of all subscriptions; `revenue` is what was paid and has not gone back."""

    total: int
    active: int
    expired: int
    revenue: Decimal


class Used(msgspec.Struct, frozen=True):
    """What was used this month; `days` are those left after today, None without a subscription."""

    used: int
    limit: int | None
    days: int | None


class Memberships:
    """Subscriptions as their holders, staff and other slices see them. `zone` cuts days and months."""

    def __init__(
        self, works: Works, store: SubscriptionStore, usage: Usage, payments: PaymentsApi, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._works = works
        self._store = store
        self._usage = usage
        self._payments = payments
        self._clock = clock
        self._zone = zone
        self._figures = Remembered(self._count)

    async def allowed(self, work: Work, number: int) -> Allowed | None:
        """Return what a user's plan allows; None without a subscription."""
        found = await self._store.plan_of(work, number, self._clock.now())
        return None if found is None else Allowed(*found)

    async def terms(self, work: Work, subject: str, hold: bool) -> Terms | None:  # noqa: ARG002 - his alone
        """The terms of the counted feature `FEATURE`: events of a month in the installation's zone (a source of
        `core.access.usage.Usage`)."""
        allowed = await self.allowed(work, int(subject))
        if allowed is None:
            return None
        return Terms(allowed.max_evenements_par_mois, f"{self._clock.now().astimezone(self._zone):%Y-%m}")

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of the caller's subscriptions."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, principal_of(caller).number, query)

    async def history(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of what happened to the caller's subscriptions."""
        async with self._works.reading(caller) as work:
            return await self._store.history(work, principal_of(caller).number, query)

    async def detail(self, caller: Caller, key: ResourceId) -> Any:
        """Return one of the caller's subscriptions. Raises `DomainError` of kind missing."""
        number = principal_of(caller).number
        async with self._works.reading(caller) as work:
            used = (await self._allowance(work, number, entitled=False)).used
            found = await self._store.detail(work, number, int(key), used)
        if found is None:
            raise missing(messages.SUBSCRIPTION_NOT_FOUND)
        return found

    async def current(self, caller: Caller) -> tuple[Abonnement, int]:
        """Return the caller's subscription whose benefits hold, and the days that are left of it. Raises `DomainError`
        of kind missing."""
        now = self._clock.now()
        async with self._works.reading(caller) as work:
            found = await self._store.running(work, principal_of(caller).number, now)
        if found is None:
            raise missing(messages.NONE_ACTIVE)
        return found, days_remaining(found.date_fin, now, self._zone)

    async def cancel(self, caller: Caller) -> None:
        """End the renewal of the caller's subscription; its benefits last to its end. Raises `DomainError` of kind
        invalid where none is active, or its renewal has ended already."""
        number, now = principal_of(caller).number, self._clock.now()
        async with self._works.within(caller) as work:
            stopped = await self._store.stop_renewal(work, number, now)
            if stopped is None:
                present = await self._store.running(work, number, now)
                raise invalid_request(messages.NONE_ACTIVE if present is None else messages.CANCELLED_ALREADY)
            work.audit("CANCEL", "Abonnement", stopped)
            await work.commit()

    async def usage(self, caller: Caller) -> Used:
        """Return what the caller has used this month, and may use: also without a subscription."""
        number = principal_of(caller).number
        async with self._works.reading(caller) as work:
            allowed = await self.allowed(work, number)
            allowance = await self._allowance(work, number)
        # what is counted is limited by whoever speaks for it: his plan, or what his company has
        limit = allowance.limit
        if allowed is not None and not self._usage.counts(FEATURE):
            limit = allowed.max_evenements_par_mois
        days = None if allowed is None else days_remaining(allowed.date_fin, self._clock.now(), self._zone)
        return Used(allowance.used, limit, days)

    async def benefits(self, caller: Caller) -> Sequence[Told]:
        """Return what the caller's plan gives; nothing without a subscription."""
        async with self._works.reading(caller) as work:
            allowed = await self.allowed(work, principal_of(caller).number)
        return () if allowed is None else features(allowed, caller.locale)

    async def figures(self) -> Figures:
        """Return figures of all subscriptions, at most a minute old."""
        return await self._figures.get()

    async def _count(self) -> Figures:
        async with self._works.everywhere(SYSTEM) as work:
            total, active, expired = await self._store.figures(work, self._clock.now())
            revenue = await self._payments.revenue(work, Type.ABONNEMENT)
        return Figures(total, active, expired, revenue)

    async def _allowance(self, work: Work, number: int, *, entitled: bool = True) -> Allowance:
        """What a user may create and has created this month; nothing where no plugin counts events. Not `entitled`: of
        what his plan allows, without what his company has."""
        if not self._usage.counts(FEATURE):
            return Allowance(None, 0)
        return await self._usage.allowance(work, FEATURE, str(number), entitled=entitled)
