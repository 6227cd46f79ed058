"""Who acts: the account behind a session, its place in an organisation, and the request it acts through."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from core.primitives.locale import Locale


class Action(StrEnum):
    """What can be done with a resource."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


class Membership(msgspec.Struct, frozen=True):
    """An account's active place in an organisation. The owner passes every check of the organisation."""

    id: UUID
    organisation: UUID
    organisation_number: int
    role: str
    permissions: frozenset[tuple[str, str]]
    owner: bool = False


class Principal(msgspec.Struct, frozen=True):
    """A signed-in account. It is cached by the edge for less than a second, so that revocation shows at once."""

    account: UUID
    number: int
    session: UUID
    email: str
    superuser: bool = False
    staff: bool = False
    membership: Membership | None = None

    def can(self, resource: str, action: Action) -> bool:
        """Whether this account may act so on this resource inside its organisation."""
        if self.superuser:
            return True
        place = self.membership
        return place is not None and (place.owner or (resource, action.value) in place.permissions)

    @property
    def administers(self) -> bool:
        """Whether this account administers its organisation: its owner or an ADMIN (DECISIONS.md section 0)."""
        place = self.membership
        return self.superuser or (place is not None and (place.owner or place.role == ADMIN))


SUPER_ADMIN = "SUPER_ADMIN"
ADMIN = "ADMIN"


class Replay(msgspec.Struct):
    """What an `Idempotency-Key` asks for: to be stored in the transaction of what it creates.

    `fingerprint` covers the method, route and body; `encode` renders the use case's result as the first answer's
    body; `lifetime` is in seconds.
    """

    account: UUID
    key: str
    route: str
    fingerprint: bytes
    status: int
    encode: Callable[[Any], tuple[bytes, dict[str, str]]]
    lifetime: int = 86_400


class RequestContext(msgspec.Struct):
    """The request behind a unit of work, as the edge filled it in; the audit trail records it. `status` is the one
    that the operation declares for success."""

    method: str = ""
    path: str = ""
    status: int = 0
    address: str = ""
    agent: str = ""
    id: str = ""
    replay: Replay | None = None


class Scope(msgspec.Struct, frozen=True):
    """Which tenant's rows a unit of work sees: one organisation's, everything, or (neither) none."""

    organisation: UUID | None = None
    everything: bool = False


class Caller(msgspec.Struct, frozen=True):
    """Who calls a use case, in which language, through which request. Without a principal: anonymous."""

    principal: Principal | None = None
    locale: Locale = Locale.FR
    request: RequestContext = msgspec.field(default_factory=RequestContext)
    narrowed_to: UUID | None = None

    @property
    def account(self) -> UUID | None:
        """The account's id, None for an anonymous caller."""
        return self.principal.account if self.principal else None

    @property
    def organisation(self) -> UUID | None:
        """The organisation that the caller acts in: its membership's, or the one a superuser narrowed itself to."""
        if self.narrowed_to is not None:
            return self.narrowed_to
        place = self.principal.membership if self.principal else None
        return place.organisation if place else None

    @property
    def superuser(self) -> bool:
        """Whether the caller is a superuser."""
        return self.principal is not None and self.principal.superuser

    @property
    def scope(self) -> Scope:
        """What the caller sees: a superuser everything unless narrowed, a member its organisation."""
        if self.superuser and self.narrowed_to is None:
            return Scope(organisation=self.organisation, everything=True)
        return Scope(organisation=self.organisation)


SYSTEM = Caller()
"""The installation itself: jobs and the command line."""
