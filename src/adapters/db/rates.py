"""Rate limits counted in PostgreSQL, so that all processes of an installation count together."""

import hashlib
from time import monotonic
from typing import Any

import asyncpg

from adapters.db.database import DATABASE_DOWN, Database
from core.primitives.errors import DomainError, Kind, message

RATE_LIMITED = message(
    "rate_limited",
    fr="Trop de requêtes. Réessayez dans {seconds} s.",
    en="Too many requests. Try again in {seconds} s.",
)

_HIT = """
insert into rate_window (key, starts_at, count, ends_at)
select $1, starts_at, 1, starts_at + make_interval(secs => $2)
from (select to_timestamp(floor(extract(epoch from now()) / $2) * $2) as starts_at) as present
on conflict (key, starts_at) do update set count = rate_window.count + 1
returning count, extract(epoch from ends_at - now())::float8 as seconds_left
"""
_SWEEP = "delete from rate_window where ends_at < now() - interval '1 minute'"
_REMEMBERED = 10_000


def _bounded(key: str) -> str:
    """A key as it is stored: itself, or its digest where it is long or holds what PostgreSQL's text cannot."""
    if len(key) <= 100 and key.isprintable():
        return key
    return hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=32).hexdigest()


class PgRateLimiter:
    """Fixed windows, aligned to the clock of the database; one statement for each count.

    A key that is over its limit is remembered here to the end of its window, so that a flood does not write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._blocked: dict[tuple[str, int], float] = {}

    async def hit(self, key: str, limit: int, window_seconds: int = 60) -> None:
        """Count one under a key. Raises `DomainError` of kind limited, with
        `retry_after`, once more than `limit` were counted in the present window; of kind unavailable where the
        database is down."""
        name = f"{window_seconds}:{_bounded(key)}"
        blocked = name, limit
        left = self._blocked.get(blocked, 0.0) - monotonic()
        if left <= 0:
            self._blocked.pop(blocked, None)
            row = await self._count(name, window_seconds)
            if row["count"] <= limit:
                return
            left = row["seconds_left"]
            if len(self._blocked) >= _REMEMBERED:
                self._blocked.pop(next(iter(self._blocked)))
            self._blocked[blocked] = monotonic() + left
        seconds = max(1, int(left) + 1)
        raise DomainError(RATE_LIMITED, Kind.LIMITED, {"seconds": seconds}, retry_after=seconds)

    async def sweep(self) -> int:
        """Delete the windows that have ended; returns how many."""
        async with self._database.lending.lent() as connection:
            done: str = await connection.execute(_SWEEP)
        return int(done.rpartition(" ")[2])

    async def _count(self, name: str, window_seconds: int) -> Any:
        try:
            async with self._database.lending.lent() as connection:
                return await connection.fetchrow(_HIT, name, float(window_seconds), timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
            raise DomainError(DATABASE_DOWN, Kind.UNAVAILABLE, retry_after=2) from error
