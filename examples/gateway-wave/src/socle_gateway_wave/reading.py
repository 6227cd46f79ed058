"""What Wave's documents mean: sessions, transactions and errors (docs.wave.com, Checkout, Balance & Reconciliation)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from uuid import UUID

import msgspec

from core.payments.gateway import Observation, Reason, State, read_reference
from core.primitives.money import Money

T = TypeVar("T")

PAYMENT_ERRORS: Mapping[str, Reason] = {
    "insufficient-funds": Reason.INSUFFICIENT_FUNDS,
    "kyb-limits-exceeded": Reason.LIMIT_REACHED,
    "payment-failure": Reason.OPERATOR_UNAVAILABLE,
    "blocked-account": Reason.UNSPECIFIED,
    "cross-border-payment-not-allowed": Reason.UNSPECIFIED,
    "customer-age-restricted": Reason.UNSPECIFIED,
    "payer-mobile-mismatch": Reason.UNSPECIFIED,
}
"""`last_payment_error.code`. Those of the payer's account have no reason of ours: `not_allowed` would call staff."""

REQUEST_ERRORS: Mapping[str, Reason] = {
    "request-validation-error": Reason.INVALID_AMOUNT,
    "missing-auth-header": Reason.INVALID_CREDENTIALS,
    "invalid-auth": Reason.INVALID_CREDENTIALS,
    "api-key-not-provided": Reason.INVALID_CREDENTIALS,
    "no-matching-api-key": Reason.INVALID_CREDENTIALS,
    "api-key-revoked": Reason.INVALID_CREDENTIALS,
    "invalid-wallet": Reason.NOT_ALLOWED,
    "disabled-wallet": Reason.NOT_ALLOWED,
    "unauthorized-wallet": Reason.NOT_ALLOWED,
    "insufficient-funds": Reason.INSUFFICIENT_FUNDS,
}
REFUSALS: Mapping[int, Reason] = {
    400: Reason.UNSPECIFIED,
    401: Reason.INVALID_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.UNSPECIFIED,
    422: Reason.INVALID_AMOUNT,
    429: Reason.OPERATOR_UNAVAILABLE,
}
"""Statuses with which Wave refuses a request before it does anything. A conflict (409) is not among them: the first
request of its key may have been carried out."""


class PaymentError(msgspec.Struct):
    """Why the last try to pay failed."""

    code: str = ""


class Session(msgspec.Struct):
    """A checkout session, as far as it is read."""

    id: str
    checkout_status: str = ""
    payment_status: str = ""
    amount: str | None = None
    currency: str | None = None
    client_reference: str | None = None
    transaction_id: str | None = None
    wave_launch_url: str | None = None
    last_payment_error: PaymentError | None = None

    @property
    def operation(self) -> UUID | None:
        """Our operation, where the session is of one."""
        return read_reference(self.client_reference or "")


class Found(msgspec.Struct):
    """The answer to a search."""

    result: list[Session]


class Transaction(msgspec.Struct):
    """A movement of the wallet. `amount` is net of `fee`; both are negative for money that goes."""

    transaction_type: str
    transaction_id: str = ""
    amount: str = ""
    fee: str = "0"
    currency: str = ""
    checkout_api_session_id: str | None = None


class PageInfo(msgspec.Struct):
    """Where a page of transactions stands."""

    end_cursor: str | None = None
    has_next_page: bool = False


class Transactions(msgspec.Struct):
    """A page of a day's transactions."""

    items: list[Transaction]
    page_info: PageInfo = msgspec.field(default_factory=PageInfo)


class Problem(msgspec.Struct):
    """An error of Wave's own form."""

    code: str


class Event(msgspec.Struct):
    """A webhook's body."""

    type: str
    data: Session


def decoded(body: bytes, kind: type[T]) -> T | None:
    """Read a body; None where it is of another form."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def refused(status: int, body: bytes) -> tuple[Reason, str] | None:
    """Why Wave refuses a request, and its code; None where the answer is no refusal in Wave's own form."""
    problem = decoded(body, Problem)
    if problem is None or not problem.code or status not in REFUSALS:
        return None
    return REQUEST_ERRORS.get(problem.code, REFUSALS[status]), problem.code


def observed(session: Session) -> Observation:
    """What a session says of its payment."""
    state, reason = _meaning(session)
    error = session.last_payment_error.code if session.last_payment_error else ""
    return Observation(
        state=state,
        reason=reason,
        amount=_money(session.amount, session.currency),
        reference=session.operation,
        operator_reference=session.transaction_id,
        code="/".join(filter(None, (session.checkout_status, session.payment_status, error))),
    )


def refunded(transactions: Sequence[Transaction], session: str) -> Observation | None:
    """The refund of a session among a day's transactions; None where there is none. The payer gets the gross amount
    back: the net amount of the movement and its fee."""
    for each in transactions:
        if each.transaction_type != "api_checkout_refund" or each.checkout_api_session_id != session:
            continue
        net, fee = _money(each.amount.lstrip("-"), each.currency), _money(each.fee.lstrip("-"), each.currency)
        gross = Money(net.amount + fee.amount, net.currency) if net and fee else None
        return Observation(
            state=State.SUCCEEDED,
            amount=gross,
            operator_reference=each.transaction_id or None,
            code=each.transaction_type,
        )
    return None


def _meaning(session: Session) -> tuple[State, Reason | None]:
    error = session.last_payment_error
    if session.payment_status == "succeeded":
        return State.SUCCEEDED, None
    ended = (session.checkout_status, session.payment_status)
    if error is not None and ended in (("complete", "cancelled"), ("expired", "cancelled"), ("expired", "processing")):
        return State.FAILED, PAYMENT_ERRORS.get(error.code, Reason.UNSPECIFIED)
    if ended in (("expired", "cancelled"), ("expired", "processing")):
        return State.EXPIRED, Reason.TIMEOUT
    if ended == ("complete", "cancelled"):
        return State.CANCELLED, Reason.UNSPECIFIED
    # An open session can still be paid after a try that failed, and a new word decides nothing.
    return State.PENDING, None


def _money(amount: str | None, currency: str | None) -> Money | None:
    if not amount or not currency:
        return None
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    return Money(value, currency) if value.is_finite() else None
