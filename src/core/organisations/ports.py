"""What the organisations area needs of its stores."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.permissions import Role
from core.organisations.entities import MemberStatus, Organisation, Place
from core.work import Work


class NewPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A membership that is about to be inserted."""

    account: UUID
    organisation: UUID
    role: Role
    status: MemberStatus = MemberStatus.ACTIVE
    owner: bool = False


class OrganisationStore(Protocol):
    """Keeps organisations. The table belongs to no tenant: every use case answers for what it touches."""

    async def get(self, work: Work, organisation: UUID) -> Organisation | None:
        """Return an organisation, archived or not."""
        ...

    async def by_number(self, work: Work, number: int) -> Organisation | None:
        """Return an organisation by its integer id."""
        ...

    async def named(self, work: Work, name: str) -> Organisation | None:
        """Return the oldest open organisation of a name, without regard to case."""
        ...

    async def lock(self, work: Work, organisation: UUID) -> Organisation | None:
        """Return an organisation and hold it until the transaction ends: whoever joins it comes one after another."""
        ...

    async def insert(self, work: Work, organisation: UUID, values: Mapping[str, Any]) -> Organisation:
        """Insert an organisation with the columns that are given. Raises `NameTaken`."""
        ...

    async def insert_once(self, work: Work, organisation: UUID, values: Mapping[str, Any]) -> Organisation:
        """Insert an organisation under this id unless it is there; return it as it stands."""
        ...

    async def archive(self, work: Work, organisation: UUID, at: datetime, version: int | None) -> bool:
        """Archive an open organisation; False where it is archived already, or not in the version given."""
        ...

    async def restore(self, work: Work, organisation: UUID) -> bool:
        """Undo `archive`; False where it is open. Raises `NameTaken`."""
        ...

    async def every(self, work: Work, *, archived: bool) -> Sequence[Organisation]:
        """Return the open organisations by number, or the archived ones."""
        ...

    async def appoint(self, work: Work, organisation: UUID, account: UUID) -> None:
        """Make an account the administrator of an organisation that has none, and its address the one for bills where
        none is known (DECISIONS.md section 4)."""
        ...


class MembershipStore(Protocol):
    """Keeps memberships."""

    async def lock(self, work: Work, membership: UUID) -> Place | None:
        """Return a membership in scope and hold it until the transaction ends."""
        ...

    async def seated(self, work: Work) -> Mapping[int, int]:
        """Return how many members but the owner organisations have, by number, on a work that sees everything."""
        ...

    async def any_in(self, work: Work, organisation: UUID) -> bool:
        """Whether an organisation has a member, whatever the status."""
        ...

    async def insert(self, work: Work, new: NewPlace) -> Place:
        """Insert a membership. Its id is the account's own where that is free: that is how ekigega shows a member as
        the account's UUID (DECISIONS.md section 0). Raises `AlreadyMember`."""
        ...


class NameTaken(Exception):
    """Another open organisation has the name, which only one may have."""


class AlreadyMember(Exception):
    """The account has a place in the organisation already."""
