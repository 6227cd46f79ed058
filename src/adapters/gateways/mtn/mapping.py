"""What MTN's answers mean (mobile-money.md sections 2.4, 2.5, 2.9 and 7)."""

from decimal import Decimal

from adapters.gateways.forms import rejected, unknown
from adapters.gateways.reading import Fields, error_object, json_object
from adapters.gateways.wire import Answer
from core.payments.gateway import Observation, Outcome, Reason, State, Submission, read_reference
from core.primitives.money import Money, decimals_of

SANDBOX_CURRENCY = "EUR"
INTERNAL = "INTERNAL_PROCESSING_ERROR"
ALREADY_EXISTS = "RESOURCE_ALREADY_EXIST"

OPEN = frozenset({"PENDING", "CREATED", "ONGOING"})

REASONS = {
    "NOT_ENOUGH_FUNDS": Reason.INSUFFICIENT_FUNDS,
    "TARGET_AUTHORIZATION_ERROR": Reason.INSUFFICIENT_FUNDS,
    # of a transaction it mostly means a lack of funds (section 2.9); of an HTTP answer it is the operator's trouble
    INTERNAL: Reason.INSUFFICIENT_FUNDS,
    "PAYER_NOT_FOUND": Reason.PAYER_NOT_FOUND,
    "PAYEE_NOT_FOUND": Reason.PAYER_NOT_FOUND,
    "ACCOUNTHOLDER_WITH_FRI_NOT_FOUND": Reason.PAYER_NOT_FOUND,
    "APPROVAL_REJECTED": Reason.DECLINED_BY_PAYER,
    "PAYMENT_NOT_APPROVED": Reason.DECLINED_BY_PAYER,
    "TRANSACTION_CANCELED": Reason.DECLINED_BY_PAYER,
    "EXPIRED": Reason.TIMEOUT,
    "COULD_NOT_PERFORM_TRANSACTION": Reason.TIMEOUT,
    "PAYER_LIMIT_REACHED": Reason.LIMIT_REACHED,
    "PAYEE_LIMIT_REACHED": Reason.LIMIT_REACHED,
    ALREADY_EXISTS: Reason.DUPLICATE_REFERENCE,
    "SERVICE_UNAVAILABLE": Reason.OPERATOR_UNAVAILABLE,
    "VALIDATION_ERROR": Reason.INVALID_AMOUNT,
    "INVALID_CURRENCY": Reason.INVALID_AMOUNT,
    "NOT_ALLOWED": Reason.NOT_ALLOWED,
    "NOT_ALLOWED_TARGET_ENVIRONMENT": Reason.NOT_ALLOWED,
    "INVALID_CALLBACK_URL_HOST": Reason.NOT_ALLOWED,
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": Reason.NOT_ALLOWED,
    "SENDER_ACCOUNT_NOT_ACTIVE": Reason.NOT_ALLOWED,
}
_ENDS = {Reason.DECLINED_BY_PAYER: State.CANCELLED, Reason.TIMEOUT: State.EXPIRED}
_ABSENT = frozenset({"RESOURCE_NOT_FOUND", "TRANSACTION_NOT_FOUND"})
_TELLS_NOTHING = frozenset({INTERNAL, "SERVICE_UNAVAILABLE"})
_SHUT_OUT = {401: Reason.INVALID_CREDENTIALS, 403: Reason.NOT_ALLOWED}
_REFUSALS = {400: Reason.INVALID_AMOUNT, **_SHUT_OUT}


def to_wire(amount: Money, *, sandbox: bool) -> Money:
    """The amount as MTN is told it. The sandbox takes EUR alone: as many of its smallest units, so that 500 XOF are
    5.00 EUR (section 5) and the way back is exact."""
    if not sandbox:
        return amount
    return Money(amount.amount.scaleb(decimals_of(amount.currency) - decimals_of(SANDBOX_CURRENCY)), SANDBOX_CURRENCY)


def from_wire(amount: Decimal, currency: str, *, asked: Money, sandbox: bool) -> Money:
    """The amount that MTN tells, in the currency that was asked for where the sandbox speaks of its own."""
    if sandbox and currency == SANDBOX_CURRENCY:
        shift = decimals_of(SANDBOX_CURRENCY) - decimals_of(asked.currency)
        # the sum is written without an exponent
        return Money(amount.scaleb(shift) + Decimal(0), asked.currency)
    return Money(amount, currency)


def submission(answer: Answer) -> Submission:
    """What the answer to requesttopay, transfer or refund means. Raises `Trouble` for what is not MTN's."""
    fields = error_object(answer)
    status = answer.status
    code = _code(fields, status)
    if status == 202:
        return Submission(outcome=Outcome.ACCEPTED)
    if status == 409 and code in (ALREADY_EXISTS, "HTTP 409"):
        # this operation was accepted before (section 2.11)
        return Submission(outcome=Outcome.ACCEPTED, code=code)
    reason = REASONS.get(code)
    if code in _TELLS_NOTHING or reason is Reason.OPERATOR_UNAVAILABLE:
        return unknown(Reason.OPERATOR_UNAVAILABLE, code)
    if reason is Reason.DUPLICATE_REFERENCE:
        return Submission(outcome=Outcome.ACCEPTED, code=code)
    if status in _REFUSALS:
        return rejected(reason or _REFUSALS[status], code)
    if status == 404 and code in _ABSENT:
        # the collection that a refund speaks of
        return rejected(Reason.NOT_ALLOWED, code)
    if status == 500 and reason is not None:
        # no transaction is created by these (section 2.4)
        return rejected(reason, code)
    return unknown(Reason.OPERATOR_UNAVAILABLE, code)


def observation(answer: Answer, *, asked: Money, sandbox: bool) -> Observation:
    """What the answer to a status read means. Raises `Trouble` for what is not MTN's."""
    if answer.status != 200:
        return _no_status(answer)
    fields = json_object(answer)
    status = fields.text("status")
    if not status:
        return Observation(state=State.UNKNOWN, reason=Reason.OPERATOR_UNAVAILABLE, code="no status")
    state, reason, code = _state(status, fields)
    amount, currency = fields.amount("amount"), fields.text("currency")
    return Observation(
        state=state,
        reason=reason,
        amount=from_wire(amount, currency, asked=asked, sandbox=sandbox) if amount is not None and currency else None,
        reference=read_reference(fields.text("externalId")),
        operator_reference=fields.scalar("financialTransactionId") or None,
        code=code,
    )


def _state(status: str, fields: Fields) -> tuple[State, Reason | None, str]:
    if status == "SUCCESSFUL":
        return State.SUCCEEDED, None, status
    if status == "FAILED":
        # a text, or an object (section 2.5)
        told = fields.text("reason") or fields.object("reason").text("code")
        reason = REASONS.get(told, Reason.UNSPECIFIED)
        return _ENDS.get(reason, State.FAILED), reason, told or status
    return State.PENDING, None, status


def _no_status(answer: Answer) -> Observation:
    fields = error_object(answer)
    code = _code(fields, answer.status)
    if answer.status == 404 and code in _ABSENT:
        return Observation(state=State.UNKNOWN, code=code, found=False)
    reason = _SHUT_OUT.get(answer.status) or REASONS.get(code)
    if reason is None or not reason.ours or code in _TELLS_NOTHING:
        reason = Reason.OPERATOR_UNAVAILABLE
    return Observation(state=State.UNKNOWN, reason=reason, code=code)


def _code(fields: Fields, status: int) -> str:
    return fields.text("code") or f"HTTP {status}"
