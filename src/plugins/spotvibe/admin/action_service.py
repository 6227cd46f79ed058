"""What administrators did (contracts/spotvibe.md section 8.4): the entries of the audit trail that are theirs."""

from datetime import datetime
from typing import Protocol

import msgspec

from core.access.principal import SYSTEM
from core.primitives.page import ListQuery, Page
from core.work import Work, Works
from plugins.spotvibe.admin.descriptions import Recorded


class AdminEntry(msgspec.Struct, frozen=True):
    """An action: who did it and when, the reason that was given, and what was recorded."""

    id: int
    username: str
    at: datetime
    reason: str
    recorded: Recorded


class ActionStore(Protocol):
    """What the list needs of its store."""

    async def page(self, work: Work, query: ListQuery) -> Page[AdminEntry]:
        """Return a page of actions, newest first."""
        ...


class AdminActions:
    """The list of actions."""

    def __init__(self, works: Works, store: ActionStore) -> None:
        self._works = works
        self._store = store

    async def page(self, query: ListQuery) -> Page[AdminEntry]:
        """Return a page of actions, newest first."""
        async with self._works.everywhere(SYSTEM) as work:
            return await self._store.page(work, query)
