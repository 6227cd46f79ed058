"""The store of password resets."""

from datetime import datetime
from uuid import UUID

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.ids import new_id
from core.work import Work

_ASKED_SINCE = sql("select count(*) from password_reset where account_id = :account and created_at > :since")
_INSERT = sql(
    """
    insert into password_reset (id, account_id, token_hash, expires_at, created_at)
    values (:id, :account, :token_hash, :expires_at, :now)
    """
)
_HOLDER = sql(
    "select account_id from password_reset where token_hash = :token_hash and used_at is null and expires_at > :now"
)
_TAKE = sql(
    """
    update password_reset set used_at = :now
    where token_hash = :token_hash and used_at is null and expires_at > :at
    returning account_id
    """
)
_VOID = sql("update password_reset set used_at = :now where account_id = :account and used_at is null")


class PgResets:
    """Password resets in PostgreSQL."""

    async def asked_since(self, work: Work, account: UUID, since: datetime) -> int:
        """Return how many resets were asked for an account since."""
        count: int = await pg(work).value(_ASKED_SINCE, account=account, since=since)
        return count

    async def insert(self, work: Work, account: UUID, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
        """Insert a reset."""
        await pg(work).one(_INSERT, id=new_id(), account=account, token_hash=token_hash, now=now, expires_at=expires_at)

    async def holder(self, work: Work, token_hash: bytes, now: datetime) -> UUID | None:
        """Return whose reset this is, None where it is unknown, used or expired."""
        account: UUID | None = await pg(work).value(_HOLDER, token_hash=token_hash, now=now)
        return account

    async def take(self, work: Work, token_hash: bytes, now: datetime) -> UUID | None:
        """Use a reset up and return whose it was."""
        account: UUID | None = await pg(work).value(_TAKE, token_hash=token_hash, now=now, at=now)
        return account

    async def void(self, work: Work, account: UUID, now: datetime) -> None:
        """Use up all open resets of an account."""
        await pg(work).one(_VOID, account=account, now=now)
