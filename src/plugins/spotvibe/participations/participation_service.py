"""The use cases of participations (contracts/spotvibe.md section 4.3; DECISIONS.md section 2, "Participation").

Who joins writes his row first and takes his seat last, so that the event's row is held for a moment only; who leaves
goes the same way, so that the two never wait for each other.
"""

from typing import Any, Protocol

import msgspec

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.clock import Clock
from core.primitives.errors import forbidden, invalid_field, invalid_request, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.events.domain import EVENT_NOT_FOUND, Evenement, TypeAcces, member_of, viewer_of
from plugins.spotvibe.participations.domain import (
    ALREADY_IN,
    EVENT_CHANGED,
    FULL,
    INSIDE,
    NO_TICKET,
    NOT_IN,
    NOT_INVITED,
    NOT_OPEN,
    OVER,
    StatutParticipation,
    is_open,
    is_shown,
)
from plugins.spotvibe.tickets.api import TicketsApi
from plugins.spotvibe.users.api import UsersApi

OBJECT_TYPE = "Participation"


class ParticipationStore(Protocol):
    """What participations need of their store."""

    async def join(
        self, work: Work, evenement: int, number: int, statut: StatutParticipation, *, place_prise: bool
    ) -> int | None:
        """Record that somebody takes part, or comes who was interested, and return the participation; None where he
        takes part so already, or comes."""
        ...

    async def leave(self, work: Work, evenement: int, number: int) -> bool | None:
        """Delete somebody's participation and return whether it held a seat of its own; None where there is none."""
        ...

    async def participants(
        self, work: Work, evenement: int, query: ListQuery, statut: StatutParticipation | None
    ) -> Page[Any]:
        """Return a page of the active users who take part, the first one first."""
        ...

    async def own(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a page of somebody's participations, newest first."""
        ...


class InvitedStore(Protocol):
    """What participations need of invitations."""

    async def is_invited(self, work: Work, evenement: int, number: int) -> bool:
        """Whether somebody is invited to an event."""
        ...


class Recorded(msgspec.Struct, frozen=True):
    """A participation that was recorded, and the free ticket that came with it."""

    id: int
    statut: StatutParticipation
    billet: int | None


class Participations:
    """Who takes part in what."""

    def __init__(
        self,
        works: Works,
        store: ParticipationStore,
        invited: InvitedStore,
        users: UsersApi,
        events: EventsApi,
        tickets: TicketsApi,
        clock: Clock,
    ) -> None:
        self._works = works
        self._store = store
        self._invited = invited
        self._users = users
        self._events = events
        self._tickets = tickets
        self._clock = clock

    async def join(self, caller: Caller, key: int, statut: StatutParticipation) -> Recorded:
        """Take part in an event, or come to it after having been interested.

        Raises `DomainError` of kind invalid: on `event_id` for one that the caller cannot see, that is not VALIDE or
        over, full, or paid where he holds no paid ticket; on `status` where he takes part so already. Of kind
        forbidden for who comes to an event by invitation without one.
        """
        comes = statut is StatutParticipation.PARTICIPE
        async with self._works.within(caller) as work:
            number = await self._users.acting(work, caller)
            evenement = await self._events.get(work, key)
            if evenement is None or not is_shown(evenement, viewer_of(caller)):
                raise invalid_field("event_id", messages.NOT_REFERENCE)
            if not is_open(evenement, self._clock.now()):
                raise invalid_field("event_id", NOT_OPEN)
            if comes:
                await self._admit(work, evenement, number)
            by_invitation = evenement.type_acces is TypeAcces.INVITATION
            made = await self._store.join(work, key, number, statut, place_prise=comes and by_invitation)
            if made is None:
                raise invalid_field("status", ALREADY_IN)
            work.audit("JOIN", OBJECT_TYPE, made, details={"evenement": key, "statut": statut.value})
            billet = await self._seat(work, evenement, number) if comes else None
            recorded = Recorded(made, statut, billet)
            await work.commit(recorded)
        return recorded

    async def leave(self, caller: Caller, key: ResourceId) -> None:
        """Take part in an event no more: a free ticket goes, a paid one stays. Raises `DomainError` of kind missing for
        an event that the caller cannot see, of kind invalid where he does not take part, where it is over, and where
        his free ticket was scanned."""
        number, _ = member_of(caller)
        async with self._works.within(caller) as work:
            evenement = await self._events.get(work, int(key))
            if evenement is None:
                raise missing(EVENT_NOT_FOUND)
            seated = await self._store.leave(work, evenement.id, number)
            if seated is None:
                raise invalid_request(NOT_IN) if is_shown(evenement, viewer_of(caller)) else missing(EVENT_NOT_FOUND)
            if evenement.date_fin <= self._clock.now():
                raise invalid_request(OVER)
            taken_back = await self._tickets.take_back(work, evenement.id, number)
            free = evenement.type_acces is TypeAcces.GRATUIT
            if free and not taken_back and await self._tickets.holds(work, evenement.id, number):
                raise invalid_request(INSIDE)
            if seated:
                await self._events.free_seats(work, evenement.id, 1)
            work.audit("LEAVE", OBJECT_TYPE, evenement.id)
            await work.commit()

    async def participants(
        self, caller: Caller, key: ResourceId, query: ListQuery, statut: StatutParticipation | None
    ) -> Page[Any]:
        """Return who takes part in an event that the caller can see. Raises `DomainError` of kind missing."""
        async with self._works.within(caller) as work:
            evenement = await self._events.get(work, int(key))
            if evenement is None or not is_shown(evenement, viewer_of(caller)):
                raise missing(EVENT_NOT_FOUND)
            page: Page[Any] = await self._store.participants(work, evenement.id, query, statut)
        return page

    async def own(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's participations."""
        number, _ = member_of(caller)
        async with self._works.reading(caller) as work:
            page: Page[Any] = await self._store.own(work, number, query)
        return page

    async def _admit(self, work: Work, evenement: Evenement, number: int) -> None:
        """Refuse who may not come to an event: by invitation, or paid."""
        if evenement.type_acces is TypeAcces.INVITATION:
            if not await self._invited.is_invited(work, evenement.id, number):
                raise forbidden(NOT_INVITED)
        elif evenement.type_acces is TypeAcces.PAYANT and not await self._tickets.holds(work, evenement.id, number):
            raise invalid_field("event_id", NO_TICKET)

    async def _seat(self, work: Work, evenement: Evenement, number: int) -> int | None:
        """Take the seat of who comes, and return the free ticket that goes with it; the seat of a paid event came with
        its ticket. The event's row is held from here on."""
        billet: int | None = None
        match evenement.type_acces:
            case TypeAcces.PAYANT:
                return None
            case TypeAcces.GRATUIT:
                billet = await self._tickets.give(work, evenement, number)
                full = billet is None
            case TypeAcces.INVITATION:
                full = await self._events.take_seats(work, evenement.id, 1) is None
        if full:
            raise invalid_field("event_id", FULL)
        # its organiser may have made it a paid one, or one by invitation, since it was read
        held = await self._events.get(work, evenement.id)
        if held is None or held.type_acces is not evenement.type_acces:
            raise invalid_field("event_id", EVENT_CHANGED)
        return billet
