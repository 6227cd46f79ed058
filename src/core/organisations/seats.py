"""Seats: every member of an organisation but its owner takes one (DECISIONS.md section 4, "Companies are
organisations"). How many there are is without limit, unless a plugin says otherwise."""

from collections.abc import Mapping
from typing import Final

from core.access.usage import Subject, Terms, Usage
from core.organisations.errors import MEMBERS_FULL
from core.organisations.ports import MembershipStore
from core.primitives.errors import Kind
from core.work import Work

MEMBERS: Final = "organisation_members"
"""The counted feature. Its subjects are the numbers of organisations."""


class Seats:
    """Counts the members of organisations as the feature `MEMBERS`."""

    def __init__(self, usage: Usage, memberships: MembershipStore) -> None:
        self._usage = usage
        self._memberships = memberships
        usage.declare(MEMBERS, without_limit, subject=Subject.ORGANISATION, counted=self.counted)

    async def take(self, work: Work, organisation_number: int) -> None:
        """Count a member that is about to be inserted. Raises `DomainError` of kind invalid where all seats are
        taken."""
        await self._usage.take(work, MEMBERS, str(organisation_number), MEMBERS_FULL, kind=Kind.INVALID)

    async def give_back(self, work: Work, organisation_number: int) -> None:
        """Count a member less."""
        await self._usage.give_back(work, MEMBERS, str(organisation_number))

    async def counted(self, work: Work) -> Mapping[str, int]:
        """The rows that prove the counters: members but owners, by number of the organisation."""
        return {str(number): count for number, count in (await self._memberships.seated(work)).items()}


async def without_limit(work: Work, subject: str, hold: bool) -> Terms:  # noqa: ARG001 - a source of terms
    """The terms of a feature that nobody caps."""
    return Terms(None)
