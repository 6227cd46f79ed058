"""Permissions tied to something else, a role or a function: shown, assigned, removed."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from core.access.principal import Caller
from core.primitives.errors import DomainError, Kind, Message, message, missing
from core.primitives.page import Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")

UNKNOWN_PERMISSIONS = message(
    "driven_permissions_unknown", fr="Permission(s) inconnue(s) : {inconnues}", en="Unknown permission(s): {inconnues}"
)


class TiedPermission(msgspec.Struct):
    """A permission as roles and functions show it."""

    permission_id: int
    nom: str
    description: str


class TieStore(Protocol):
    """What tied permissions need of their store. `key` is the role or the function."""

    async def tied_to(self, work: Work, key: ResourceId) -> list[TiedPermission]:
        """Return what is tied, by id."""
        ...

    async def hold(self, work: Work, ids: Sequence[int]) -> dict[int, str]:
        """Return the names of those permissions that are there, by id, and keep them there until the transaction
        ends."""
        ...

    async def tie(self, work: Work, key: ResourceId, ids: Sequence[int]) -> None:
        """Tie permissions; what is tied already stays so."""
        ...

    async def untie(self, work: Work, key: ResourceId, ids: Sequence[int]) -> None:
        """Untie permissions; what is not tied is none the worse."""
        ...


class Ties(Generic[W]):
    """The use cases of tied permissions. `owners` is the store of what they are tied to; tying counts as a change of
    it, which also makes parallel requests about the same one wait for each other."""

    def __init__(
        self, works: Works, owners: ResourceStore[W], store: TieStore, *, object_type: str, absent: Message
    ) -> None:
        self.works = works
        self.owners = owners
        self.store = store
        self.object_type = object_type
        self.absent = absent

    async def shown(self, caller: Caller, key: ResourceId) -> list[TiedPermission]:
        """Return what is tied to one. Raises `DomainError` of kind missing where it is not there."""
        async with self.works.within(caller) as work:
            if await self.owners.get(work, key) is None:
                raise missing(self.absent)
            return await self.store.tied_to(work, key)

    async def assign(self, caller: Caller, key: ResourceId, ids: Sequence[int]) -> W:
        """Tie permissions to one, and return it. Raises `DomainError` of kind missing where it or one of the
        permissions is not there; then nothing is changed."""
        async with self.works.within(caller) as work:
            owner = await self._touched(work, key)
            held = await self._held(work, ids)
            await self.before_assign(work, owner.value, held)
            await self.store.tie(work, key, list(held))
            work.audit("UPDATE", self.object_type, key, details={"permissions_assignees": sorted(held)})
            await work.commit()
        return owner.value

    async def remove(self, caller: Caller, key: ResourceId, ids: Sequence[int]) -> W:
        """Untie permissions from one, and return it. Raises like `assign`."""
        async with self.works.within(caller) as work:
            owner = await self._touched(work, key)
            held = await self._held(work, ids)
            await self.store.untie(work, key, list(held))
            work.audit("UPDATE", self.object_type, key, details={"permissions_retirees": sorted(held)})
            await work.commit()
        return owner.value

    async def before_assign(self, work: Work, owner: W, held: dict[int, str]) -> None:
        """Refuse an assignment. Slices override it."""

    async def _touched(self, work: Work, key: ResourceId) -> Versioned[W]:
        number = work.caller.principal.number if work.caller.principal else None
        values: dict[str, Any] = {"modifier_par": number}
        owner = await self.owners.update(work, key, values, None)
        if owner is None:
            raise missing(self.absent)
        return owner

    async def _held(self, work: Work, ids: Sequence[int]) -> dict[int, str]:
        held = await self.store.hold(work, sorted(set(ids)))
        unknown = [each for each in dict.fromkeys(ids) if each not in held]
        if unknown:
            named = ", ".join(map(str, unknown))
            raise DomainError(UNKNOWN_PERMISSIONS, Kind.MISSING, {"inconnues": named})
        return held
