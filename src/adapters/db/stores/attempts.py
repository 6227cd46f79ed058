"""The store of sign-in attempts: an advisory lock decides parallel ones one after the other, on every process."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.accounts.entities import Outcome
from core.accounts.ports import Blocked, Busy
from core.work import Work

DECIDED_WITHIN = timedelta(seconds=60)
"""An attempt that is pending for longer was verified by a process that died: it counts as failed."""

_LOCK = sql("select pg_advisory_xact_lock(:key)")
_COUNTED = """
    select at, outcome = 'failed' or at < :stale as failed from sign_in_attempt
    where outcome in ('failed', 'pending') and at > :since
"""
_OF_ACCOUNT = sql(f"{_COUNTED} and account_id = :account order by at desc limit :most")
_OF_IDENTIFIER = sql(f"{_COUNTED} and account_id is null and identifier = :identifier order by at desc limit :most")
_INSERT = sql(
    """
    insert into sign_in_attempt (identifier, account_id, outcome, address, agent, at)
    values (:identifier, :account, 'pending', :address, :agent, :at) returning id
    """
)
_SETTLE = sql("update sign_in_attempt set outcome = :outcome where id = :attempt")


class PgAttempts:
    """Sign-in attempts in PostgreSQL."""

    async def reserve(
        self,
        work: Work,
        *,
        account: UUID | None,
        identifier: str,
        now: datetime,
        since: datetime,
        limit: int,
    ) -> int | Blocked | Busy:
        """Record a pending attempt and return its id, unless `limit` have failed since, or might with those pending."""
        db = pg(work)
        await db.value(_LOCK, key=_lock_key(account, identifier))
        shape = {"stale": now - DECIDED_WITHIN, "since": since, "most": 4 * limit}
        if account is None:
            counted = await db.all(_OF_IDENTIFIER, identifier=identifier, **shape)
        else:
            counted = await db.all(_OF_ACCOUNT, account=account, **shape)
        failed = [record["at"] for record in counted if record["failed"]]
        if len(failed) >= limit:
            free_at = failed[limit - 1] + (now - since)
            return Blocked(max(1, int((free_at - now).total_seconds()) + 1))
        if len(counted) >= limit:
            return Busy()
        return await _insert(work, account, identifier, now)

    async def record(self, work: Work, *, account: UUID, identifier: str, now: datetime) -> int:
        """Record a pending attempt that nothing limits, and return its id."""
        return await _insert(work, account, identifier, now)

    async def settle(self, work: Work, attempt: int, outcome: Outcome) -> None:
        """Record what came of an attempt."""
        await pg(work).one(_SETTLE, attempt=attempt, outcome=outcome.value)


async def _insert(work: Work, account: UUID | None, identifier: str, now: datetime) -> int:
    request = work.caller.request
    attempt: int = await pg(work).value(
        _INSERT, identifier=identifier, account=account, address=request.address, agent=request.agent, at=now
    )
    return attempt


def _lock_key(account: UUID | None, identifier: str) -> int:
    counted = account.bytes if account is not None else identifier.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(counted, digest_size=8, person=b"sign-in").digest(), "big", signed=True)
