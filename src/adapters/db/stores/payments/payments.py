"""Payments and their attempts in PostgreSQL."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from adapters.db.stores.payments.changes import assignments
from adapters.db.work import pg
from core.payments.entities import OPEN_ATTEMPTS, OPEN_REFUNDS, Attempt, AttemptState, Payment, PaymentState
from core.payments.gateway import Reason
from core.payments.messages import NOT_RETRIABLE
from core.payments.ports import OpenReport
from core.primitives.errors import DomainError, Kind
from core.primitives.locale import Locale
from core.primitives.money import Money
from core.work import Work

_INSERT = """
insert into payment (id, account_id, order_type, order_key, gateway, amount, currency, commission, payee, payer,
                     description, locale, return_url, cancel_url, state, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning number
"""
_PAYMENT = """
select p.*, (select action_url from payment_attempt a where a.payment_id = p.id order by position desc limit 1)
       as action_url
from payment p
"""
_SET_STATE = """
update payment set state = $2, reason = $3, honoured = coalesce($4, honoured), settled_at = coalesce($5, settled_at),
       updated_at = now()
where id = $1
"""
_CHOOSE = "update payment set gateway = $2, payer = $3, updated_at = now() where id = $1"
_ADD_REFUNDED = "update payment set refunded = refunded + $2, updated_at = now() where id = $1"
_INSERT_ATTEMPT = """
insert into payment_attempt (id, payment_id, position, gateway, amount, currency, payer, state, created_at,
                             next_look_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_ATTEMPT = "select * from payment_attempt"
_ELSEWHERE = """
select exists (
    select from payment_attempt where gateway = $1 and operator_reference = $2 and captured and id <> $3
)
"""
_OVERDUE = f"""
{_ATTEMPT} where next_look_at < $1 and not captured order by next_look_at, id limit $2
"""
_OPEN_STATES = [state.value for state in OPEN_ATTEMPTS]
_OPEN_ATTEMPTS = """
select state, count(*) as number, min(created_at) as oldest
from payment_attempt where state = any($1) group by state
"""
_OPEN_REFUNDS = """
select state, count(*) as number, min(created_at) as oldest
from refund where state = any($1) group by state
"""
_ESCALATED = """
select 'attempt' as kind, id, escalated from payment_attempt where escalated is not null
union all select 'refund', id, escalated from refund where escalated is not null and state <> 'done'
order by 1, 2
"""


class PgPayments:
    """Payments and attempts."""

    async def insert(self, work: Work, payment: Payment) -> int:
        """Insert a payment; returns its number."""
        number: int = await pg(work).connection.fetchval(
            _INSERT,
            payment.id,
            payment.account,
            payment.order_type,
            payment.order,
            payment.gateway,
            payment.amount.amount,
            payment.amount.currency,
            payment.commission,
            payment.payee,
            payment.payer,
            payment.description,
            payment.locale.value,
            payment.return_url,
            payment.cancel_url,
            payment.state.value,
            payment.created_at,
        )
        return number

    async def get(self, work: Work, payment: UUID) -> Payment | None:
        """Return a payment."""
        return await self._one(work, f"{_PAYMENT} where p.id = $1", payment)

    async def lock(self, work: Work, payment: UUID) -> Payment | None:
        """Lock and return a payment."""
        return await self._one(work, f"{_PAYMENT} where p.id = $1 for update of p", payment)

    async def set_state(
        self,
        work: Work,
        payment: UUID,
        state: PaymentState,
        *,
        reason: Reason | None = None,
        honoured: UUID | None = None,
        settled_at: datetime | None = None,
    ) -> None:
        """Move a payment. `honoured` and `settled_at` stay what they were where None is given."""
        run = pg(work).connection.execute
        await run(_SET_STATE, payment, state.value, reason.value if reason else None, honoured, settled_at)

    async def choose(self, work: Work, payment: UUID, gateway: str, payer: str | None) -> None:
        """Change the gateway and the number that the next attempt uses."""
        await pg(work).connection.execute(_CHOOSE, payment, gateway, payer)

    async def add_refunded(self, work: Work, payment: UUID, amount: Decimal) -> None:
        """Count money that went back of what paid the order."""
        await pg(work).connection.execute(_ADD_REFUNDED, payment, amount)

    async def insert_attempt(self, work: Work, attempt: Attempt) -> None:
        """Insert an attempt. Raises `DomainError` of kind conflict where the payment has an open one."""
        try:
            await pg(work).connection.execute(
                _INSERT_ATTEMPT,
                attempt.id,
                attempt.payment,
                attempt.position,
                attempt.gateway,
                attempt.amount.amount,
                attempt.amount.currency,
                attempt.payer,
                attempt.state.value,
                attempt.created_at,
                attempt.next_look_at,
            )
        except asyncpg.UniqueViolationError as error:
            raise DomainError(NOT_RETRIABLE, Kind.CONFLICT) from error

    async def attempts(self, work: Work, payment: UUID) -> list[Attempt]:
        """Return a payment's attempts, the first one first."""
        records = await pg(work).connection.fetch(f"{_ATTEMPT} where payment_id = $1 order by position", payment)
        return [_attempt(record) for record in records]

    async def attempt(self, work: Work, attempt: UUID) -> Attempt | None:
        """Return an attempt."""
        record = await pg(work).connection.fetchrow(f"{_ATTEMPT} where id = $1", attempt)
        return None if record is None else _attempt(record)

    async def attempt_with(self, work: Work, gateway: str, handle: str, value: str) -> Attempt | None:
        """Return the attempt of a gateway that has a handle."""
        sql = f"{_ATTEMPT} where handles @> $2 and gateway = $1 order by created_at desc limit 1"
        record = await pg(work).connection.fetchrow(sql, gateway, {handle: value})
        return None if record is None else _attempt(record)

    async def set_attempt(self, work: Work, attempt: UUID, state: AttemptState, **changes: Any) -> None:
        """Move an attempt and set others of its fields, by their names in `Attempt`."""
        sets, values = assignments({"state": state, **changes}, first=2)
        await pg(work).connection.execute(f"update payment_attempt set {sets} where id = $1", attempt, *values)  # noqa: S608

    async def reported_elsewhere(self, work: Work, attempt: Attempt, operator_reference: str) -> bool:
        """Whether the operator has named this transaction for another attempt whose money came."""
        found: bool = await pg(work).connection.fetchval(_ELSEWHERE, attempt.gateway, operator_reference, attempt.id)
        return found

    async def overdue(self, work: Work, since: datetime, limit: int) -> list[Attempt]:
        """Return attempts that should have been sent or looked at before a moment, the longest due first."""
        return [_attempt(record) for record in await pg(work).connection.fetch(_OVERDUE, since, limit)]

    async def escalated_as(self, work: Work, fault: str, limit: int) -> list[Attempt]:
        """Return attempts that wait for people because of one fault, the first one first."""
        sql = f"{_ATTEMPT} where escalated = $1 order by id limit $2"
        return [_attempt(record) for record in await pg(work).connection.fetch(sql, fault, limit)]

    async def open_report(self, work: Work) -> OpenReport:
        """What is not settled."""
        fetch = pg(work).connection.fetch
        attempts = await fetch(_OPEN_ATTEMPTS, _OPEN_STATES)
        refunds = await fetch(_OPEN_REFUNDS, [state.value for state in OPEN_REFUNDS])
        escalated = await fetch(_ESCALATED)
        return OpenReport(
            attempts={record["state"]: record["number"] for record in attempts},
            refunds={record["state"]: record["number"] for record in refunds},
            oldest=min((record["oldest"] for record in (*attempts, *refunds)), default=None),
            escalated=[tuple(record) for record in escalated],
        )

    async def _one(self, work: Work, sql: str, key: Any) -> Payment | None:
        record = await pg(work).connection.fetchrow(sql, key)
        return None if record is None else _payment(record)


def _payment(record: Mapping[str, Any]) -> Payment:
    return Payment(
        id=record["id"],
        number=record["number"],
        account=record["account_id"],
        order_type=record["order_type"],
        order=record["order_key"],
        gateway=record["gateway"],
        amount=Money(record["amount"], record["currency"]),
        commission=record["commission"],
        payee=record["payee"],
        payer=record["payer"],
        description=record["description"],
        locale=Locale(record["locale"]),
        return_url=record["return_url"],
        cancel_url=record["cancel_url"],
        state=PaymentState(record["state"]),
        reason=Reason(record["reason"]) if record["reason"] else None,
        honoured=record["honoured"],
        refunded=record["refunded"],
        created_at=record["created_at"],
        settled_at=record["settled_at"],
        action_url=record["action_url"],
    )


def _attempt(record: Mapping[str, Any]) -> Attempt:
    same = (
        "id position gateway payer code operator_reference handles action_url captured refund_held escalated looks"
        " created_at sent_at lease_ends_at window_ends_at watch_until next_look_at"
    )
    return Attempt(
        payment=record["payment_id"],
        amount=Money(record["amount"], record["currency"]),
        state=AttemptState(record["state"]),
        reason=Reason(record["reason"]) if record["reason"] else None,
        **{name: record[name] for name in same.split()},
    )
