"""The connection pool, and the checks of the role that the application connects as."""

import asyncio
from typing import Any

import asyncpg
import msgspec

from adapters.db.lending import Lending
from adapters.db.roles import require_application_role
from core.primitives.errors import DomainError, Kind, message

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 10_000
IDLE_TRANSACTION_TIMEOUT_MS = 30_000


DATABASE_DOWN = message(
    "database_down",
    fr="Le service est momentanément indisponible. Réessayez dans un instant.",
    en="The service is momentarily unavailable. Try again in a moment.",
)


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection whose return to the pool costs no round trip.

    Transactions set everything with `SET LOCAL`, so there is nothing to reset; asyncpg itself rolls an open
    transaction back.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._executable: set[str] = set()

    @property
    def itself(self) -> "PooledConnection":
        """This connection, asked of the pool's proxy for it."""
        return self

    def get_reset_query(self) -> str:
        """Reset nothing."""
        return ""

    async def prepare_once(self, name: str, sql: str) -> None:
        """Have a statement that `execute` can name, for as long as the connection lives: `sql` prepares it."""
        if name not in self._executable:
            await self.execute(sql)
            self._executable.add(name)


async def _prepare(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            format="binary" if name == "jsonb" else "text",
            encoder=_encode_jsonb if name == "jsonb" else lambda value: msgspec.json.encode(value).decode(),
            decoder=_decode_jsonb if name == "jsonb" else msgspec.json.decode,
        )


def _encode_jsonb(value: Any) -> bytes:
    return b"\x01" + msgspec.json.encode(value)


def _decode_jsonb(data: bytes) -> Any:
    return msgspec.json.decode(data[1:])


class Database:
    """A pool of connections to one PostgreSQL database, as the application role.

    A connection that the server closed is replaced when it is next asked for, before anything runs on it.
    """

    def __init__(self, url: str, *, max_size: int = 10, name: str = "socle") -> None:
        self._url = url
        self._max_size = max_size
        self._name = name
        self._lending: Lending | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Open the pool. Raises `RuntimeError` where the role is a superuser or owns tables."""
        async with self._opening:
            if self._lending is not None:
                return
            pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=self._max_size,
                connection_class=PooledConnection,
                init=_prepare,
                max_inactive_connection_lifetime=300,
                server_settings={
                    "application_name": self._name,
                    "jit": "off",
                    "timezone": "UTC",
                    "standard_conforming_strings": "on",
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    "lock_timeout": str(LOCK_TIMEOUT_MS),
                    "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_TIMEOUT_MS),
                },
            )
            try:
                async with pool.acquire() as connection:
                    await require_application_role(connection)
            except BaseException:
                await pool.close()
                raise
            self._lending = Lending(pool)

    async def close(self) -> None:
        """Close the pool once its connections are back."""
        if self._lending is not None:
            lending, self._lending = self._lending, None
            await lending.close()

    @property
    def lending(self) -> Lending:
        """Where connections are taken from and given back to."""
        if self._lending is None:
            raise RuntimeError("the database is not open")
        return self._lending

    async def fetch_one(self, sql: str, *arguments: Any) -> Any:
        """Run one statement outside of any unit of work, for reads of the edge, and return its first record or None.

        A connection that the server closed is replaced once. Raises `DomainError` of kind unavailable.
        """
        for last in (False, True):
            try:
                async with self.lending.lent() as connection:
                    return await connection.fetchrow(sql, *arguments)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                if last:
                    raise DomainError(DATABASE_DOWN, Kind.UNAVAILABLE, retry_after=2) from error
        raise AssertionError("unreachable")
