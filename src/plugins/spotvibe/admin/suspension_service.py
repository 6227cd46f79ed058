"""Keeping users out of spotvibe, and letting them in again. Their accounts are left alone: other products are not
staff's to close (DECISIONS.md section 0, "One account, several products")."""

from typing import Final, Protocol

import msgspec

from core.primitives.errors import DomainError, Kind, forbidden, missing
from core.work import Work
from plugins.spotvibe.admin.domain import NOT_SUSPENDED, PROTECTED, SUSPENDED_ALREADY
from plugins.spotvibe.users.profile_service import principal_of

OBJECT_TYPE: Final = "Utilisateur"


class Powers(msgspec.Struct, frozen=True):
    """What a user is in the house."""

    staff: bool
    superuser: bool


class SuspensionStore(Protocol):
    """What suspensions need of their store."""

    async def powers(self, work: Work, number: int) -> Powers | None:
        """Return what a user is; None where there is no such user."""
        ...

    async def suspend(self, work: Work, number: int, by: int, reason: str) -> bool:
        """Suspend a user; False where he is suspended already."""
        ...

    async def restore(self, work: Work, number: int) -> bool:
        """End a user's suspension; False where he is not suspended."""
        ...


class Suspensions:
    """Suspends users. Every method works inside the unit of work of its caller."""

    def __init__(self, store: SuspensionStore) -> None:
        self._store = store

    async def suspend(self, work: Work, number: int, reason: str) -> None:
        """Keep a user out. Raises `DomainError` of kind missing for an unknown one, forbidden for oneself, for a
        superuser, and for staff where the caller is no superuser, conflict for one who is kept out already."""
        caller = principal_of(work.caller)
        powers = await self._store.powers(work, number)
        if powers is None:
            raise missing()
        if number == caller.number or powers.superuser or (powers.staff and not caller.superuser):
            raise forbidden(PROTECTED)
        if not await self._store.suspend(work, number, caller.number, reason):
            raise DomainError(SUSPENDED_ALREADY, Kind.CONFLICT)
        work.audit("SUSPEND", OBJECT_TYPE, number)

    async def restore(self, work: Work, number: int) -> None:
        """Let a user in again. Raises `DomainError` of kind missing for an unknown one, conflict for one who is not
        kept out."""
        if not await self._store.restore(work, number):
            if await self._store.powers(work, number) is None:
                raise missing()
            raise DomainError(NOT_SUSPENDED, Kind.CONFLICT)
        work.audit("RESTORE", OBJECT_TYPE, number)
