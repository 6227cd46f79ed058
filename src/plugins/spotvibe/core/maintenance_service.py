"""Closing spotvibe for maintenance, and opening it again (DECISIONS.md section 2, "Admin")."""

from datetime import datetime
from typing import Final, Protocol

from core.access.principal import Caller
from core.primitives.clock import Clock
from core.work import Work, Works
from plugins.spotvibe.closure import Closure, Maintenance
from plugins.spotvibe.users.profile_service import principal_of

OBJECT_TYPE: Final = "Maintenance"


class MaintenanceStore(Protocol):
    """What maintenance needs of its store."""

    async def write(self, work: Work, active: bool | None, message: str, at: datetime, number: int) -> Maintenance:
        """Write the state, and who changed it, and return it; None is the other of what is."""
        ...


class MaintenanceMode:
    """The maintenance mode: kept in the database, seen by every process within a second."""

    def __init__(self, works: Works, store: MaintenanceStore, closure: Closure, clock: Clock) -> None:
        self._works = works
        self._store = store
        self._closure = closure
        self._clock = clock

    async def state(self) -> Maintenance:
        """Return the state as this process remembers it for half a second."""
        return await self._closure.state()

    async def switch(self, caller: Caller, active: bool | None, message: str) -> Maintenance:
        """Close the product, open it, or (None) do the other of what is, announce a message, and return the state. Who
        may ask, the operation's rule says."""
        number = principal_of(caller).number
        async with self._works.within(caller) as work:
            state = await self._store.write(work, active, message, self._clock.now(), number)
            work.audit("UPDATE", OBJECT_TYPE, 1, details={"active": state.active, "message": message})
            await work.commit()
        self._closure.forget()
        return state
