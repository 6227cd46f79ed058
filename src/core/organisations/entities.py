"""Organisations, and an account's place in one."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from core.access.permissions import Role
from core.access.principal import Membership

OWN_ORGANISATION = UUID("00000000-0000-7000-8000-000000000001")
"""The installation's own organisation, which accounts of the command line belong to unless told otherwise
(DECISIONS.md section 5, Scope). Nobody registers into it."""


class MemberStatus(StrEnum):
    """Whether a membership gives access. `en_attente` exists in `production` only (DECISIONS.md section 1)."""

    ACTIVE = "actif"
    INACTIVE = "inactif"
    PENDING = "en_attente"


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """A company: a tenant of the installation."""

    id: UUID
    number: int
    name: str
    sector: str
    kind: str
    address: str
    size: int
    billing_email: str | None
    is_active: bool
    archived: bool
    created_at: datetime
    updated_at: datetime


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An account's place in an organisation, whatever its status."""

    id: UUID
    account: UUID
    organisation: UUID
    organisation_number: int
    organisation_open: bool
    role: Role
    status: MemberStatus
    owner: bool
    created_at: datetime
    updated_at: datetime
    last_used: datetime | None = None

    @property
    def usable(self) -> bool:
        """Whether it gives access: active, in an organisation that is neither switched off nor archived."""
        return self.status is MemberStatus.ACTIVE and self.organisation_open

    @property
    def membership(self) -> Membership:
        """What a principal carries of it."""
        return Membership(
            id=self.id,
            organisation=self.organisation,
            organisation_number=self.organisation_number,
            role=self.role.name,
            permissions=self.role.pairs,
            owner=self.owner,
        )


def preferred_place(places: Sequence[Place]) -> Place | None:
    """The place that a new session opens in: the usable one used last, else the oldest; None where none is usable."""
    usable = sorted((place for place in places if place.usable), key=lambda place: (place.created_at, place.id))
    used = [place for place in usable if place.last_used is not None]
    if used:
        return max(used, key=lambda place: place.last_used or place.created_at)
    return usable[0] if usable else None
