"""The fake gateway as a peer of the conformance suite."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import msgspec

from core.payments.gateway import Callback, CallbackTrust, Capabilities, OperationKind, Reason, RefundMode, State
from core.primitives.money import Money
from core.testkit.gateways import DocumentedStatus, FakeGateway, FakeOperator, GatewayConformance, GatewayPeer
from core.testkit.gateways.fake_operator import status_of

DEADLINE = timedelta(milliseconds=500)
ENDS: tuple[tuple[State, Reason | None], ...] = (
    (State.PENDING, None),
    (State.SUCCEEDED, None),
    (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    (State.EXPIRED, Reason.TIMEOUT),
    *((State.FAILED, reason) for reason in Reason),
)


class FakePeer(GatewayPeer):
    """The fake gateway with the fake operator."""

    statuses = tuple(
        DocumentedStatus(raw=status_of(state, reason), state=state, reason=reason) for state, reason in ENDS
    )

    def __init__(self, capabilities: Capabilities, gateway: type[FakeGateway] = FakeGateway) -> None:
        self.operator = FakeOperator(capabilities)
        self.script = self.operator.script
        self._kind = gateway
        self._offered = msgspec.structs.replace(capabilities, deadline=DEADLINE)
        self.gateway = self.another()
        self.shown = (self.gateway.capabilities,)
        if capabilities.refunds is RefundMode.AUTOMATIC:
            refunds = (State.SUCCEEDED, None), (State.PENDING, None), (State.FAILED, Reason.PAYER_NOT_FOUND)
            self.statuses += tuple(
                DocumentedStatus(raw=status_of(*each), state=each[0], reason=each[1], kind=OperationKind.REFUND)
                for each in refunds
            )

    @property
    def secrets(self) -> Sequence[str]:
        """The credentials, and the tokens that they brought."""
        return (self.operator.key, self.operator.signing_key, *self.operator.tokens)

    def another(self) -> FakeGateway:
        return self._kind(self.operator, capabilities=self._offered)

    async def debits(self, operation: UUID) -> int:
        return self.operator.debits(operation)

    async def credits(self, operation: UUID) -> int:
        return self.operator.credits(operation)

    async def settle(self, operation: UUID, *, amount: Money | None = None) -> None:
        await self.operator.settle(operation, amount=amount)

    async def report(self, operation: UUID, raw: str) -> None:
        await self.operator.report(operation, raw)

    async def amount_received(self, operation: UUID) -> str:
        return self.operator.received(operation).asked

    async def description_received(self, operation: UUID) -> str | None:
        return self.operator.received(operation).text

    async def revoke_credentials(self) -> None:
        self.operator.revoke()

    async def expire_tokens(self) -> None:
        self.operator.expire_tokens()

    async def callback_for(self, operation: UUID) -> Callback:
        return self.operator.callback(operation)

    async def forged_callbacks(self, operation: UUID) -> Sequence[Callback]:
        true = self.operator.callback(operation)
        claimed = {"status": "succeeded", "reference": str(operation), "session": "session-of-somebody"}
        bodies = [msgspec.json.encode({**claimed, "notify": notify}) for notify in ("", "notify-guessed")]
        unsigned = msgspec.structs.replace(true, headers={}, body=bodies[0])
        signed = [self.operator.sent(body, "a key of somebody else") for body in bodies]
        if self.operator.capabilities.callback is CallbackTrust.SIGNED:
            changed = msgspec.structs.replace(true, body=true.body.replace(b"pending", b"succeeded"))
            return [unsigned, *signed, changed]
        return [unsigned, *signed]


def suite_of(capabilities: Capabilities, gateway: type[FakeGateway] = FakeGateway) -> type[GatewayConformance]:
    """The conformance suite of a fake gateway, or of one that does something wrong."""

    class Suite(GatewayConformance):
        offers = capabilities
        tokens = True

        @asynccontextmanager
        async def peer(self) -> AsyncIterator[FakePeer]:
            yield FakePeer(capabilities, gateway)

    return Suite
