"""Entitlements: what a company's subscription gives of a feature that another product counts. A use then counts on the
subscription, whose `current_usage` all products share (DECISIONS.md section 4; docs/adr/0017)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.access.usage import Subject, Terms, TermsSource, Usage
from core.primitives.clock import Clock
from core.primitives.errors import forbidden
from core.work import Work
from plugins.megahub.features.domain import USAGE
from plugins.megahub.features.messages import NOT_ENTITLED
from plugins.megahub.features.settings import Entitlement


class EntitlementStore(Protocol):
    """What companies have, seen from the unit of work of any product."""

    async def hold_company(self, work: Work, number: int) -> None:
        """Hold a company's subscriptions as they are, while something is counted on one."""
        ...

    async def hold_companies_of(self, work: Work, account: int) -> None:
        """Hold the subscriptions of an account's companies as they are."""
        ...

    async def of_company(self, work: Work, number: int, feature: str, now: datetime) -> tuple[int, int | None] | None:
        """Return a company's active subscription to a feature, with its limit."""
        ...

    async def of_account(self, work: Work, account: int, feature: str, now: datetime) -> tuple[int, int | None] | None:
        """Return the active subscription to a feature of the oldest of an account's companies that has one, with its
        limit."""
        ...


class Entitlements:
    """The terms that subscriptions give."""

    def __init__(
        self, store: EntitlementStore, usage: Usage, clock: Clock, entitlements: Mapping[str, Entitlement]
    ) -> None:
        self._store = store
        self._usage = usage
        self._clock = clock
        self._entitlements = entitlements
        for counted, entitlement in entitlements.items():
            usage.entitle(counted, self.source(counted, entitlement))

    async def begin(self, work: Work, company: int) -> None:
        """Have what a company has already count on its subscriptions, one of which has just begun or changed."""
        for counted, entitlement in self._entitlements.items():
            if not self._usage.counts(counted) or self._usage.subject_of(counted) is not Subject.ORGANISATION:
                continue
            if await self._store.of_company(work, company, entitlement.feature, self._clock.now()) is not None:
                await self._usage.settle(work, counted, str(company))

    def source(self, counted: str, entitlement: Entitlement) -> TermsSource:
        """The source of terms of one counted feature. Without an active subscription it has nothing to say; where one
        is required nothing may be used, and who tries is told so (kind forbidden)."""

        async def terms(work: Work, subject: str, hold: bool) -> Terms | None:
            found = await self._find(work, self._usage.subject_of(counted), int(subject), entitlement.feature, hold)
            if found is not None:
                key, limit = found
                return Terms(limit, counter=(USAGE, str(key)))
            if not entitlement.required:
                return None
            if hold:
                raise forbidden(NOT_ENTITLED, feature=entitlement.feature)
            return Terms(0)

        return terms

    async def _find(
        self, work: Work, kind: Subject, subject: int, feature: str, hold: bool
    ) -> tuple[int, int | None] | None:
        now = self._clock.now()
        if kind is Subject.ORGANISATION:
            if hold:
                await self._store.hold_company(work, subject)
            return await self._store.of_company(work, subject, feature, now)
        if hold:
            await self._store.hold_companies_of(work, subject)
        return await self._store.of_account(work, subject, feature, now)
