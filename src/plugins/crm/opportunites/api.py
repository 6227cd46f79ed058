"""What other slices may ask of opportunities."""

from datetime import datetime
from typing import Protocol

from core.access.principal import Caller
from core.primitives.errors import missing
from core.resources import ResourceId
from core.work import Work, Works
from plugins.crm.uses import Uses


class OpportuniteLookup(Protocol):
    """What the api needs of the store of opportunities."""

    async def get(self, work: Work, key: ResourceId) -> object | None:
        """Return an opportunity in scope."""
        ...

    async def win(self, work: Work, key: int, now: datetime) -> None:
        """Note that an opportunity is won."""
        ...


class OpportunitesApi:
    """Opportunities, for the slices that refer to them. `uses` takes the kinds of things that keep an opportunity from
    being deleted; as the `parent` of a list below `/api/opportunites/{id}/`, it answers for the opportunity."""

    def __init__(self, works: Works, store: OpportuniteLookup, uses: Uses) -> None:
        self._works = works
        self._store = store
        self.uses = uses

    async def require(self, caller: Caller, key: ResourceId) -> None:
        """Return where the caller may see the opportunity. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            if await self._store.get(work, key) is None:
                raise missing()

    async def win(self, work: Work, opportunite: int, now: datetime) -> None:
        """Note that an opportunity, which the unit of work holds, is won: "gagnee" at "conclusion"."""
        await self._store.win(work, opportunite, now)
