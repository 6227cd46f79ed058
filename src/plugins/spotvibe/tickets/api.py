"""What other plugins may call."""

from typing import Protocol
from uuid import UUID

from core.access.principal import Caller
from core.primitives.ids import new_id
from core.work import Work
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.events.domain import Evenement
from plugins.spotvibe.tickets.cancellation_service import Cancellations
from plugins.spotvibe.tickets.domain import Audience


class FreeTicketStore(Protocol):
    """What free tickets need of their store."""

    async def holds(self, work: Work, evenement: int, number: int) -> bool:
        """Whether somebody holds a good ticket of an event, used or not."""
        ...

    async def give(self, work: Work, uuid: UUID, evenement: int, number: int) -> tuple[int, bool]:
        """Make a free ticket; returns its id, and whether it is new."""
        ...

    async def forget(self, work: Work, billet: int) -> None:
        """Unmake a free ticket of this transaction."""
        ...

    async def take_back(self, work: Work, evenement: int, number: int) -> bool:
        """Cancel somebody's free ticket that was not used; False where he has none."""
        ...


class TicketsApi:
    """Tickets as other slices see them. But for `cancel_event`, every method works inside the unit of work of its
    caller. `audience` is the extension point of those who are told, beside the holders of its tickets, that an event
    is cancelled."""

    def __init__(
        self, events: EventsApi, store: FreeTicketStore, audience: Audience, cancellations: Cancellations
    ) -> None:
        self._events = events
        self._store = store
        self._cancellations = cancellations
        self.audience = audience

    async def cancel_event(self, caller: Caller, evenement: int) -> int:
        """Cancel an event in a unit of work of its own: its tickets are refunded, their holders told. Returns how many
        purchases are settled. Raises as `Cancellations.cancel`."""
        return await self._cancellations.cancel(caller, evenement)

    async def give(self, work: Work, evenement: Evenement, number: int) -> int | None:
        """Give somebody a free ticket of an event, which takes a seat, and return its id; None where the event is
        full, over, or not VALIDE. Who has one keeps it. The event's row is held from here on: call it last."""
        billet, new = await self._store.give(work, new_id(), evenement.id, number)
        if new and await self._events.take_seats(work, evenement.id, 1) is None:
            await self._store.forget(work, billet)
            return None
        return billet

    async def holds(self, work: Work, evenement: int, number: int) -> bool:
        """Whether somebody holds a ticket of an event that is PAYE or UTILISE."""
        return await self._store.holds(work, evenement, number)

    async def take_back(self, work: Work, evenement: int, number: int) -> bool:
        """Take somebody's free ticket back, where it was not used: it is ANNULE, its seat free. False where there is
        none."""
        taken = await self._store.take_back(work, evenement, number)
        if taken:
            await self._events.free_seats(work, evenement, 1)
        return taken
