"""Orange Web Payment's JSON (mobile-money.md section 3A): errors, bodies, the notification."""

import re
from decimal import Decimal
from typing import Any

import msgspec

from adapters.operators.answers import Answer, Denied, json_answer
from adapters.operators.callbacks import OutgoingCallback
from adapters.operators.simulation import Operations, Simulation
from adapters.operators.transactions import Kind, Standing, Transaction

MAX_ORDER = 30
MAX_URL = 120
DEV = "dev"
DEV_CURRENCY = "OUV"
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,30}\Z")
_ORDER = re.compile(r"[\x21-\x7e]{1,30}\Z")

ERRORS = {
    5: (503, "The service is temporarily unavailable"),
    23: (400, "Missing body field"),
    24: (400, "Invalid body field"),
    40: (401, "Missing credentials"),
    41: (401, "Invalid credentials"),
    42: (401, "Expired credentials"),
    50: (403, "Access denied"),
    60: (404, "Resource not found"),
    1201: (403, "Transaction forbidden"),
    1202: (403, "Invalid merchant key"),
    1203: (403, "Currency not allowed"),
    1204: (403, "Order already exists"),
}

CREATION_FIELDS = ("merchant_key", "currency", "order_id", "amount", "return_url", "cancel_url", "notif_url", "lang")
URL_FIELDS = ("return_url", "cancel_url", "notif_url")
STATUS_FIELDS = ("order_id", "amount", "pay_token")

_STATUS = {
    Standing.INITIATED: "INITIATED",
    Standing.CREATED: "PENDING",
    Standing.PENDING: "PENDING",
    Standing.SUCCEEDED: "SUCCESS",
    Standing.FAILED: "FAILED",
    Standing.EXPIRED: "EXPIRED",
}


def error(code: int, detail: str = "") -> Answer:
    """Orange's error body."""
    status, message = ERRORS[code]
    return json_answer(status, {"code": code, "message": message, "description": detail or message, "infoURL": ""})


def denied(code: int, detail: str = "") -> Denied:
    """A refused request."""
    return Denied(error(code, detail))


def require(body: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any]:
    """The body, with all of these fields. Raises `Denied` with code 23 naming what is missing."""
    missing = [name for name in names if body is None or body.get(name) in (None, "")]
    if body is None or missing:
        raise denied(23, ", ".join(missing))
    return body


def read_amount(value: Any) -> Decimal:
    """A whole number above 0, not written as text. Raises `Denied` with code 24."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise denied(24, "amount")
    return Decimal(value)


def check_creation(body: dict[str, Any]) -> None:
    """Check the forms of a creation's fields. Raises `Denied` with code 24 naming the field."""
    for name in CREATION_FIELDS:
        if name != "amount" and not isinstance(body[name], str):
            raise denied(24, name)
    if not _ORDER.match(body["order_id"]):
        raise denied(24, "order_id")
    for name in URL_FIELDS:
        if len(body[name]) > MAX_URL or not body[name].startswith(("https://", "http://")):
            raise denied(24, name)
    if body["lang"] not in ("fr", "en"):
        raise denied(24, "lang")
    reference = body.get("reference", "")
    # accents and typographic dashes are refused (section 3A.2)
    if reference and not (isinstance(reference, str) and _PRINTABLE.match(reference)):
        raise denied(24, "reference")


def status_of(transaction: Transaction) -> str:
    """The status word of a payment."""
    return _STATUS[transaction.standing]


def announced(simulation: Simulation, transaction: Transaction) -> OutgoingCallback | None:
    """The notification: on SUCCESS and FAILED alone, with the notification token (section 3A.5); of a payout, in the
    form of section 3B."""
    if transaction.standing not in (Standing.SUCCEEDED, Standing.FAILED):
        return None
    if transaction.kind is Kind.PAYOUT:
        body = {
            "payToken": transaction.tokens["payToken"],
            "status": payout_status(transaction),
            "message": transaction.reason or "OK",
        }
    else:
        token = transaction.tokens["notif_token"]
        if simulation.switches.orange.wrong_notif_token:
            token = token[::-1]
        body = {"status": status_of(transaction), "notif_token": token, "txnid": transaction.operator_reference}
    return OutgoingCallback(
        operator="orange",
        reference=transaction.reference,
        method="POST",
        url=transaction.callback_url,
        body=msgspec.json.encode(body),
    )


def payout_status(transaction: Transaction) -> str:
    """The status word of a payout: success has a double L (section 3B)."""
    return "SUCCESSFULL" if transaction.standing is Standing.SUCCEEDED else _STATUS[transaction.standing]


def _issue(simulation: Simulation, transaction: Transaction, number: int) -> str:
    prefix = "CI" if transaction.kind is Kind.PAYOUT else "MP"
    return f"{prefix}{simulation.clock.now():%y%m%d.%H%M}.S{number:05d}"


ORANGE_OPERATIONS = Operations(announce=announced, issue=_issue)
