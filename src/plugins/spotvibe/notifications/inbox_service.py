"""What somebody reads in the application (contracts/spotvibe.md section 7.1)."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.notifications.domain import NOTIFICATION_NOT_FOUND, Annonce, Canal, number_of
from plugins.spotvibe.notifications.notify_service import Notifier
from plugins.spotvibe.notifications.types import TEST
from plugins.spotvibe.users.api import UsersApi

OBJECT_TYPE: Final = "Notification"


class InboxStore(Protocol):
    """What reading notifications needs of its store."""

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's notifications, newest first."""
        ...

    async def detail(self, work: Work, number: int, key: int) -> Any:
        """Return a user's notification; None where he has none of this id."""
        ...

    async def mark(self, work: Work, number: int, keys: Sequence[int]) -> int:
        """Mark a user's notifications as read, and return how many of these are his, read before or not."""
        ...

    async def mark_all(self, work: Work, number: int) -> int:
        """Mark all of a user's notifications as read, and return how many were not."""
        ...

    async def stats(self, work: Work, number: int) -> tuple[int, int]:
        """Return how many notifications a user has, and how many he has not read."""
        ...

    async def unread(self, work: Work, number: int) -> int:
        """Return how many notifications a user has not read."""
        ...

    async def delete(self, work: Work, number: int, key: int) -> bool:
        """Delete a user's notification; False where he has none of this id."""
        ...


class Inbox:
    """Somebody's own notifications. Those of others do not exist for him."""

    def __init__(self, works: Works, store: InboxStore, notifier: Notifier, users: UsersApi) -> None:
        self._works = works
        self._store = store
        self._notifier = notifier
        self._users = users

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's notifications, newest first."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, number_of(caller), query)

    async def detail(self, caller: Caller, key: ResourceId) -> Any:
        """Return one of the caller's notifications. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.detail(work, number_of(caller), int(key))
        if found is None:
            raise missing(NOTIFICATION_NOT_FOUND)
        return found

    async def mark(self, caller: Caller, keys: Sequence[int]) -> None:
        """Mark notifications as read; one that was read keeps its first moment. Raises `DomainError` of kind invalid on
        `notification_ids` where one of them is not the caller's; then nothing has changed."""
        chosen = sorted(set(keys))
        async with self._works.within(caller) as work:
            if await self._store.mark(work, number_of(caller), chosen) != len(chosen):
                raise invalid_field("notification_ids", messages.NOT_REFERENCE)
            await work.commit()

    async def mark_all(self, caller: Caller) -> int:
        """Mark all of the caller's notifications as read, and return how many were not."""
        async with self._works.within(caller) as work:
            marked = await self._store.mark_all(work, number_of(caller))
            await work.commit()
        return marked

    async def stats(self, caller: Caller) -> tuple[int, int]:
        """Return how many notifications the caller has, and how many he has not read."""
        async with self._works.reading(caller) as work:
            return await self._store.stats(work, number_of(caller))

    async def unread(self, caller: Caller) -> int:
        """Return how many notifications the caller has not read."""
        async with self._works.reading(caller) as work:
            return await self._store.unread(work, number_of(caller))

    async def test(self, caller: Caller) -> None:
        """Send the caller a test through every channel that he wants; it is read in the application in any case."""
        annonce = Annonce(type_notification=TEST, lien="/notifications")
        async with self._works.everywhere(caller) as work:
            number = await self._users.acting(work, caller)
            modele = await self._notifier.template(work, TEST)
            await self._notifier.send(work, modele, annonce, [number], always=Canal.IN_APP)
            await work.commit()

    async def delete(self, caller: Caller, key: ResourceId) -> None:
        """Delete one of the caller's notifications. Raises `DomainError` of kind missing."""
        async with self._works.within(caller) as work:
            if not await self._store.delete(work, number_of(caller), int(key)):
                raise missing(NOTIFICATION_NOT_FOUND)
            work.audit("DELETE", OBJECT_TYPE, int(key))
            await work.commit()
