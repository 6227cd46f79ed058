"""What companies have, and what is used of it: by company, in all, and of every company."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.clock import Clock
from core.primitives.errors import forbidden, invalid_field, missing
from core.work import Work, Works


class Owned(msgspec.Struct, frozen=True):
    """A subscription among a company's."""

    id: int
    feature_name: str
    feature_type: str
    is_enabled: bool
    is_active: bool
    usage_limit: int | None
    used: int


class TypeFigures(msgspec.Struct, frozen=True):
    """Figures of the subscriptions to one type of features."""

    feature_type: str
    total: int
    active: int
    over_limit: int
    total_usage: int


class CompanyFigures(msgspec.Struct, frozen=True):
    """Figures of one company's subscriptions."""

    company_id: int
    company_name: str
    total: int
    active: int
    premium: int
    expiring: int
    over_limit: int


class FigureStore(Protocol):
    """What figures are read from."""

    async def is_company(self, work: Work, number: int) -> bool:
        """Whether there is a company of this number."""
        ...

    async def owned(self, work: Work, number: int, now: datetime) -> Sequence[Owned]:
        """Return a company's subscriptions, by type and by their order in the catalogue."""
        ...

    async def by_type(self, work: Work, now: datetime) -> Sequence[TypeFigures]:
        """Return figures of the subscriptions in scope by type."""
        ...

    async def by_company(self, work: Work, now: datetime) -> Sequence[CompanyFigures]:
        """Return figures of every company that has subscriptions."""
        ...


class Figures:
    """Reads figures of subscriptions: of everything for a superuser, of the own company for others."""

    def __init__(self, works: Works, store: FigureStore, clock: Clock) -> None:
        self._works = works
        self._store = store
        self._clock = clock

    async def of_company(self, caller: Caller, number: int | None) -> tuple[int, Sequence[Owned]]:
        """Return a company's number and its subscriptions; without a number it is the caller's own. Raises
        `DomainError` of kind missing for another's, of kind invalid where a superuser names none."""
        place = caller.principal.membership if caller.principal is not None else None
        if number is None:
            if caller.superuser:
                raise invalid_field("company_id", messages.REQUIRED)
            if place is None:
                raise forbidden()
            number = place.organisation_number
        elif not caller.superuser and (place is None or number != place.organisation_number):
            raise missing()
        async with self._works.within(caller) as work:
            if not await self._store.is_company(work, number):
                raise missing()
            return number, await self._store.owned(work, number, self._clock.now())

    async def by_type(self, caller: Caller) -> Sequence[TypeFigures]:
        """Return figures by type."""
        async with self._works.within(caller) as work:
            return await self._store.by_type(work, self._clock.now())

    async def by_company(self, caller: Caller) -> Sequence[CompanyFigures]:
        """Return figures of all companies. Only superusers are let in."""
        async with self._works.within(caller) as work:
            return await self._store.by_company(work, self._clock.now())
