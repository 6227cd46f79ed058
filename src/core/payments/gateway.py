"""The gateway port: how the kernel speaks to an operator, and what an operator's answers mean.

A gateway is a pure translation. It keeps no state of a payment: what later calls need of an answer travels in
`handles`, which the kernel keeps with the attempt. It raises nothing for what an operator does: whatever it cannot
read is `unknown`, never failed (reference/mobile-money.md section 1.4). Every operation has its id, and is committed,
before the gateway hears of it; a repeat of the operation carries the same id.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

import msgspec

from core.primitives.locale import Locale
from core.primitives.money import Money
from core.primitives.secret import Secret


class Flow(StrEnum):
    """How the payer is asked: a prompt on the phone, a one-time code given beforehand, or a page of the operator's."""

    PUSH = "push"
    OTP = "otp"
    REDIRECT = "redirect"


class CallbackTrust(StrEnum):
    """What proves that a callback is the operator's. None of them settles money: a callback is a hint."""

    SIGNED = "signed"
    TOKEN = "token"  # noqa: S105 - no password
    NONE = "none"


class RefundMode(StrEnum):
    """Whether the operator sends money back by itself, or staff do and record it."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class State(StrEnum):
    """What is known of an operation with the operator (mobile-money.md section 1.2)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def final(self) -> bool:
        """Whether the operator has decided."""
        return self not in (State.PENDING, State.UNKNOWN)


class Reason(StrEnum):
    """Why money did not move (mobile-money.md sections 1.3 and 7). `unspecified`: the operator does not say."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    PAYER_NOT_FOUND = "payer_not_found"
    DECLINED_BY_PAYER = "declined_by_payer"
    TIMEOUT = "timeout"
    LIMIT_REACHED = "limit_reached"
    DUPLICATE_REFERENCE = "duplicate_reference"
    OPERATOR_UNAVAILABLE = "operator_unavailable"
    INVALID_CREDENTIALS = "invalid_credentials"
    INVALID_AMOUNT = "invalid_amount"
    NOT_ALLOWED = "not_allowed"
    UNSPECIFIED = "unspecified"

    @property
    def ours(self) -> bool:
        """Whether it is a mistake of the installation's configuration, which staff must hear of."""
        return self in (Reason.INVALID_CREDENTIALS, Reason.INVALID_AMOUNT, Reason.NOT_ALLOWED)


class OperationKind(StrEnum):
    """Which way money moves: from a payer to the merchant, or back."""

    COLLECTION = "collection"
    REFUND = "refund"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator's contract offers.

    - `currencies` are those that the kernel may ask for (ISO 4217); `minimum` and `maximum` bound an amount of any.
    - `needs_payer`: the payer's number must be given. `payee_needed`: a refund needs a number to pay to.
    - `resend`: the operator refuses a second operation of the same id, so that an operation whose answer was lost may
      be sent again under the same id. Without it an ambiguous operation is only ever looked up.
    - `answer_needed`: later calls need what the answer to `collect` brought. Where that answer is lost nobody can pay
      any more, and the kernel goes on with a new attempt of the same payment.
    - `partial_refunds`: less than the whole may be sent back.
    - `prepares_refunds`: a refund is prepared before it is sent (`PreparesRefunds`). The operator executes what was
      prepared at most once, so that a refund whose answer was lost may be sent again by the same preparation.
    - `reports_amount`: a status read tells the amount; a success without it is then not believed.
    - `callback` is what a callback is trusted by; for `token`, `callback_token` names the handle that it must equal.
    - `window` is how long a payer may answer, `watch` how long an ended attempt is still looked at for late money.
    - `deadline` is the longest that one call may take. `polls` are the waits between status reads; the last repeats.
    """

    flow: Flow
    currencies: frozenset[str]
    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    needs_payer: bool = True
    payee_needed: bool = True
    resend: bool = False
    answer_needed: bool = False
    reports_amount: bool = True
    refunds: RefundMode = RefundMode.MANUAL
    partial_refunds: bool = True
    prepares_refunds: bool = False
    callback: CallbackTrust = CallbackTrust.NONE
    callback_token: str = ""
    window: timedelta = timedelta(minutes=5)
    watch: timedelta = timedelta(days=1)
    deadline: timedelta = timedelta(seconds=30)
    polls: tuple[timedelta, ...] = tuple(timedelta(seconds=each) for each in (5, 10, 20, 30, 60))


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Money to be collected. `operation` is ours, unique for ever. `payer` is E.164, None where the operator asks for
    it; `description` is shown to the payer. `callback_url` is where this attempt's callbacks go, `return_url` and
    `cancel_url` where a payer's browser goes after the operator's page. `otp` is a code that the payer was given."""

    operation: UUID
    amount: Money
    payer: str | None
    description: str
    callback_url: str
    return_url: str
    cancel_url: str
    locale: Locale = Locale.FR
    otp: Secret | None = None


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """A question after an operation: what became of it? `amount` is what was sent at its creation, `handles` what its
    answer brought, `payer` the number that it was sent to. A refund also names the `collection` that it gives back,
    with what that one's answer brought: some operators know a refund by nothing else."""

    operation: UUID
    kind: OperationKind
    amount: Money
    sent_at: datetime
    payer: str | None = None
    operator_reference: str | None = None
    handles: Mapping[str, str] = {}
    collection: UUID | None = None
    collection_handles: Mapping[str, str] = {}


class RefundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Money to be sent back. `operation` is the refund's own id; `collection` is what it gives back, with the amount
    that was `captured`. `payee` is E.164; `description` is shown to the payee. `handles` are the collection's;
    `prepared` are those of the refund's own preparation, empty where there is none."""

    operation: UUID
    collection: UUID
    captured: Money
    amount: Money
    payee: str | None
    description: str
    callback_url: str
    operator_reference: str | None = None
    handles: Mapping[str, str] = {}
    prepared: Mapping[str, str] = {}


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator says of an operation over our own authenticated channel.

    - `amount`, `reference` (our operation, where the operator echoes it) and `operator_reference` are compared with
      what was sent before money is believed to have moved.
    - `code` is the operator's own status or reason, raw, for people to read.
    - `found` is False where the operator does not know the operation (yet): with `unknown`, never with a final state.
    """

    state: State
    reason: Reason | None = None
    amount: Money | None = None
    reference: UUID | None = None
    operator_reference: str | None = None
    code: str = ""
    found: bool = True


class Outcome(StrEnum):
    """How an operator answered a command. `rejected`: it made no transaction, and never will under this id.
    `unknown`: it may have made one."""

    ACCEPTED = "accepted"
    ACTION_REQUIRED = "action_required"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's answer to a command.

    `url` is where the payer must go (`action_required`). `handles` are kept for later calls. `observation` is there
    where the answer already tells what became of the operation. `reason` and `code` say why it was rejected or what
    made it unknown.
    """

    outcome: Outcome
    url: str = ""
    handles: Mapping[str, str] = {}
    observation: Observation | None = None
    reason: Reason | None = None
    code: str = ""


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """A request that claims to come from the operator. Names of headers are in lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    received_at: datetime


class CallbackReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a callback speaks of: an operation of ours by its id, or one that has a handle (its name and value).
    `authentic` is what a signature says; `token` is the value to be compared where trust is by token."""

    reference: UUID | None = None
    handle: tuple[str, str] | None = None
    authentic: bool = False
    token: Secret | None = None


class UnreadableCallback(ValueError):
    """A callback that is none of the operator's forms."""


class Probe(msgspec.Struct, frozen=True):
    """Whether an operator answers us and takes our credentials; `detail` says what is wrong, without secrets."""

    ok: bool
    detail: str = ""


class Gateway(Protocol):
    """An operator, as the kernel speaks to it. Methods keep to `capabilities.deadline` and raise nothing for what the
    operator does; being cancelled is the only way out."""

    @property
    def capabilities(self) -> Capabilities:
        """What the operator's contract offers."""
        ...

    async def collect(self, collection: Collection) -> Submission:
        """Ask for money. The same operation again is the same operation."""
        ...

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Read what became of an operation."""
        ...

    async def refund(self, order: RefundOrder) -> Submission:
        """Send money back. Only called where refunds are automatic."""
        ...

    def read_callback(self, callback: Callback) -> CallbackReading:
        """Read a callback, without believing it. Raises `UnreadableCallback`."""
        ...

    async def probe(self) -> Probe:
        """Try connection and credentials, moving nothing."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


@runtime_checkable
class PreparesRefunds(Protocol):
    """What a gateway has besides where its operator's refunds are two calls: one that fetches what money is sent with,
    and one that sends it (`Capabilities.prepares_refunds`)."""

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        """Fetch what a refund is sent with, moving nothing: `accepted` with handles, which `refund` gets as `prepared`;
        `rejected` where the operator refuses; `unknown` where nobody answered, and it is tried again. A refund may be
        prepared more than once; the kernel sends it by one preparation alone."""
        ...


class GatewayOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway that a plugin brings: its `slug` ("mtn"), under which payments keep it for ever, and its title."""

    slug: str
    title: str
    gateway: Gateway


def compact_reference(operation: UUID) -> str:
    """Write an operation's id in 26 letters and digits, for operators who take no UUID (Orange: at most 30)."""
    return base64.b32encode(operation.bytes).decode().rstrip("=").lower()


def read_reference(text: str) -> UUID | None:
    """Read an operation's id as a UUID or in its compact form; None for anything else."""
    if len(text) == 26 and text.isascii() and text.isalnum():
        try:
            operation = UUID(bytes=base64.b32decode(text.upper() + "======"))
        except (binascii.Error, ValueError):
            return None
        return operation if compact_reference(operation) == text.lower() else None
    if len(text) == 36 and text.isascii():
        try:
            return UUID(text)
        except ValueError:
            return None
    return None
