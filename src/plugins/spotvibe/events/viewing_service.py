"""The use cases of those who look at events (contracts/spotvibe.md sections 4.2, 4.6 and 4.7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from core.access.principal import SYSTEM, Caller
from core.primitives.clock import Clock
from core.primitives.errors import missing
from core.primitives.page import ListQuery, Page, Versioned
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.events.domain import EVENT_NOT_FOUND, Counters, Totals, Viewer, member_of, viewer_of
from plugins.spotvibe.events.views import Views
from plugins.spotvibe.figures import Remembered


class EventLists(Protocol):
    """What is shown of events."""

    async def page(self, work: Work, query: ListQuery, viewer: Viewer) -> Page[Any]:
        """Return a page of the events that the viewer sees."""
        ...

    async def detail(self, work: Work, key: int, viewer: Viewer) -> Versioned[Any] | None:
        """Return an event that the viewer sees, with its version."""
        ...

    async def mine(self, work: Work, query: ListQuery, number: int) -> Page[Any]:
        """Return a page of an organiser's events, newest first."""
        ...

    async def trending(self, work: Work, query: ListQuery, now: datetime) -> Page[Any]:
        """Return a page of the VALIDE events that have not ended, the most popular first."""
        ...

    async def totals(self, work: Work, now: datetime) -> Totals:
        """Count events."""
        ...


class Viewing:
    """Events as people look at them."""

    def __init__(self, works: Works, lists: EventLists, views: Views, counters: Counters, clock: Clock) -> None:
        self._works = works
        self._lists = lists
        self._views = views
        self._counters = counters
        self._clock = clock
        self._stats = Remembered(self._count)

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of the events that the caller sees."""
        async with self._works.reading(caller) as work:
            return await self._lists.page(work, query, viewer_of(caller))

    async def detail(self, caller: Caller, key: ResourceId) -> Versioned[Any]:
        """Return an event, and count the view. Raises `DomainError` of kind missing."""
        found = await self._find(caller, key)
        self._views.note(int(key))
        return found

    async def version(self, caller: Caller, key: ResourceId) -> int:
        """Return an event's version. Raises as `detail`."""
        return (await self._find(caller, key)).version

    async def _find(self, caller: Caller, key: ResourceId) -> Versioned[Any]:
        async with self._works.reading(caller) as work:
            found = await self._lists.detail(work, int(key), viewer_of(caller))
        if found is None:
            raise missing(EVENT_NOT_FOUND)
        return found

    async def mine(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of the caller's own events."""
        number, _ = member_of(caller)
        async with self._works.reading(caller) as work:
            return await self._lists.mine(work, query, number)

    async def trending(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of the events of which most is made."""
        async with self._works.reading(caller) as work:
            return await self._lists.trending(work, query, self._clock.now())

    async def stats(self) -> Mapping[str, int]:
        """Return the figures of all events by name, at most a minute old."""
        return await self._stats.get()

    async def _count(self) -> Mapping[str, int]:
        async with self._works.everywhere(SYSTEM) as work:
            totals = await self._lists.totals(work, self._clock.now())
            return {**msgspec.structs.asdict(totals), **await self._counters.count(work)}
