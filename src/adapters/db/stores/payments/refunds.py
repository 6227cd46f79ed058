"""Refunds in PostgreSQL. What a refund gives back is held on its attempt by a conditional update, so that parallel
requests never give back more than came."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.db.stores.payments.changes import assignments
from adapters.db.work import pg
from core.payments.entities import Refund, RefundCause, RefundState
from core.payments.gateway import Reason
from core.primitives.money import Money
from core.work import Work

_HOLD = """
update payment_attempt set refund_held = refund_held + $2
where id = $1 and captured and refund_held + $2 <= amount returning id
"""
_LET_GO = """
update payment_attempt a set refund_held = a.refund_held - r.amount from refund r
where r.id = $1 and a.id = r.attempt_id and r.state not in ('rejected', 'failed')
"""
_INSERT = """
insert into refund (id, payment_id, attempt_id, gateway, amount, currency, cause, description, state, payee,
                    requested_by, created_at, decided_at, next_look_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning number
"""
_REFUND = "select * from refund"
_OVERDUE = f"{_REFUND} where next_look_at < $1 order by next_look_at, id limit $2"
_FREEING = (RefundState.REJECTED, RefundState.FAILED)


class PgRefunds:
    """Refunds."""

    async def insert(self, work: Work, refund: Refund) -> int | None:
        """Insert a refund and hold its amount on the attempt that it gives back; returns its number. None where the
        attempt's money has not come, or less of it is left."""
        connection = pg(work).connection
        if await connection.fetchval(_HOLD, refund.attempt, refund.amount.amount) is None:
            return None
        number: int = await connection.fetchval(
            _INSERT,
            refund.id,
            refund.payment,
            refund.attempt,
            refund.gateway,
            refund.amount.amount,
            refund.amount.currency,
            refund.cause.value,
            refund.description,
            refund.state.value,
            refund.payee,
            refund.requested_by,
            refund.created_at,
            refund.decided_at,
            refund.next_look_at,
        )
        return number

    async def get(self, work: Work, refund: UUID) -> Refund | None:
        """Return a refund."""
        return await self._one(work, f"{_REFUND} where id = $1", refund)

    async def of_payment(self, work: Work, payment: UUID) -> list[Refund]:
        """Return a payment's refunds, the first one first."""
        sql = f"{_REFUND} where payment_id = $1 order by created_at, number"
        return [_refund(record) for record in await pg(work).connection.fetch(sql, payment)]

    async def lock(self, work: Work, refund: UUID) -> Refund | None:
        """Lock and return a refund. Its payment is locked first."""
        return await self._one(work, f"{_REFUND} where id = $1 for update", refund)

    async def set(self, work: Work, refund: UUID, state: RefundState, **changes: Any) -> None:
        """Move a refund and set others of its fields. One that ends without money gone lets go of what it held."""
        connection = pg(work).connection
        if state in _FREEING:
            await connection.execute(_LET_GO, refund)
        sets, values = assignments({"state": state, **changes}, first=2)
        await connection.execute(f"update refund set {sets} where id = $1", refund, *values)  # noqa: S608

    async def overdue(self, work: Work, since: datetime, limit: int) -> list[Refund]:
        """Return refunds that should have been sent or looked at before a moment, the longest due first."""
        return [_refund(record) for record in await pg(work).connection.fetch(_OVERDUE, since, limit)]

    async def _one(self, work: Work, sql: str, key: Any) -> Refund | None:
        record = await pg(work).connection.fetchrow(sql, key)
        return None if record is None else _refund(record)


def _refund(record: Mapping[str, Any]) -> Refund:
    same = (
        "id number gateway description code payee requested_by decided_by operator_reference handles escalated looks"
        " created_at decided_at sent_at lease_ends_at next_look_at done_at"
    )
    return Refund(
        payment=record["payment_id"],
        attempt=record["attempt_id"],
        amount=Money(record["amount"], record["currency"]),
        cause=RefundCause(record["cause"]),
        state=RefundState(record["state"]),
        reason=Reason(record["reason"]) if record["reason"] else None,
        **{name: record[name] for name in same.split()},
    )
