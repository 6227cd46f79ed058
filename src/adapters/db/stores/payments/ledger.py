"""The ledger in PostgreSQL, and what proves that it agrees with payments, attempts and refunds."""

from decimal import Decimal

from adapters.db.work import pg
from core.payments.ledger import Posting
from core.payments.ports import LedgerFault
from core.primitives.ids import new_id
from core.work import Work

_POST = """
insert into ledger_transaction (id, key, movement, currency, payment_id, attempt_id, refund_id)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (key) do nothing returning id
"""
_LINES = """
insert into ledger_entry (transaction_id, account, amount)
select $1, account, amount from unnest($2::text[], $3::numeric[]) as line (account, amount)
"""
_STANDING = """
select account, amount from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
where t.key = $1 order by account, amount
"""
_BALANCES = """
select e.account, t.currency, sum(e.amount) as balance
from ledger_entry e join ledger_transaction t on t.id = e.transaction_id group by 1, 2 order by 1, 2
"""

CHECKS: tuple[tuple[str, str], ...] = (
    (
        "transaction_not_balanced",
        """
        select t.key from ledger_transaction t left join ledger_entry e on e.transaction_id = t.id
        group by t.id having count(e.id) < 2 or sum(e.amount) <> 0
        """,
    ),
    (
        "captured_without_collection",
        """
        select a.id::text from payment_attempt a
        where a.captured and not exists (
            select from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
            where t.key = 'collection:' || a.id and e.account = 'operator:' || a.gateway
              and e.amount = a.amount and t.currency = a.currency
        )
        """,
    ),
    (
        "collection_without_captured",
        """
        select t.key from ledger_transaction t join payment_attempt a on a.id = t.attempt_id
        where t.movement = 'collection' and (not a.captured or t.key <> 'collection:' || a.id)
        """,
    ),
    (
        "refunded_without_transaction",
        """
        select r.id::text from refund r
        where r.state = 'done' and not exists (
            select from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
            where t.key = 'refund:' || r.id and e.account = 'operator:' || r.gateway and e.amount = -r.amount
        )
        """,
    ),
    (
        "transaction_without_refund",
        """
        select t.key from ledger_transaction t join refund r on r.id = t.refund_id
        where r.state <> 'done' or t.key <> 'refund:' || r.id
        """,
    ),
    (
        "succeeded_without_settlement",
        """
        select p.id::text from payment p
        where p.honoured is not null and not exists (
            select from ledger_transaction t where t.key = 'settlement:' || p.id and t.attempt_id = p.honoured
        )
        """,
    ),
    (
        "settlement_without_success",
        """
        select t.key from ledger_transaction t join payment p on p.id = t.payment_id
        where t.movement = 'settlement' and p.honoured is distinct from t.attempt_id
        """,
    ),
    (
        "honoured_without_money",
        """
        select p.id::text from payment p join payment_attempt a on a.id = p.honoured
        where not a.captured or a.amount <> p.amount or a.currency <> p.currency
        """,
    ),
    (
        "money_without_purpose",
        """
        select a.id::text from payment_attempt a join payment p on p.id = a.payment_id
        where a.captured and p.honoured is distinct from a.id and a.escalated is distinct from 'no_order_type'
          and a.refund_held <> a.amount
        """,
    ),
    (
        "held_is_not_what_waits",
        """
        select 'held ' || currency || ': ' || coalesce(held, 0) || ' in the books, ' || coalesce(waits, 0) || ' waits'
        from (
            select t.currency, -sum(e.amount) as held
            from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
            where e.account = 'held' group by 1
        ) books full join (
            select a.currency, sum(a.amount - coalesce(back.amount, 0)) as waits
            from payment_attempt a join payment p on p.id = a.payment_id
            left join (
                select attempt_id, sum(amount) as amount from refund where state = 'done' group by 1
            ) back on back.attempt_id = a.id
            where a.captured and p.honoured is distinct from a.id group by 1
        ) waiting using (currency)
        where coalesce(held, 0) <> coalesce(waits, 0)
        """,
    ),
    (
        "refund_held_is_not_what_is_asked",
        """
        select a.id::text from payment_attempt a
        left join (
            select attempt_id, sum(amount) as amount from refund where state not in ('rejected', 'failed') group by 1
        ) asked on asked.attempt_id = a.id
        where a.refund_held <> coalesce(asked.amount, 0)
        """,
    ),
    (
        "refunded_is_not_what_went",
        """
        select p.id::text from payment p
        left join (
            select r.payment_id, sum(r.amount) as amount from refund r join payment q on q.id = r.payment_id
            where r.state = 'done' and r.attempt_id = q.honoured group by 1
        ) went on went.payment_id = p.id
        where p.refunded <> coalesce(went.amount, 0)
        """,
    ),
)
"""Every rule and the query that finds what breaks it."""


class PgLedger:
    """The ledger."""

    async def post(self, work: Work, posting: Posting) -> None:
        """Write a transaction. One that stands under its key with the same lines is written once; raises `ValueError`
        where it has others."""
        connection = pg(work).connection
        key = await connection.fetchval(
            _POST,
            new_id(),
            posting.key,
            posting.movement.value,
            posting.currency,
            posting.payment,
            posting.attempt,
            posting.refund,
        )
        if key is None:
            standing = [
                (record["account"], record["amount"]) for record in await connection.fetch(_STANDING, posting.key)
            ]
            if standing != sorted((line.account, line.amount) for line in posting.lines):
                raise ValueError(f"another ledger transaction stands under {posting.key}")
            return
        accounts = [line.account for line in posting.lines]
        await connection.execute(_LINES, key, accounts, [line.amount for line in posting.lines])

    async def balances(self, work: Work) -> dict[tuple[str, str], Decimal]:
        """The balance of every account, by account and currency."""
        records = await pg(work).connection.fetch(_BALANCES)
        return {(record["account"], record["currency"]): record["balance"] for record in records}

    async def faults(self, work: Work) -> list[LedgerFault]:
        """Everything that does not agree, by the rules of `CHECKS`."""
        found = []
        for check, sql in CHECKS:
            found += [LedgerFault(check, record[0]) for record in await pg(work).connection.fetch(sql)]
        return found
