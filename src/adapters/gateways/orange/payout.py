"""Refunds by the payout contract: bodies, and what its answers mean (mobile-money.md section 3B)."""

from collections.abc import Mapping

from adapters.gateways.forms import plain_text, rejected, unknown, wire_amount, wire_number
from adapters.gateways.orange.settings import PayoutSettings
from adapters.gateways.reading import Fields, error_object, json_object
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer
from core.payments.gateway import (
    Inquiry,
    Observation,
    Outcome,
    Reason,
    RefundOrder,
    State,
    Submission,
    compact_reference,
)
from core.primitives.money import Money

PAYOUT_TOKEN = "payout_token"  # noqa: S105 - a handle's name
MAX_ORDER = 20
MAX_DESCRIPTION = 120

REASONS = {
    "60019": Reason.INSUFFICIENT_FUNDS,
    "0066111": Reason.PAYER_NOT_FOUND,
    # the merchant's own number
    "99033": Reason.INVALID_CREDENTIALS,
}
_REFUSALS = {
    400: Reason.INVALID_AMOUNT,
    401: Reason.INVALID_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    417: Reason.UNSPECIFIED,
}
_SUCCESS = frozenset({"SUCCESSFULL", "SUCCESSFUL", "SUCCESS"})
_ENDS: dict[str, tuple[State, Reason]] = {
    "FAILED": (State.FAILED, Reason.UNSPECIFIED),
    "CANCELLED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "EXPIRED": (State.EXPIRED, Reason.TIMEOUT),
}


def body(order: RefundOrder, settings: PayoutSettings, pay_token: str) -> Mapping[str, object]:
    """The body of `cashin/pay`, without the PIN. `orderId` is the beginning of the refund's reference: there is room
    for 20 characters, and nothing is ever looked up by it."""
    assert order.payee is not None
    return {
        "payToken": pay_token,
        "subscriberMsisdn": wire_number(order.payee, settings.number_form),
        "channelUserMsisdn": settings.channel_number,
        "amount": wire_amount(order.amount),
        "orderId": compact_reference(order.operation)[:MAX_ORDER],
        "description": plain_text(order.description, MAX_DESCRIPTION),
    }


def read_init(answer: Answer) -> Submission:
    """The pay token as a handle, or why there is none. Raises `Trouble`."""
    if answer.status == 200:
        token = json_object(answer).object("data").text("payToken")
        if not token:
            raise Trouble("no payToken in the answer")
        return Submission(outcome=Outcome.ACCEPTED, handles={PAYOUT_TOKEN: token})
    code = _code(error_object(answer), answer.status)
    refused = _REFUSALS.get(answer.status)
    return rejected(refused, code) if refused else unknown(Reason.OPERATOR_UNAVAILABLE, code)


def read_pay(answer: Answer, order: RefundOrder, pay_token: str) -> Submission:
    """What the answer to `cashin/pay` means. Accepted is HTTP 200 with `inittxnstatus` 200. Raises `Trouble`."""
    fields = json_object(answer) if answer.status == 200 else error_object(answer)
    data = fields.object("data")
    init = data.scalar("inittxnstatus")
    code = init if init and init != "200" else _code(fields, answer.status)
    if answer.status == 200 and init == "200" and data.text("payToken") in ("", pay_token):
        return Submission(outcome=Outcome.ACCEPTED, observation=_observe(data, order.amount))
    if data.text("status") == "FAILED" and answer.status in (200, 400, 417) and init != "200":
        return rejected(REASONS.get(init, Reason.UNSPECIFIED), code)
    if answer.status == 422:
        # this token was paid before
        return unknown(Reason.DUPLICATE_REFERENCE, code)
    if answer.status in (400, 401, 403) and not data.text("status"):
        return rejected(REASONS.get(init, _REFUSALS[answer.status]), code)
    return unknown(Reason.OPERATOR_UNAVAILABLE, code)


def read_status(answer: Answer, inquiry: Inquiry, pay_token: str) -> Observation:
    """What the answer to `cashin/paymentstatus` means. Raises `Trouble`."""
    if answer.status == 404:
        # no payment of this token: it was not paid, or not yet
        code = _code(error_object(answer), answer.status)
        return Observation(state=State.UNKNOWN, reason=Reason.OPERATOR_UNAVAILABLE, code=code, found=False)
    if answer.status != 200:
        fields = error_object(answer)
        reason = _REFUSALS[answer.status] if answer.status in (401, 403) else Reason.OPERATOR_UNAVAILABLE
        return Observation(state=State.UNKNOWN, reason=reason, code=_code(fields, answer.status))
    data = json_object(answer).object("data")
    if data.text("payToken") not in ("", pay_token):
        raise Trouble("another payToken in the answer")
    if not data.text("status"):
        raise Trouble("no status")
    return _observe(data, inquiry.amount)


def _observe(data: Fields, sent: Money) -> Observation:
    status = data.text("status")
    state, reason = _state(status, data)
    amount = data.amount("amount")
    return Observation(
        state=state,
        reason=reason,
        # the answer names no currency: the contract has one
        amount=Money(amount, sent.currency) if amount is not None else None,
        operator_reference=data.text("txnid") or None,
        code=status,
    )


def _state(status: str, data: Fields) -> tuple[State, Reason | None]:
    if status in _SUCCESS:
        return State.SUCCEEDED, None
    state, reason = _ENDS.get(status, (State.PENDING, None))
    if state is State.FAILED:
        reason = REASONS.get(data.scalar("inittxnstatus"), reason)
    return state, reason


def _code(fields: Fields, status: int) -> str:
    """The number before the "::" of a message, where there is one."""
    number, parted, _ = fields.text("message").partition("::")
    told = number.strip() if parted else fields.scalar("code")
    return told or f"HTTP {status}"
