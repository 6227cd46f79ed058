"""What somebody chooses: which notifications reach him how, and the devices that they are pushed to (contracts/
spotvibe.md sections 7.2 and 7.4)."""

from typing import Any, Final, Protocol

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Delivery, Work, Works
from plugins.spotvibe.notifications.domain import (
    PUSH_TOKEN_NOT_FOUND,
    TOKEN_KNOWN,
    Canal,
    Frequence,
    Plateforme,
    number_of,
)
from plugins.spotvibe.users.api import UsersApi

PREFERENCE: Final = "NotificationPreference"
PUSH_TOKEN: Final = "PushToken"  # noqa: S105 - a kind of thing


class ChoiceStore(Protocol):
    """What choices need of their store."""

    async def preferences(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return what a user prefers, for every type and each channel that it has or that he has chosen."""
        ...

    async def prefer(
        self, work: Work, number: int, type_notification: str, canal: str, actif: bool | None, frequence: str | None
    ) -> bool:
        """Write a preference, what is None stays; False where there is no such type."""
        ...

    async def tokens(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's push tokens."""
        ...

    async def register(
        self, work: Work, number: int, token: str, plateforme: str, nom_appareil: str, most: int
    ) -> int | None:
        """Register a push token, or take it over from another user, and return its id; None where it is this user's
        already. He keeps the `most` newest."""
        ...

    async def forget(self, work: Work, number: int, key: int) -> bool:
        """Delete a user's push token; False where he has none of this id."""
        ...

    async def drop(self, work: Work, token: str) -> None:
        """Delete a push token, whosever it is."""
        ...


class Choices:
    """Preferences and devices. A user keeps at most `devices` push tokens, the newest."""

    def __init__(self, works: Works, store: ChoiceStore, users: UsersApi, *, devices: int) -> None:
        self._works = works
        self._store = store
        self._users = users
        self._devices = devices

    async def preferences(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's preferences, defaults where he has chosen nothing."""
        async with self._works.reading(caller) as work:
            return await self._store.preferences(work, number_of(caller), query)

    async def prefer(
        self, caller: Caller, type_notification: str, canal: Canal, actif: bool | None, frequence: Frequence | None
    ) -> None:
        """Change a preference of the caller's. Raises `DomainError` of kind invalid on `type_notification` for a type
        that there is not."""
        async with self._works.everywhere(caller) as work:
            number = await self._users.acting(work, caller)
            if not await self._store.prefer(work, number, type_notification, canal, actif, frequence):
                raise invalid_field("type_notification", messages.NOT_CHOICE, value=type_notification)
            work.audit("UPDATE", PREFERENCE, f"{type_notification}/{canal}")
            await work.commit()

    async def tokens(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's push tokens."""
        async with self._works.reading(caller) as work:
            return await self._store.tokens(work, number_of(caller), query)

    async def register(self, caller: Caller, token: str, plateforme: Plateforme, nom_appareil: str) -> int:
        """Register a device of the caller's and return its id. A token of somebody else moves to him: a device has
        changed hands. Raises `DomainError` of kind invalid on `token` where it is his already."""
        async with self._works.within(caller) as work:
            number = await self._users.acting(work, caller)
            made = await self._store.register(work, number, token, plateforme, nom_appareil, self._devices)
            if made is None:
                raise invalid_field("token", TOKEN_KNOWN)
            work.audit("CREATE", PUSH_TOKEN, made)
            await work.commit(made)
        return made

    async def forget(self, caller: Caller, key: ResourceId) -> None:
        """Delete one of the caller's push tokens. Raises `DomainError` of kind missing."""
        async with self._works.within(caller) as work:
            if not await self._store.forget(work, number_of(caller), int(key)):
                raise missing(PUSH_TOKEN_NOT_FOUND)
            work.audit("DELETE", PUSH_TOKEN, int(key))
            await work.commit()

    async def recipient_gone(self, delivery: Delivery) -> None:
        """Hear of `notifications.recipient_gone`: a device that was given up is forgotten."""
        async with self._works.delivering(delivery) as work:
            if delivery.payload["channel"] == "push":
                await self._store.drop(work, delivery.payload["recipient"])
            await work.commit()
