"""The use cases of invitations (DECISIONS.md section 2, "Participation")."""

from collections.abc import Sequence
from typing import Any, Protocol

from core.access.principal import Caller
from core.primitives.clock import Clock
from core.primitives.errors import forbidden, invalid_field, invalid_request, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.events.api import EventsApi
from plugins.spotvibe.events.domain import EVENT_NOT_FOUND, Evenement, viewer_of
from plugins.spotvibe.participations.domain import NOT_OPEN, NOT_YOURS_TO_INVITE, UNKNOWN_GUESTS, is_open, is_shown
from plugins.spotvibe.participations.events import Invited
from plugins.spotvibe.users.api import UsersApi


class InvitationStore(Protocol):
    """What invitations need of their store."""

    async def known(self, work: Work, numbers: Sequence[int]) -> set[int]:
        """Return those of these numbers that are active users'."""
        ...

    async def invite(self, work: Work, evenement: int, numbers: Sequence[int], by: int) -> Sequence[int]:
        """Invite users to an event, and return those who were not invited before."""
        ...

    async def page(self, work: Work, evenement: int, query: ListQuery) -> Page[Any]:
        """Return a page of the active users who are invited, newest first."""
        ...


class Invitations:
    """Who is invited to what."""

    def __init__(self, works: Works, store: InvitationStore, users: UsersApi, events: EventsApi, clock: Clock) -> None:
        self._works = works
        self._store = store
        self._users = users
        self._events = events
        self._clock = clock

    async def invite(self, caller: Caller, key: ResourceId, numbers: Sequence[int]) -> int:
        """Invite users to one's event, as staff to any; who is invited already stays so. Returns how many are new.

        Raises `DomainError` of kind missing for an event that the caller cannot see, of kind forbidden for another's,
        of kind invalid for one that is not VALIDE or over, and on `user_ids` for users that are not there.
        """
        async with self._works.within(caller) as work:
            evenement = await self._own(work, caller, key)
            if not is_open(evenement, self._clock.now()):
                raise invalid_request(NOT_OPEN)
            by = await self._users.acting(work, caller)
            wanted = sorted(set(numbers))
            unknown = set(wanted) - await self._store.known(work, wanted)
            if unknown:
                raise invalid_field("user_ids", UNKNOWN_GUESTS, numbers=", ".join(map(str, sorted(unknown))))
            new = await self._store.invite(work, evenement.id, wanted, by)
            for user in new:
                work.publish(Invited(evenement=evenement.id, titre=evenement.titre, user=user, par=by))
            if new:
                work.audit("INVITE", "Evenement", evenement.id, details={"users": list(new)})
            await work.commit(len(new))
        return len(new)

    async def page(self, caller: Caller, key: ResourceId, query: ListQuery) -> Page[Any]:
        """Return who is invited to one's event, as staff to any. Raises `DomainError` of kind missing for an event that
        the caller cannot see, of kind forbidden for another's."""
        async with self._works.within(caller) as work:
            evenement = await self._own(work, caller, key)
            page: Page[Any] = await self._store.page(work, evenement.id, query)
        return page

    async def _own(self, work: Work, caller: Caller, key: ResourceId) -> Evenement:
        viewer = viewer_of(caller)
        evenement = await self._events.get(work, int(key))
        if evenement is None or not is_shown(evenement, viewer):
            raise missing(EVENT_NOT_FOUND)
        if not viewer.staff and viewer.number != evenement.createur:
            raise forbidden(NOT_YOURS_TO_INVITE)
        return evenement
