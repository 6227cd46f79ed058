"""The unit of work on PostgreSQL: one transaction on one connection, bound to a tenant by row-level security."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from adapters.db.database import DATABASE_DOWN, Database
from adapters.db.idempotency import (
    KEY_IN_USE,
    NOTHING_STANDS_IN_THE_WAY,
    PREPARE_RECALL,
    RECALL,
    recall_sql,
    refuse,
)
from adapters.db.lending import Lending
from adapters.db.recording import record
from adapters.db.roles import GLOBAL_ROLE, TENANT_SETTING
from adapters.db.statement import Statement
from core.access.principal import Caller, Replay, Scope
from core.primitives.errors import DomainError, Kind, missing
from core.primitives.events import Event
from core.primitives.ids import new_id
from core.work import AlreadyDelivered, Delivery, Work

OUTBOX_CHANNEL = "socle_outbox"

_SHUT_DOWN = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
_LOST = (
    *_SHUT_DOWN,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
"""What asyncpg raises on a connection that the server closed; an internal error where it has read the farewell."""

_IS_OPEN = "select exists (select from organisation where id = $1 and archived_at is null)"


class PgWork:
    """An open transaction. Stores run statements on it with `all`, `one` and `value`."""

    __slots__ = (
        "_audits",
        "_connection",
        "_delivery",
        "_outbox",
        "_subscribers",
        "bound",
        "caller",
        "committed",
        "scope",
    )

    def __init__(
        self,
        connection: Any,
        caller: Caller,
        scope: Scope,
        subscribers: Mapping[str, tuple[str, ...]],
        delivery: Delivery | None,
    ) -> None:
        self._connection = connection
        self._subscribers = subscribers
        self._delivery = delivery
        self._audits: list[tuple[Any, ...]] = []
        self._outbox: list[tuple[Any, ...]] = []
        self.caller = caller
        self.scope = scope
        self.bound = False
        self.committed = False

    async def all(self, statement: Statement, **parameters: Any) -> list[Any]:
        """Run a statement and return all its records."""
        records: list[Any] = await self._connection.fetch(statement.sql, *statement.arguments(parameters))
        return records

    async def one(self, statement: Statement, **parameters: Any) -> Any:
        """Run a statement and return its first record, or None."""
        return await self._connection.fetchrow(statement.sql, *statement.arguments(parameters))

    async def value(self, statement: Statement, **parameters: Any) -> Any:
        """Run a statement and return the first value of its first record, or None."""
        return await self._connection.fetchval(statement.sql, *statement.arguments(parameters))

    @property
    def connection(self) -> Any:
        """The asyncpg connection inside the transaction, for statements that Core cannot say."""
        return self._connection

    def publish(self, event: Event) -> None:
        """Record one delivery of the event for each of its subscribers."""
        for subscriber in self._subscribers.get(event.name, ()):
            self._outbox.append((new_id(), event.name, subscriber, _json(event), timedelta()))

    def ask(self, job: str, /, *, after: timedelta = timedelta(), **payload: Any) -> None:
        """Record a job to run after the commit, and some time after it where `after` says so."""
        self._outbox.append((new_id(), "job", job, _json(payload), after))

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
        """Record an audit entry of this transaction."""
        request = self.caller.request
        self._audits.append(
            (
                new_id(),
                action,
                request.method,
                request.path,
                object_type,
                str(object_id),
                request.address,
                request.agent,
                request.status if status is None else status,
                account or self.caller.account,
                organisation or self.scope.organisation,
                _json(details) if details else None,
            )
        )

    async def commit(self, answer: Any = None) -> None:
        """Write what was recorded, and commit. Raises asyncpg's error where nothing could be committed."""
        run = self._connection
        replay = self.caller.request.replay if answer is not None else None
        closing = self._delivery.id if self._delivery is not None else None
        if self._audits or self._outbox or closing is not None or replay is not None:
            was_open, stored = await record(run, self._audits, self._outbox, closing, replay, answer)
            if not was_open:
                raise AlreadyDelivered
            if not stored:
                raise DomainError(KEY_IN_USE, Kind.CONFLICT, retry_after=1)
        done = await run.execute(f"select pg_notify('{OUTBOX_CHANNEL}', ''); commit" if self._outbox else "commit")
        if done != "COMMIT":
            # PostgreSQL answers the commit of a failed transaction with a rollback, and no error
            raise asyncpg.InFailedSQLTransactionError("the transaction had failed: nothing is committed")
        self.committed = True


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class PgReading(PgWork):
    """A work that reads, each statement on its own. A statement whose connection turns out to be lost runs again on
    another one: reading twice changes nothing."""

    __slots__ = ("_lending",)

    def __init__(self, lending: Lending, caller: Caller) -> None:
        super().__init__(None, caller, caller.scope, {}, None)
        self._lending = lending
        self.bound = caller.scope.organisation is not None

    async def __aenter__(self) -> "PgReading":
        self._connection = await _take(self._lending)
        return self

    async def __aexit__(self, kind: Any, *_: object) -> None:
        if self._connection is not None:
            await self._lending.give_back(self._connection, clean=kind is None or issubclass(kind, DomainError))

    async def all(self, statement: Statement, **parameters: Any) -> list[Any]:
        """Run a statement and return all its records."""
        records: list[Any] = await self._surviving(super().all, statement, parameters)
        return records

    async def one(self, statement: Statement, **parameters: Any) -> Any:
        """Run a statement and return its first record, or None."""
        return await self._surviving(super().one, statement, parameters)

    async def value(self, statement: Statement, **parameters: Any) -> Any:
        """Run a statement and return the first value of its first record, or None."""
        return await self._surviving(super().value, statement, parameters)

    async def commit(self, answer: Any = None) -> None:  # noqa: ARG002
        """There is nothing to commit."""
        raise TypeError("a work that reads cannot commit")

    async def _surviving(self, run: Any, statement: Statement, parameters: dict[str, Any]) -> Any:
        for _ in range(self._lending.max_size + 1):
            try:
                return await run(statement, **parameters)
            except _LOST as error:
                if not self._connection.is_closed() and not isinstance(error, _SHUT_DOWN):
                    raise
                lost, self._connection = self._connection, None
                await self._lending.give_back(lost, clean=False)
                self._connection = await _take(self._lending)
        raise DomainError(DATABASE_DOWN, Kind.UNAVAILABLE, retry_after=2)


def pg(work: Work) -> PgWork:
    """The PostgreSQL side of a unit of work, for stores."""
    if not isinstance(work, PgWork):
        raise TypeError(f"{type(work).__name__} is no unit of work of this adapter")
    return work


class PgWorks:
    """Opens units of work on a database. `subscribers` maps event names to handler names; the registry fills it
    before the server starts."""

    def __init__(self, database: Database, subscribers: Mapping[str, tuple[str, ...]]) -> None:
        self.database = database
        self.subscribers = subscribers

    def within(self, caller: Caller) -> AbstractAsyncContextManager[PgWork]:
        """A transaction in the caller's scope. Under an `Idempotency-Key` it first takes the key's lock; raises
        `AnsweredBefore` where the first answer is stored, and `DomainError` of kind missing where a superuser narrowed
        itself to an organisation that is not there or archived."""
        replay = caller.request.replay
        return _Transaction(self, caller, caller.scope, replay=replay, narrowed_to=caller.narrowed_to)

    def reading(self, caller: Caller) -> AbstractAsyncContextManager[PgWork]:
        """A work that only reads. In a tenant's scope it is `bound`: stores bind the tenant in the statement itself
        (`adapters.db.bound`), which spares the two round trips of a transaction. Whatever reads otherwise on it sees
        no tenant's rows."""
        if caller.scope.everything or caller.narrowed_to is not None:
            return self.within(caller)
        return PgReading(self.database.lending, caller)

    def everywhere(self, caller: Caller) -> AbstractAsyncContextManager[PgWork]:
        """A transaction as the global role."""
        return _Transaction(self, caller, Scope(caller.organisation, everything=True))

    def delivering(self, delivery: Delivery) -> AbstractAsyncContextManager[PgWork]:
        """A transaction as the global role that closes an outbox row when it commits."""
        return _Transaction(self, Caller(), Scope(everything=True), delivery=delivery)


class _Transaction(AbstractAsyncContextManager[PgWork]):
    """A unit of work for the length of a block. A class: generators for it took a hundredth of a sale."""

    __slots__ = ("_caller", "_delivery", "_lending", "_narrowed_to", "_replay", "_scope", "_subscribers", "_work")

    _work: PgWork

    def __init__(
        self,
        works: PgWorks,
        caller: Caller,
        scope: Scope,
        *,
        delivery: Delivery | None = None,
        replay: Replay | None = None,
        narrowed_to: UUID | None = None,
    ) -> None:
        self._lending = works.database.lending
        self._subscribers = works.subscribers
        self._caller = caller
        self._scope = scope
        self._delivery = delivery
        self._replay = replay
        self._narrowed_to = narrowed_to

    async def __aenter__(self) -> PgWork:
        scope, replay = self._scope, self._replay
        if scope.everything:
            begin = f"begin; set local role {GLOBAL_ROLE}"
        elif scope.organisation is not None:
            begin = f"begin; set local {TENANT_SETTING} = '{scope.organisation}'"
        else:
            begin = "begin"
        connection, began = await _begin(self._lending, begin, replay)
        self._work = work = PgWork(connection, self._caller, scope, self._subscribers, self._delivery)
        if self._narrowed_to is None and (replay is None or began == NOTHING_STANDS_IN_THE_WAY):
            return work
        try:
            if self._narrowed_to is not None and not await connection.fetchval(_IS_OPEN, self._narrowed_to):
                raise missing()
            if replay is not None and began != NOTHING_STANDS_IN_THE_WAY:
                await refuse(connection, replay)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return work

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        connection = self._work.connection
        down = isinstance(error, _SHUT_DOWN) or (isinstance(error, _LOST) and connection.is_closed())
        try:
            if not self._work.committed and not connection.is_closed() and connection.is_in_transaction():
                await connection.execute("rollback")
        finally:
            await self._lending.give_back(connection, clean=error is None)
        if down:
            raise DomainError(DATABASE_DOWN, Kind.UNAVAILABLE, retry_after=2) from error


async def _take(lending: Lending) -> Any:
    """Take a connection."""
    try:
        return await lending.take()
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise DomainError(DATABASE_DOWN, Kind.UNAVAILABLE, retry_after=2) from error


async def _begin(lending: Lending, begin: str, replay: Replay | None) -> tuple[Any, str]:
    """Take a connection and begin, under the key of `replay` where there is one; return it with the status of what ran
    last. A connection that turns out to be lost is replaced: nothing has run on it. When a server ended its sessions,
    every connection is lost."""
    if replay is not None:
        begin = f"{begin}; {recall_sql(replay)}"
    for _ in range(lending.max_size + 1):
        connection = await _take(lending)
        try:
            if replay is not None:
                await connection.prepare_once(RECALL, PREPARE_RECALL)
            began: str = await connection.execute(begin)
        except _LOST:
            if not connection.is_closed():
                connection.terminate()
            await lending.give_back(connection, clean=False)
        except BaseException:
            await lending.give_back(connection, clean=False)
            raise
        else:
            return connection, began
    raise DomainError(DATABASE_DOWN, Kind.UNAVAILABLE, retry_after=2)
