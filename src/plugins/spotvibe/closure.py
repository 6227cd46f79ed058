"""Whether spotvibe is closed for maintenance, as every process remembers it (DECISIONS.md section 2, "Admin")."""

from datetime import datetime
from time import monotonic
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.access.principal import SYSTEM
from core.work import Works

REMEMBERED_SECONDS: Final = 0.5

_STATE = sql("select active, message, changed_at from spotvibe_maintenance")


class Maintenance(msgspec.Struct, frozen=True):
    """Whether the product is closed, and what is said to who comes ("" says the usual)."""

    active: bool
    message: str
    changed_at: datetime


class Closure:
    """Reads the state from the database, at most every half second, so that a change shows within a second on every
    process, and at once on the one that changed it (`forget`)."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._known: tuple[float, Maintenance] | None = None
        self._generation = 0

    def forget(self) -> None:
        """Read again: the state has changed."""
        self._generation += 1
        self._known = None

    async def state(self) -> Maintenance:
        """Return the state. Raises `DomainError` of kind unavailable where the database is down."""
        known, now, generation = self._known, monotonic(), self._generation
        if known is not None and known[0] > now:
            return known[1]
        async with self._works.reading(SYSTEM) as work:
            state = Maintenance(*await pg(work).one(_STATE))
        if generation == self._generation:
            self._known = (now + REMEMBERED_SECONDS, state)
        return state


_OF_INSTALLATIONS: WeakKeyDictionary[Works, Closure] = WeakKeyDictionary()


def closure_of(works: Works) -> Closure:
    """The closure of an installation, which its gate and who changes the state share."""
    found = _OF_INSTALLATIONS.get(works)
    if found is None:
        found = _OF_INSTALLATIONS[works] = Closure(works)
    return found
