"""The use case of sharing (contracts/spotvibe.md section 4.4)."""

from typing import Final, Protocol

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.work import Work, Works
from plugins.spotvibe.events.domain import Plateforme, member_of
from plugins.spotvibe.events.event_service import Organisers

OBJECT_TYPE: Final = "Partage"


class ShareStore(Protocol):
    """What sharing needs of its store."""

    async def visible(self, work: Work, evenement: int, user: int, *, staff: bool) -> bool:
        """Whether a user sees an event."""
        ...

    async def insert(self, work: Work, evenement: int, user: int, plateforme: str, lien: str) -> int:
        """Insert a share, count it, and return its id."""
        ...


class Shares:
    """Who shared what, and where."""

    def __init__(self, works: Works, store: ShareStore, users: Organisers) -> None:
        self._works = works
        self._store = store
        self._users = users

    async def share(self, caller: Caller, evenement: int, plateforme: Plateforme, lien: str) -> int:
        """Record a share and return its id. Raises `DomainError` of kind invalid on `event_id` for an event that the
        caller does not see."""
        number, staff = member_of(caller)
        async with self._works.within(caller) as work:
            if not await self._store.visible(work, evenement, number, staff=staff):
                raise invalid_field("event_id", messages.NOT_REFERENCE)
            await self._users.acting(work, caller)
            made = await self._store.insert(work, evenement, number, plateforme, lien)
            work.audit("CREATE", OBJECT_TYPE, made)
            await work.commit(made)
        return made
