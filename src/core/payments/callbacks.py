"""Callbacks: kept, answered, and taken as a hint to read the status. Nothing that they say is believed."""

import hashlib
import hmac

from core.access.principal import Caller
from core.payments.attempts import Attempts
from core.payments.entities import Attempt, AttemptState, Refund
from core.payments.gateway import Callback, CallbackReading, CallbackTrust, UnreadableCallback, read_reference
from core.payments.gateways import Gateways
from core.payments.ports import CallbackRecord, CallbackStore, PaymentStore, RefundStore
from core.payments.refund_sending import RefundSending
from core.primitives.errors import missing
from core.primitives.ids import new_id
from core.work import Work, Works

KEPT_BYTES = 16_384
"""How much of a callback's body is kept."""


class Callbacks:
    """Takes callbacks in."""

    def __init__(
        self,
        works: Works,
        gateways: Gateways,
        payments: PaymentStore,
        refund_store: RefundStore,
        store: CallbackStore,
        attempts: Attempts,
        refunds: RefundSending,
    ) -> None:
        self._works = works
        self._gateways = gateways
        self._payments = payments
        self._refund_store = refund_store
        self._store = store
        self._attempts = attempts
        self._refunds = refunds

    async def receive(self, caller: Caller, gateway: str, reference: str, callback: Callback) -> None:
        """Keep a callback and have the operation that it speaks of looked at. `reference` is that of the address,
        empty where the address has none. Duplicates, forgeries and what nobody knows change nothing. Raises
        `DomainError` of kind missing where the gateway is not here."""
        if gateway not in self._gateways.slugs:
            raise missing()
        try:
            reading = self._gateways.read_callback(gateway, callback)
        except UnreadableCallback:
            reading = None
        async with self._works.everywhere(caller) as work:
            operation = await self._find(work, gateway, reference, reading)
            verdict = self._verdict(gateway, operation, reading)
            new = await self._store.record(
                work,
                CallbackRecord(
                    id=new_id(),
                    gateway=gateway,
                    operation=operation.id if operation else None,
                    digest=hashlib.sha256(callback.body + b"\0" + verdict.encode()).digest(),
                    verdict=verdict,
                    method=callback.method,
                    body=callback.body[:KEPT_BYTES],
                ),
            )
            if new and verdict == "hint":
                await self._follow(work, operation)
            elif new:
                work.audit("REJECT", "PaymentCallback", gateway, details={"verdict": verdict})
            await work.commit()

    async def _find(
        self, work: Work, gateway: str, reference: str, reading: CallbackReading | None
    ) -> Attempt | Refund | None:
        named = read_reference(reference) or (reading.reference if reading else None)
        found: Attempt | Refund | None = None
        if named is not None:
            found = await self._payments.attempt(work, named) or await self._refund_store.get(work, named)
        elif reading is not None and reading.handle is not None and not reference and _can_be_kept(reading.handle[1]):
            found = await self._payments.attempt_with(work, gateway, *reading.handle)
        return found if found is not None and found.gateway == gateway else None

    def _verdict(self, gateway: str, operation: Attempt | Refund | None, reading: CallbackReading | None) -> str:
        if operation is None:
            return "unknown"
        if reading is None:
            return "unreadable"
        capabilities = self._gateways.capabilities(gateway)
        if capabilities is None:
            return "unknown"
        if capabilities.callback is CallbackTrust.SIGNED and not reading.authentic:
            return "forged"
        if capabilities.callback is CallbackTrust.TOKEN:
            expected = operation.handles.get(capabilities.callback_token, "")
            if not expected and operation.state is AttemptState.LOST:
                # its token was lost with its answer; only the operator knows its id, and people are told
                return "hint"
            given = reading.token.reveal() if reading.token else ""
            if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
                return "forged"
        return "hint"

    async def _follow(self, work: Work, operation: Attempt | Refund | None) -> None:
        if isinstance(operation, Refund):
            self._refunds.ask_to_look(work, operation.id)
        elif operation is not None and operation.state is AttemptState.LOST:
            # it can be looked up no more, and still somebody says that it was paid
            await self._payments.set_attempt(work, operation.id, operation.state, escalated="callback_for_lost")
        elif operation is not None and not operation.captured:
            self._attempts.ask_to_look(work, operation.id)


def _can_be_kept(handle: str) -> bool:
    """Whether an operator can have given it: no handle holds what a database refuses to look for."""
    return handle.isprintable()
