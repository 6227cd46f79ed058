"""Password hashing with argon2id (RFC 9106) in a bounded pool of threads."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type

from core.accounts.errors import BUSY
from core.accounts.ports import Verified
from core.primitives.errors import DomainError, Kind

T = TypeVar("T")


class HashingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What hashing costs. The defaults are OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 51 ms of
    CPU measured (reference/stack.md section 11).

    `threads` hash at a time, `queue` more may wait; beyond that a request is told to come back.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1
    threads: int = 2
    queue: int = 64
    retry_after: int = 2


DEFAULT_COST = HashingSettings()


class Argon2Passwords:
    """Hashes and verifies passwords off the event loop; argon2 releases the interpreter while it works.

    Passwords are compared in Unicode's composed form (NFC), since keyboards differ in how they write an accent.
    """

    def __init__(self, settings: HashingSettings = DEFAULT_COST) -> None:
        self._settings = settings
        self._argon2 = Argon2(
            time_cost=settings.passes,
            memory_cost=settings.memory_kib,
            parallelism=settings.lanes,
            type=Type.ID,
        )
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="password")
        self._admitted = 0
        # made with today's parameters, so that an account that does not exist takes as long as one that does
        self._dummy = self._argon2.hash("no account has this password")

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a password. Raises `DomainError` of kind unavailable."""
        return await self._run(lambda: self._argon2.hash(_bytes(password)))

    async def verify(self, encoded: str | None, password: str) -> Verified:
        """Compare a password with a hash; without one, with a dummy. Raises `DomainError` of kind unavailable."""
        return await self._run(lambda: self._verify(encoded, password))

    def _verify(self, encoded: str | None, password: str) -> Verified:
        try:
            self._argon2.verify(encoded or self._dummy, _bytes(password))
        except VerifyMismatchError:
            return Verified(good=False)
        except (InvalidHashError, VerificationError) as error:
            raise ValueError("a stored password hash cannot be read") from error
        if encoded is None:
            return Verified(good=False)
        return Verified(good=True, outdated=self._argon2.check_needs_rehash(encoded))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._admitted >= self._settings.threads + self._settings.queue:
            raise DomainError(BUSY, Kind.UNAVAILABLE, retry_after=self._settings.retry_after)
        self._admitted += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # a caller that goes away does not free the thread: the place is free when the work is done
        future.add_done_callback(self._leave)
        return await asyncio.shield(future)

    def _leave(self, future: "asyncio.Future[T]") -> None:
        self._admitted -= 1
        if not future.cancelled():
            future.exception()

    def close(self) -> None:
        """Stop the threads once their work is done."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
