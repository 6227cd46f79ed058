"""The use cases of profiles."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from core.access.principal import Caller, Principal
from core.accounts.people import AccountFields, People
from core.files.public import PublicFile, PublicFiles
from core.files.service import Upload
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field, missing, unauthenticated
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.users.domain import NOT_BORN, PHOTO_FOLDER, PHOTO_KINDS, USER_NOT_FOUND

OBJECT_TYPE: Final = "Profil"
FIELDS: Final = AccountFields(phone="telephone")
_OF_ACCOUNT: Final = {
    "username": "username",
    "first_name": "first_name",
    "last_name": "last_name",
    "telephone": "phone",
}
"""What of a profile the account keeps."""


class ProfileStore(Protocol):
    """What profiles need of their store."""

    async def ensure(self, work: Work, number: int) -> bool:
        """Make the profile of an account that has none; False where it has one."""
        ...

    async def own(self, work: Work, number: int) -> Any:
        """Return an account's profile."""
        ...

    async def page(self, work: Work, query: ListQuery, *, viewer: int, staff: bool) -> Page[Any]:
        """Return a page of active users."""
        ...

    async def detail(self, work: Work, number: int, *, viewer: int, staff: bool) -> Any:
        """Return an active user; None where there is none."""
        ...

    async def hold_photo(self, work: Work, number: int) -> str | None:
        """Return the path of a photo, and hold the profile until the transaction ends."""
        ...

    async def update(self, work: Work, number: int, values: Mapping[str, Any]) -> None:
        """Change fields of a profile."""
        ...

    async def put_link(self, work: Work, number: int, email: str, token_hash: bytes, expires_at: datetime) -> None:
        """Write a link that proves an address over an earlier one of the same user."""
        ...

    async def take_link(self, work: Work, token_hash: bytes, now: datetime) -> UUID | None:
        """Use a link up and return the account whose present address it proves; None where it proves none."""
        ...


def principal_of(caller: Caller) -> Principal:
    """Who calls. Raises `DomainError` of kind unauthenticated for nobody."""
    if caller.principal is None:
        raise unauthenticated()
    return caller.principal


def moderates(caller: Caller) -> bool:
    """Whether the caller is staff (DECISIONS.md section 0, "Powers")."""
    principal = caller.principal
    return principal is not None and (principal.staff or principal.superuser)


class Profiles:
    """Profiles: one's own, and those of others."""

    def __init__(
        self,
        works: Works,
        store: ProfileStore,
        people: People,
        files: PublicFiles,
        clock: Clock,
        *,
        max_photo_bytes: int,
    ) -> None:
        self._works = works
        self._store = store
        self._people = people
        self._files = files
        self._clock = clock
        self._max_photo_bytes = max_photo_bytes

    async def own(self, caller: Caller) -> Any:
        """Return the caller's profile."""
        async with self._works.reading(caller) as work:
            found = await self._store.own(work, principal_of(caller).number)
        if found is None:
            raise unauthenticated()
        return found

    async def change(self, caller: Caller, given: Mapping[str, Any]) -> Any:
        """Change the given fields of the caller's profile and return it. A new photo replaces the one before, null
        takes it away. Raises `DomainError` of kind invalid with the failing fields; then nothing has changed."""
        principal = principal_of(caller)
        values = {name: value for name, value in given.items() if name not in _OF_ACCOUNT}
        born = values.get("date_naissance")
        if born is not None and born > self._clock.now().date():
            raise invalid_field("date_naissance", NOT_BORN)
        values = await self._with_photo(caller, values)
        of_account = {column: given[name] or None for name, column in _OF_ACCOUNT.items() if name in given}
        async with self._works.everywhere(caller) as work:
            if of_account:
                await self._people.change(work, principal.account, of_account, FIELDS)
            if values:
                await self._store.ensure(work, principal.number)
                await self._write(work, principal.number, values)
                work.audit("UPDATE", OBJECT_TYPE, principal.number)
            await work.commit()
        return await self.own(caller)

    async def _with_photo(self, caller: Caller, values: dict[str, Any]) -> dict[str, Any]:
        photo = values.get("photo_profil")
        if isinstance(photo, Upload):
            data = await photo.read()
            values["photo_profil"] = await self._files.receive(
                caller, "photo_profil", PHOTO_FOLDER, data, PHOTO_KINDS, self._max_photo_bytes
            )
        elif photo is not None:
            del values["photo_profil"]
        return values

    async def _write(self, work: Work, number: int, values: dict[str, Any]) -> None:
        if "photo_profil" in values:
            before = await self._store.hold_photo(work, number)
            photo = values["photo_profil"]
            if isinstance(photo, PublicFile):
                await self._files.keep(work, photo)
                values["photo_profil"] = photo.path
        await self._store.update(work, number, values)
        if "photo_profil" in values and before is not None:
            await self._files.release(work, before)

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of users."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, query, viewer=principal_of(caller).number, staff=moderates(caller))

    async def detail(self, caller: Caller, number: ResourceId) -> Any:
        """Return a user. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.detail(
                work, int(number), viewer=principal_of(caller).number, staff=moderates(caller)
            )
        if found is None:
            raise missing(USER_NOT_FOUND)
        return found
