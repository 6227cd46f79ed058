"""Usage counters in PostgreSQL: one conditional statement for each use."""

from adapters.db.work import pg
from core.access.usage import Terms
from core.work import Work

# A row that conflicts is locked before its condition is looked at: of parallel takers each sees the one before it.
_TAKE = """
insert into usage_counter as counter (feature, subject, period, used)
select $1, $2, $3, $4 where $5::bigint is null or $4 <= $5
on conflict (feature, subject, period) do update set used = counter.used + $4
where $5::bigint is null or counter.used + $4 <= $5
returning used
"""
_USED = "select used from usage_counter where feature = $1 and subject = $2 and period = $3"
_GIVE_BACK = """
update usage_counter set used = greatest(0, used - $4) where feature = $1 and subject = $2 and period = $3
returning used
"""


class PgUsage:
    """Usage counters in PostgreSQL."""

    async def take(self, work: Work, feature: str, subject: str, terms: Terms, amount: int) -> int | None:
        """Add to what is used and return the sum; None, and nothing is added, where it would pass the limit."""
        used: int | None = await pg(work).connection.fetchval(
            _TAKE, feature, subject, terms.period, amount, terms.limit
        )
        return used

    async def used(self, work: Work, feature: str, subject: str, period: str) -> int:
        """Return what is used."""
        used: int | None = await pg(work).connection.fetchval(_USED, feature, subject, period)
        return used or 0

    async def give_back(self, work: Work, feature: str, subject: str, period: str, amount: int) -> int:
        """Take from what is used, never below 0, and return what stays."""
        used: int | None = await pg(work).connection.fetchval(_GIVE_BACK, feature, subject, period, amount)
        return used or 0
