"""The unit of work: one transaction of one use case."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller, Scope
from core.primitives.errors import invalid_request, message
from core.primitives.events import Event

NO_ORGANISATION = message(
    "no_organisation",
    fr="Précisez l'organisation par l'en-tête X-Organisation.",
    en="Name the organisation in the X-Organisation header.",
)


class Delivery(msgspec.Struct, frozen=True):
    """An event on its way to one subscriber, or a job asked for in a unit of work. `id` is the outbox row's, the same
    for every retry; `attempt` counts from 1."""

    id: UUID
    topic: str
    subscriber: str
    payload: dict[str, Any]
    attempt: int = 1


class Work(Protocol):
    """An open transaction. Nothing is kept unless `commit` is called; leaving the block without it rolls back.

    Stores of the adapters take it as their first argument. No network call happens inside.
    """

    @property
    def caller(self) -> Caller:
        """Who the work is done for."""
        ...

    @property
    def scope(self) -> Scope:
        """Which tenant's rows the work sees."""
        ...

    def publish(self, event: Event) -> None:
        """Record an event; each of its subscribers gets it after the commit, at least once."""
        ...

    def ask(self, job: str, /, *, after: timedelta = timedelta(), **payload: Any) -> None:
        """Record a job to be run after the commit, at least once, and not before `after` has passed."""
        ...

    def audit(
        self,
        action: str,
        object_type: str,
        object_id: UUID | int | str,
        *,
        account: UUID | None = None,
        organisation: UUID | None = None,
        status: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Record an audit entry. Account, organisation and status are the caller's and the request's unless given."""
        ...

    async def commit(self, answer: Any = None) -> None:
        """Write audit entries and outbox rows, and commit. `answer` is what the use case returns: under an
        `Idempotency-Key` it is stored in the same transaction."""
        ...


class Works(Protocol):
    """Opens units of work."""

    def within(self, caller: Caller) -> AbstractAsyncContextManager[Work]:
        """Open a transaction in the caller's scope."""
        ...

    def reading(self, caller: Caller) -> AbstractAsyncContextManager[Work]:
        """Open a work in the caller's scope that only reads pages and single rows through stores: each statement is
        a snapshot of its own. Nothing can be recorded or committed."""
        ...

    def everywhere(self, caller: Caller) -> AbstractAsyncContextManager[Work]:
        """Open a transaction that sees every tenant: sign-in, jobs, the command line. The use case itself answers
        for what it touches."""
        ...

    def delivering(self, delivery: Delivery) -> AbstractAsyncContextManager[Work]:
        """Open a transaction that closes an outbox row when it commits; raises `AlreadyDelivered` where it is
        closed."""
        ...


class AlreadyDelivered(Exception):
    """The outbox row has been handled before: nothing is left to do."""


def organisation_of(work: Work) -> UUID:
    """The organisation that a unit of work writes into. Raises `DomainError` of kind invalid where a superuser
    without an organisation has named none."""
    if work.scope.organisation is None:
        raise invalid_request(NO_ORGANISATION)
    return work.scope.organisation
