"""How the checks speak to a gateway: as the kernel does, and never trusting it to come back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec

from core.payments.gateway import (
    Capabilities,
    Collection,
    Flow,
    Gateway,
    Inquiry,
    Observation,
    OperationKind,
    Outcome,
    PreparesRefunds,
    RefundOrder,
    State,
    Submission,
)
from core.primitives.ids import new_operation
from core.primitives.money import Money
from core.testkit.gateways.peer import GatewayPeer

GRACE_SECONDS = 1.0
"""How much later than its deadline a call may end: what a busy machine costs."""

T = TypeVar("T")
MakePeer = Callable[[], AbstractAsyncContextManager[GatewayPeer]]


@asynccontextmanager
async def opened(make: MakePeer) -> AsyncIterator["Drive"]:
    """Open a peer for one check, and let its gateway's connections go afterwards."""
    async with make() as peer:
        try:
            yield Drive(peer)
        finally:
            await peer.gateway.close()


def usual_amount(capabilities: Capabilities) -> Money:
    """An amount that the operator takes, and of which a quarter can be sent back."""
    amount = max(Decimal(1000), capabilities.minimum * 4)
    if capabilities.maximum is not None:
        amount = min(amount, capabilities.maximum)
    return Money(amount, min(capabilities.currencies)).rounded()


class Drive:
    """One peer, and the calls of a check. A call fails the check where it raises, or takes longer than its deadline;
    what comes back is checked for sense before the check looks at it."""

    def __init__(self, peer: GatewayPeer) -> None:
        self.peer = peer
        self.gateway = peer.gateway
        self.capabilities = peer.gateway.capabilities
        self.script = peer.script
        self._prepared: dict[UUID, Mapping[str, str]] = {}

    def collection(self, amount: Money | None = None, description: str = "Billet") -> Collection:
        """A collection with an id of its own."""
        needed = self.capabilities.needs_payer or self.capabilities.flow is not Flow.REDIRECT
        operation = new_operation()
        return Collection(
            operation=operation,
            amount=amount or usual_amount(self.capabilities),
            payer=self.peer.payer if needed else None,
            description=description,
            callback_url=f"https://socle.example/webhooks/gateway/{operation}/",
            return_url="https://socle.example/retour",
            cancel_url="https://socle.example/annulation",
            otp=self.peer.otp,
        )

    async def collect(self, collection: Collection, gateway: Gateway | None = None) -> Submission:
        """Ask for money."""
        return _sensible(await self.timed("collect", (gateway or self.gateway).collect(collection)))

    async def asked(self) -> tuple[Collection, Submission]:
        """A collection that the operator has taken up."""
        collection = self.collection()
        submission = await self.collect(collection)
        wanted = Outcome.ACTION_REQUIRED if self.capabilities.flow is Flow.REDIRECT else Outcome.ACCEPTED
        assert submission.outcome is wanted, f"a good collection is {submission.outcome}, not {wanted}: {submission!r}"
        return collection, submission

    async def look(self, collection: Collection, submission: Submission, gateway: Gateway | None = None) -> Observation:
        """Read what became of a collection."""
        told = submission.observation
        inquiry = Inquiry(
            operation=collection.operation,
            kind=OperationKind.COLLECTION,
            amount=collection.amount,
            sent_at=self.peer.now,
            payer=collection.payer,
            operator_reference=told.operator_reference if told else None,
            handles=submission.handles,
        )
        return _consistent(await self.timed("lookup", (gateway or self.gateway).lookup(inquiry)), collection.operation)

    async def captured(self) -> tuple[Collection, Submission, Observation]:
        """A collection whose money has come."""
        collection, submission = await self.asked()
        await self.peer.settle(collection.operation)
        seen = await self.look(collection, submission)
        assert seen.state is State.SUCCEEDED, f"money has moved, and the gateway says {seen!r}"
        return collection, submission, seen

    def order(self, collection: Collection, submission: Submission, seen: Observation, amount: Money) -> RefundOrder:
        """A refund of a captured collection."""
        operation = new_operation()
        return RefundOrder(
            operation=operation,
            collection=collection.operation,
            captured=collection.amount,
            amount=amount,
            payee=self.peer.payer if self.capabilities.payee_needed else None,
            description="Remboursement",
            callback_url=f"https://socle.example/webhooks/gateway/{operation}/",
            operator_reference=seen.operator_reference,
            handles=submission.handles,
        )

    async def prepare(self, order: RefundOrder, gateway: Gateway | None = None) -> Submission:
        """Prepare a refund."""
        preparing = gateway or self.gateway
        assert isinstance(preparing, PreparesRefunds), "refunds are prepared, and there is no prepare_refund"
        return _sensible(await self.timed("prepare_refund", preparing.prepare_refund(order)))

    async def prepared(self, order: RefundOrder) -> RefundOrder:
        """A refund that the operator has prepared."""
        prepared = await self.prepare(order)
        assert prepared.outcome is Outcome.ACCEPTED, f"the preparation of a good refund is {prepared!r}"
        assert prepared.handles, "a refund is prepared, and no handle comes of it"
        self._prepared.setdefault(order.operation, prepared.handles)
        return msgspec.structs.replace(order, prepared=prepared.handles)

    async def refund(self, order: RefundOrder, gateway: Gateway | None = None) -> Submission:
        """Send money back. Where refunds are prepared that is done first, once for an operation."""
        if self.capabilities.prepares_refunds and not order.prepared:
            if order.operation not in self._prepared:
                prepared = await self.prepare(order)
                if prepared.outcome is not Outcome.ACCEPTED:
                    return prepared
                self._prepared[order.operation] = prepared.handles
            order = msgspec.structs.replace(order, prepared=self._prepared[order.operation])
        return _sensible(await self.timed("refund", (gateway or self.gateway).refund(order)))

    async def look_at_refund(
        self, order: RefundOrder, submission: Submission, gateway: Gateway | None = None
    ) -> Observation:
        """Read what became of a refund, by what its preparation and its answer brought."""
        told = submission.observation
        inquiry = Inquiry(
            operation=order.operation,
            kind=OperationKind.REFUND,
            amount=order.amount,
            sent_at=self.peer.now,
            payer=order.payee,
            operator_reference=told.operator_reference if told else None,
            handles={**(order.prepared or self._prepared.get(order.operation, {})), **submission.handles},
            collection=order.collection,
            collection_handles=order.handles,
        )
        return _consistent(await self.timed("lookup", (gateway or self.gateway).lookup(inquiry)), order.operation)

    async def timed(self, name: str, call: Awaitable[T]) -> T:
        """Await a call of the gateway within its deadline."""
        limit = self.capabilities.deadline.total_seconds() + GRACE_SECONDS
        guard = asyncio.timeout(limit)
        try:
            async with guard:
                return await call
        except Exception as error:
            if guard.expired():
                raise AssertionError(f"{name} is not back after {limit:g} s, its deadline and a second") from error
            raise AssertionError(f"{name} raises {error!r} for what the operator does") from error


def _sensible(submission: Submission) -> Submission:
    """Check an answer to a command for sense."""
    outcome = submission.outcome
    if outcome is Outcome.ACTION_REQUIRED:
        assert submission.url.startswith(("https://", "http://")), f"the payer is sent to {submission.url!r}"
    else:
        assert not submission.url, f"{outcome} has an address that nobody is sent to"
    if outcome is Outcome.REJECTED:
        assert submission.reason is not None, "a rejection has no reason: say at least unspecified"
    if submission.observation is not None:
        _consistent(submission.observation, None)
    return submission


def _consistent(seen: Observation, operation: UUID | None) -> Observation:
    """Check an observation for sense."""
    assert seen.found or seen.state is State.UNKNOWN, f"{seen.state} of an operation that was not found"
    if seen.state is State.FAILED:
        assert seen.reason is not None, "a failure has no reason: say at least unspecified"
    if seen.state in (State.PENDING, State.SUCCEEDED):
        assert seen.reason is None, f"{seen.state} has the reason {seen.reason}"
    if operation is not None and seen.reference is not None:
        assert seen.reference == operation, f"asked for {operation}, told of {seen.reference}"
    return seen
