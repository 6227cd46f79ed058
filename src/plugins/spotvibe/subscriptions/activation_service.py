"""The activation webhook (contracts/spotvibe.md section 5.5; DECISIONS.md section 2, "Webhooks"): a signed hint that a
payment was confirmed. It settles nothing by itself: the operator is asked."""

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.payments.entities import Payment
from core.payments.service import Payments
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, unauthenticated
from core.primitives.secret import Secret
from core.work import Delivery, Work, Works
from plugins.spotvibe.subscriptions.domain import ORDER_TYPE
from plugins.spotvibe.subscriptions.messages import UNSIGNED

READ_STATUS: Final = "spotvibe_subscriptions.read_status"
TOLERANCE: Final = timedelta(seconds=300)
"""How far a signature's moment may be from now."""
MOST_PARTS: Final = 10


class Reader(Protocol):
    """Reads the status of payments: the kernel's `Payments`."""

    async def get(self, work: Work, payment: UUID) -> Payment:
        """Return a payment. Raises `DomainError` of kind missing."""
        ...

    async def verify(self, payment: UUID) -> Payment:
        """Ask the operator now what became of a payment's open attempt."""
        ...


class _Order(msgspec.Struct):
    payment: UUID


class Activations:
    """Takes activation webhooks in. Without a secret every call is refused."""

    def __init__(self, works: Works, payments: Reader | Payments, clock: Clock, secret: Secret | None) -> None:
        self._works = works
        self._payments = payments
        self._clock = clock
        self._secret = secret

    def check(self, signature: str, body: bytes) -> None:
        """Check `t=<unix time>,v1=<hex HMAC-SHA256 of "t.body">` over the body as it came; several `v1` may be given,
        so that secrets can be changed. Raises `DomainError` of kind unauthenticated without one that holds, or for a
        moment more than 300 s off."""
        parts = [part.strip().partition("=") for part in signature.split(",")[:MOST_PARTS]]
        moments = [value for name, _, value in parts if name == "t"]
        given = [value for name, _, value in parts if name == "v1"]
        if self._secret is None or len(moments) != 1 or not _is_moment(moments[0]):
            raise unauthenticated(UNSIGNED)
        expected = hmac.new(self._secret.reveal().encode(), f"{moments[0]}.".encode() + body, sha256).hexdigest()
        holds = [hmac.compare_digest(expected.encode(), value.encode()) for value in given]
        off = abs(self._clock.now().timestamp() - int(moments[0]))
        if not any(holds) or off > TOLERANCE.total_seconds():
            raise unauthenticated(UNSIGNED)

    async def receive(self, caller: Caller, payment: UUID, status: str, transaction: str | None) -> None:
        """Have the operator asked what became of a subscription's payment. An unknown payment leaves an audit entry,
        nothing else. Duplicates are harmless: reading a status twice changes nothing."""
        async with self._works.everywhere(caller) as work:
            details = {"status": status, "transaction_id": transaction}
            if await self._known(work, payment):
                work.ask(READ_STATUS, payment=str(payment))
                work.audit("ACTIVATE", "Payment", payment, details=details)
            else:
                work.audit("REJECT", "Payment", payment, details={**details, "verdict": "unknown"})
            await work.commit()

    async def read_status(self, delivery: Delivery) -> None:
        """Handle the job that asks the operator."""
        await self._payments.verify(msgspec.convert(delivery.payload, _Order).payment)

    async def _known(self, work: Work, payment: UUID) -> bool:
        try:
            return (await self._payments.get(work, payment)).order_type == ORDER_TYPE
        except DomainError as error:
            if error.kind is Kind.MISSING:
                return False
            raise


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
