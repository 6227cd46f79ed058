"""Housekeeping: what has served its time is deleted, in small batches."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.plugin import Schedule
from core.work import Delivery

HOUSEKEEPING = "housekeeping"
HOUSEKEEPING_SCHEDULE = Schedule(HOUSEKEEPING, "17 * * * *")
BATCH = 2000


class Retention(msgspec.Struct, frozen=True):
    """Rows of a table go once a column's time is further back than this. Rows where it is null stay."""

    table: str
    column: str
    kept: timedelta


RETENTIONS = (
    Retention("outbox", "done_at", timedelta(days=7)),
    Retention("outbox", "failed_at", timedelta(days=90)),
    Retention("idempotent_answer", "created_at", timedelta(hours=24)),
    Retention("rate_window", "ends_at", timedelta()),
    Retention("session", "expires_at", timedelta(days=30)),
    Retention("password_reset", "expires_at", timedelta(days=30)),
    Retention("challenge", "expires_at", timedelta(days=30)),
    Retention("development_message", "sent_at", timedelta(days=7)),
    Retention("job_worker", "seen_at", timedelta(days=1)),
)


class Housekeeping:
    """The handler of the job `housekeeping`."""

    def __init__(self, works: PgWorks, retentions: Sequence[Retention] = RETENTIONS) -> None:
        self._works = works
        self._retentions = retentions

    async def tidy(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Delete what has served its time."""
        for retention in self._retentions:
            while await self._delete(retention) == BATCH:
                continue

    async def _delete(self, retention: Retention) -> int:
        table, column = retention.table, retention.column
        async with self._works.everywhere(SYSTEM) as work:
            status: str = await work.connection.execute(
                f"delete from {table} where ctid = any(array("  # noqa: S608 - names of our own
                f"select ctid from {table} where {column} < now() - $1::interval limit {BATCH}))",
                retention.kept,
            )
            await work.commit()
        return int(status.rpartition(" ")[2])
