"""The search over users and events (contracts/spotvibe.md section 3.2): accent-insensitive, over indexes."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec

from core.access.principal import Caller
from core.work import Work, Works
from plugins.spotvibe.users.profile_service import moderates

USERS: Final = "users"
EVENTS: Final = "events"
SEARCHED: Final = (USERS, EVENTS)


class UserSearch(Protocol):
    """Finds users."""

    async def search(self, work: Work, text: str, limit: int, *, viewer: int, staff: bool) -> Sequence[Any]:
        """Return active users whose username or names hold a text."""
        ...


class EventSearch(Protocol):
    """Finds events."""

    async def search(self, work: Work, text: str, limit: int) -> Sequence[Any]:
        """Return public events whose titre or description holds a text."""
        ...


class Hits(msgspec.Struct, frozen=True):
    """What was found."""

    users: Sequence[Any] = ()
    events: Sequence[Any] = ()


class Search:
    """Searches. `events` is None where the installation has none."""

    def __init__(self, works: Works, users: UserSearch, events: EventSearch | None) -> None:
        self._works = works
        self._users = users
        self._events = events

    async def find(self, caller: Caller, text: str, kinds: Sequence[str], limit: int) -> Hits:
        """Find at most `limit` of each kind that is asked for."""
        if not text:
            return Hits()
        viewer = caller.principal.number if caller.principal is not None else 0
        users: Sequence[Any] = ()
        events: Sequence[Any] = ()
        async with self._works.reading(caller) as work:
            if USERS in kinds:
                users = await self._users.search(work, text, limit, viewer=viewer, staff=moderates(caller))
            if EVENTS in kinds and self._events is not None:
                events = await self._events.search(work, text, limit)
        return Hits(users, events)
