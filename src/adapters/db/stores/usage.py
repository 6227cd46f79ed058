"""Usage counters in PostgreSQL: every change of one writes its entry of the journal in the same statement."""

from collections.abc import Sequence

from adapters.db.work import pg
from core.access.usage import Counter, CounterFault, Entry
from core.work import Work

_NOTED = """
insert into usage_entry (feature, subject, period, asked_feature, asked_subject, kind, amount, reference)
select $1, $2, $3, $5, $6, $7, $4, $8 from moved
"""
# A row that conflicts is locked before its condition is looked at: of parallel takers each sees the one before it.
_TAKE = f"""
with moved as (
    insert into usage_counter as counter (feature, subject, period, used)
    select $1, $2, $3, $4 where $9::bigint is null or $4 <= $9
    on conflict (feature, subject, period) do update set used = counter.used + $4
    where $9::bigint is null or counter.used + $4 <= $9
    returning used
), noted as ({_NOTED})
select used from moved
"""  # noqa: S608 - constants alone
_MOVE = f"""
with moved as (
    update usage_counter set used = used + $4 where feature = $1 and subject = $2 and period = $3 returning used
), noted as ({_NOTED})
select used from moved
"""  # noqa: S608 - constants alone
_HOLD = """
insert into usage_counter as counter (feature, subject, period, used) values ($1, $2, $3, 0)
on conflict (feature, subject, period) do update set used = counter.used returning used
"""
_USED = "select used from usage_counter where feature = $1 and subject = $2 and period = $3"
_TAKEN_BY = """
select entry.feature, entry.subject, entry.period, sum(entry.amount)::bigint as amount from usage_entry entry
where entry.asked_feature = $1 and entry.reference = $2 and not exists (
    select from usage_entry later where later.feature = entry.feature and later.subject = entry.subject
    and later.period = entry.period and later.kind = 'reset' and later.id > entry.id
)
group by 1, 2, 3 having sum(entry.amount) > 0 order by 1, 2, 3
"""
_SHARE = """
select used from usage_share
where feature = $1 and subject = $2 and period = $3 and asked_feature = $4 and asked_subject = $5
"""
_SET_SHARE = """
insert into usage_share (feature, subject, period, asked_feature, asked_subject, used) values ($1, $2, $3, $4, $5, $6)
on conflict (feature, subject, period, asked_feature, asked_subject) do update set used = excluded.used
"""
_FAULTS = """
select counter.feature, counter.subject, counter.period, counter.used, coalesce(journal.amount, 0)::bigint as proven
from usage_counter counter left join (
    select feature, subject, period, sum(amount) as amount from usage_entry group by feature, subject, period
) journal using (feature, subject, period)
where counter.used <> coalesce(journal.amount, 0) order by 1, 2, 3
"""
_COUNTERS = "select subject, used from usage_counter where feature = $1 and period = ''"


class PgUsage:
    """Usage counters in PostgreSQL."""

    async def take(self, work: Work, entry: Entry, limit: int | None) -> int | None:
        """Add to what is used and return the sum; None, and nothing is added, where it would pass the limit."""
        used: int | None = await pg(work).connection.fetchval(_TAKE, *_values(entry), limit)
        return used

    async def move(self, work: Work, entry: Entry) -> int:
        """Change a counter that is held, and return what is used."""
        used: int = await pg(work).connection.fetchval(_MOVE, *_values(entry))
        return used

    async def hold(self, work: Work, counter: Counter) -> int:
        """Lock a counter until the transaction ends, make it where it is missing, and return what is used."""
        used: int = await pg(work).connection.fetchval(_HOLD, counter.feature, counter.subject, counter.period)
        return used

    async def used(self, work: Work, counter: Counter) -> int:
        """Return what is used."""
        used: int | None = await pg(work).connection.fetchval(_USED, counter.feature, counter.subject, counter.period)
        return used or 0

    async def taken_by(self, work: Work, feature: str, reference: str) -> Sequence[tuple[Counter, int]]:
        """Return what a reference has taken of a feature and not given back, by the counter where it was taken, in
        the order in which counters are locked. What was taken before a counter's reset is not part of it."""
        rows = await pg(work).connection.fetch(_TAKEN_BY, feature, reference)
        return [(Counter(row["feature"], row["subject"], row["period"]), row["amount"]) for row in rows]

    async def share(self, work: Work, counter: Counter, feature: str, subject: str) -> int:
        """Return how many of a subject's rows a counter has taken account of."""
        used: int | None = await pg(work).connection.fetchval(
            _SHARE, counter.feature, counter.subject, counter.period, feature, subject
        )
        return used or 0

    async def set_share(self, work: Work, counter: Counter, feature: str, subject: str, used: int) -> None:
        """Keep how many of a subject's rows a counter that is held has taken account of."""
        await pg(work).connection.execute(
            _SET_SHARE, counter.feature, counter.subject, counter.period, feature, subject, used
        )

    async def freeze(self, work: Work) -> None:
        """Have all that a work reads be of one moment; nothing has been read on it yet."""
        await pg(work).connection.execute("set transaction isolation level repeatable read")

    async def faults(self, work: Work) -> Sequence[CounterFault]:
        """Return the counters that are not the sum of their journal."""
        rows = await pg(work).connection.fetch(_FAULTS)
        return [
            CounterFault(Counter(row["feature"], row["subject"], row["period"]), row["used"], row["proven"], "journal")
            for row in rows
        ]

    async def counters(self, work: Work, feature: str) -> dict[str, int]:
        """Return what is used of a feature that is counted for ever, by subject."""
        rows = await pg(work).connection.fetch(_COUNTERS, feature)
        return {row["subject"]: row["used"] for row in rows}


def _values(entry: Entry) -> tuple[object, ...]:
    counter = entry.counter
    return (
        counter.feature,
        counter.subject,
        counter.period,
        entry.amount,
        entry.feature or counter.feature,
        entry.subject or counter.subject,
        entry.kind.value,
        entry.reference,
    )
