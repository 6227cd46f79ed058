"""What Web Payment's answers mean (mobile-money.md sections 3A.2, 3A.4, 3A.6 and 7)."""

from urllib.parse import urlsplit

from adapters.gateways.forms import rejected, unknown
from adapters.gateways.reading import Fields, error_object, json_object
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer
from core.payments.gateway import Observation, Outcome, Reason, State, Submission, read_reference

PAY_TOKEN = "pay_token"  # noqa: S105 - a handle's name
NOTIF_TOKEN = "notif_token"  # noqa: S105 - a handle's name
SANDBOX_CURRENCY = "OUV"
MAX_HANDLE = 256
MAX_PAGE_URL = 2_048
DUPLICATE = "1204"

REASONS = {
    "23": Reason.INVALID_AMOUNT,
    "24": Reason.INVALID_AMOUNT,
    "1203": Reason.INVALID_AMOUNT,
    "40": Reason.INVALID_CREDENTIALS,
    "41": Reason.INVALID_CREDENTIALS,
    "42": Reason.INVALID_CREDENTIALS,
    "1202": Reason.INVALID_CREDENTIALS,
    "50": Reason.NOT_ALLOWED,
    "1201": Reason.NOT_ALLOWED,
    "60": Reason.NOT_ALLOWED,
    # a quota that is used up: nothing was made, and it is nobody's mistake
    "53": Reason.OPERATOR_UNAVAILABLE,
}
_REFUSALS = {
    400: Reason.INVALID_AMOUNT,
    401: Reason.INVALID_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
    404: Reason.NOT_ALLOWED,
}

STATES: dict[str, tuple[State, Reason | None]] = {
    "INITIATED": (State.PENDING, None),
    "PENDING": (State.PENDING, None),
    "SUCCESS": (State.SUCCEEDED, None),
    "FAILED": (State.FAILED, Reason.UNSPECIFIED),
    "EXPIRED": (State.EXPIRED, Reason.TIMEOUT),
}


def submission(answer: Answer, *, secure: bool = True) -> Submission:
    """What the answer to `webpayment` means; with `secure` the page must be https. Raises `Trouble` for what is not
    Orange's."""
    if answer.status in (200, 201):
        return _page(json_object(answer), secure=secure)
    fields = error_object(answer)
    told = fields.scalar("code")
    code = _code(fields, answer.status)
    if told == DUPLICATE:
        # an answer of an earlier sending was lost, and its page with it (section 3A.8)
        return unknown(Reason.DUPLICATE_REFERENCE, code)
    default = _REFUSALS.get(answer.status)
    if default is None or (answer.status == 404 and told not in REASONS):
        return unknown(Reason.OPERATOR_UNAVAILABLE, code)
    return rejected(REASONS.get(told, default), code)


def observation(answer: Answer, *, order: str, stale: bool) -> Observation:
    """What the answer to `transactionstatus` means. `order` is the `order_id` that was asked for; `stale` says that the
    page's token has ended. Raises `Trouble` for what is not Orange's."""
    if answer.status not in (200, 201):
        return _no_status(answer)
    fields = json_object(answer)
    status = fields.text("status")
    if not status:
        return Observation(state=State.UNKNOWN, reason=Reason.OPERATOR_UNAVAILABLE, code="no status")
    state, reason = STATES.get(status, (State.PENDING, None))
    if status == "INITIATED" and stale:
        state, reason = State.EXPIRED, Reason.TIMEOUT
    echoed = fields.text("order_id")
    reference = read_reference(echoed)
    if "order_id" in fields and echoed != order and reference is None:
        # another order's, which is not even one of ours
        return Observation(state=State.UNKNOWN, reason=Reason.OPERATOR_UNAVAILABLE, code="another order_id")
    return Observation(
        state=state,
        reason=reason,
        reference=reference,
        operator_reference=fields.scalar("txnid") or None,
        code=status,
    )


def _page(fields: Fields, *, secure: bool) -> Submission:
    pay_token = fields.text(PAY_TOKEN)
    notif_token = fields.text(NOTIF_TOKEN)
    url = fields.whole_text("payment_url", MAX_PAGE_URL)
    if not pay_token or not notif_token or not _is_page(url, secure=secure):
        raise Trouble("no page in the answer")
    return Submission(
        outcome=Outcome.ACTION_REQUIRED, url=url, handles={PAY_TOKEN: pay_token, NOTIF_TOKEN: notif_token}
    )


def _is_page(url: str, *, secure: bool) -> bool:
    """Whether a payer's browser can be sent there."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in (("https",) if secure else ("https", "http")) and bool(parts.hostname)


def _no_status(answer: Answer) -> Observation:
    fields = error_object(answer)
    told = fields.scalar("code")
    if answer.status == 404 and told == "60":
        return Observation(state=State.UNKNOWN, code=_code(fields, answer.status), found=False)
    shut_out = answer.status in (401, 403)
    reason = REASONS.get(told, _REFUSALS[answer.status]) if shut_out else Reason.OPERATOR_UNAVAILABLE
    return Observation(state=State.UNKNOWN, reason=reason, code=_code(fields, answer.status))


def _code(fields: Fields, status: int) -> str:
    return fields.scalar("code") or f"HTTP {status}"
