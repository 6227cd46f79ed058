"""Callbacks in PostgreSQL, kept as they came."""

from datetime import timedelta

from adapters.db.work import pg
from core.payments.ports import CallbackRecord
from core.work import Work

_RECORD = """
insert into payment_callback as kept (id, gateway, operation_id, digest, verdict, method, body)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (gateway, operation_id, digest) do update set times = kept.times + 1
returning times = 1
"""
_FORGET = """
with old as (select id from payment_callback where received_at < now() - $1::interval limit 1000),
     gone as (delete from payment_callback c using old where c.id = old.id returning 1)
select count(*) from gone
"""


class PgCallbacks:
    """Callbacks."""

    async def record(self, work: Work, record: CallbackRecord) -> bool:
        """Keep a callback; False where the same one was kept before (it is counted)."""
        new: bool = await pg(work).connection.fetchval(
            _RECORD,
            record.id,
            record.gateway,
            record.operation,
            record.digest,
            record.verdict,
            record.method,
            record.body,
        )
        return new

    async def forget(self, work: Work, older_than: timedelta) -> int:
        """Delete up to a thousand old ones; returns how many."""
        gone: int = await pg(work).connection.fetchval(_FORGET, older_than)
        return gone
