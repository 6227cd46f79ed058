"""The stores that payments need."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.payments.entities import Attempt, AttemptState, Payment, PaymentState, Refund, RefundState
from core.payments.gateway import Reason
from core.payments.ledger import Posting
from core.work import Work


class CallbackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A callback as it came. `verdict` is "hint", "forged", "unreadable" or "unknown" (it names no operation)."""

    id: UUID
    gateway: str
    operation: UUID | None
    digest: bytes
    verdict: str
    method: str
    body: bytes


class OpenReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is not settled: operations by state, the oldest of them, and those that people must look at. Each
    escalation is (kind, id, what is wrong)."""

    attempts: Mapping[str, int]
    refunds: Mapping[str, int]
    oldest: datetime | None
    escalated: Sequence[tuple[str, UUID, str]]


class LedgerFault(msgspec.Struct, frozen=True):
    """Something in the books that does not agree: `check` names the rule, `detail` the row."""

    check: str
    detail: str


class PaymentStore(Protocol):
    """Payments and their attempts. What is locked stays locked to the end of the unit of work; a payment is always
    locked before its attempts."""

    async def insert(self, work: Work, payment: Payment) -> int:
        """Insert a payment; returns its number."""
        ...

    async def get(self, work: Work, payment: UUID) -> Payment | None:
        """Return a payment."""
        ...

    async def lock(self, work: Work, payment: UUID) -> Payment | None:
        """Lock and return a payment."""
        ...

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
        """Move a payment. `honoured` stays what it was where None is given."""
        ...

    async def choose(self, work: Work, payment: UUID, gateway: str, payer: str | None) -> None:
        """Change the gateway and the number that the next attempt uses."""
        ...

    async def add_refunded(self, work: Work, payment: UUID, amount: Decimal) -> None:
        """Count money that went back of what paid the order."""
        ...

    async def insert_attempt(self, work: Work, attempt: Attempt) -> None:
        """Insert an attempt. Raises `DomainError` of kind conflict where the payment has an open one."""
        ...

    async def attempts(self, work: Work, payment: UUID) -> list[Attempt]:
        """Return a payment's attempts, the first one first."""
        ...

    async def attempt(self, work: Work, attempt: UUID) -> Attempt | None:
        """Return an attempt."""
        ...

    async def attempt_with(self, work: Work, gateway: str, handle: str, value: str) -> Attempt | None:
        """Return the attempt of a gateway that has a handle."""
        ...

    async def set_attempt(self, work: Work, attempt: UUID, state: AttemptState, **changes: Any) -> None:
        """Move an attempt and set others of its fields, by their names in `Attempt`."""
        ...

    async def reported_elsewhere(self, work: Work, attempt: Attempt, operator_reference: str) -> bool:
        """Whether the operator has named this transaction for another attempt whose money came."""
        ...

    async def overdue(self, work: Work, since: datetime, limit: int) -> list[Attempt]:
        """Return attempts that should have been sent or looked at before a moment, the longest due first."""
        ...

    async def escalated_as(self, work: Work, fault: str, limit: int) -> list[Attempt]:
        """Return attempts that wait for people because of one fault, the first one first."""
        ...

    async def open_report(self, work: Work) -> OpenReport:
        """What is not settled."""
        ...


class RefundStore(Protocol):
    """Refunds."""

    async def insert(self, work: Work, refund: Refund) -> int | None:
        """Insert a refund and hold its amount on the attempt that it gives back; returns its number. None where the
        attempt's money has not come, or less of it is left."""
        ...

    async def get(self, work: Work, refund: UUID) -> Refund | None:
        """Return a refund."""
        ...

    async def of_payment(self, work: Work, payment: UUID) -> list[Refund]:
        """Return a payment's refunds, the first one first."""
        ...

    async def lock(self, work: Work, refund: UUID) -> Refund | None:
        """Lock and return a refund. Its payment is locked first."""
        ...

    async def set(self, work: Work, refund: UUID, state: RefundState, **changes: Any) -> None:
        """Move a refund and set others of its fields. One that ends without money gone lets go of what it held."""
        ...

    async def overdue(self, work: Work, since: datetime, limit: int) -> list[Refund]:
        """Return refunds that should have been sent or looked at before a moment, the longest due first."""
        ...


class Ledger(Protocol):
    """The books."""

    async def post(self, work: Work, posting: Posting) -> None:
        """Write a transaction. Raises `ValueError` where another one stands under its key."""
        ...

    async def balances(self, work: Work) -> dict[tuple[str, str], Decimal]:
        """The balance of every account, by account and currency."""
        ...

    async def faults(self, work: Work) -> list[LedgerFault]:
        """Everything that does not agree: transactions that are not balanced, money that came or went without its
        transaction, confirmed payments without order, held money without a refund under way."""
        ...


class CallbackStore(Protocol):
    """Callbacks as they came."""

    async def record(self, work: Work, record: CallbackRecord) -> bool:
        """Keep a callback; False where the same one was kept before (it is counted)."""
        ...

    async def forget(self, work: Work, older_than: timedelta) -> int:
        """Delete old ones; returns how many."""
        ...
