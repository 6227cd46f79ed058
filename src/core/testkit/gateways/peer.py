"""What the author of a gateway brings to its suite: the gateway, and its operator's end."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.payments.gateway import Callback, Gateway, OperationKind, Reason, State
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.clock import START
from core.testkit.gateways.far_end import Call, Script


class DocumentedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A status of the operator's document: its `raw` form, as the peer's `report` takes it, and what it means."""

    raw: str
    state: State
    reason: Reason | None = None
    kind: OperationKind = OperationKind.COLLECTION


class PeerLacks(AssertionError):
    """A suite claims what its peer cannot drive: the check that asked for it does not hold."""


class GatewayPeer(ABC):
    """A gateway with its operator's end, fresh for every check.

    - `gateway` speaks to the fake that `script` stands before. Its deadline is short (two seconds at most), so that
      the checks of silence are quick.
    - `secrets` are all credentials that are in use, those that the operator gives out among them; `shown` are further
      objects that may be printed (the settings).
    - `statuses` are all that the operator documents; `unlisted` is one that it does not.
    - `bodyless` are the calls whose good answers have no body, so that a body says nothing.
    - `payer` and `otp` are given to collections; `now` is the gateway's time.
    """

    gateway: Gateway
    script: Script
    secrets: Sequence[str] = ()
    shown: Sequence[object] = ()
    statuses: Sequence[DocumentedStatus] = ()
    unlisted: str = "SOMETHING_NEW"
    bodyless: frozenset[Call] = frozenset()
    payer: str = "+2290197000001"
    otp: Secret | None = None
    now: datetime = START

    @abstractmethod
    def another(self) -> Gateway:
        """Return a second gateway of the same settings, as another process has one."""

    @abstractmethod
    async def debits(self, operation: UUID) -> int:
        """How many transactions the operator holds that took, or can still take, the collection's money."""

    @abstractmethod
    async def settle(self, operation: UUID, *, amount: Money | None = None) -> None:
        """Let the collection's money move: the amount that was asked for, or another."""

    @abstractmethod
    async def report(self, operation: UUID, raw: str) -> None:
        """Let the operator say this status of a collection or a refund from now on."""

    @abstractmethod
    async def amount_received(self, operation: UUID) -> str:
        """The amount as it stood in the collection's request."""

    async def description_received(self, operation: UUID) -> str | None:  # noqa: ARG002
        """The description as the operator got it; None where it takes none, or only a small alphabet."""
        return None

    @abstractmethod
    async def revoke_credentials(self) -> None:
        """Refuse the gateway's credentials from now on, and the tokens that they brought."""

    async def credits(self, operation: UUID) -> int:  # noqa: ARG002 - for those that override it
        """How many times the refund of this operation sent money. For gateways with automatic refunds."""
        raise PeerLacks("a gateway with automatic refunds needs a peer that counts them")

    async def expire_tokens(self) -> None:
        """Let the tokens that were given out end now. For gateways that fetch tokens."""
        raise PeerLacks("a gateway that fetches tokens needs a peer that ends them")

    async def callback_for(self, operation: UUID) -> Callback:  # noqa: ARG002 - for those that override it
        """A callback as the operator sends it now. For operators that call back."""
        raise PeerLacks("an operator that calls back needs a peer that makes its callbacks")

    async def forged_callbacks(self, operation: UUID) -> Sequence[Callback]:  # noqa: ARG002 - for those that override it
        """Callbacks about the operation as somebody else may send them: wrong, old or no signature or token."""
        raise PeerLacks("an operator that calls back needs a peer that forges callbacks")
