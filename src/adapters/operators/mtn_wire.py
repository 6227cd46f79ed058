"""MTN MoMo's JSON: what is sent, shown and called back (mobile-money.md sections 2.4 to 2.9)."""

import re
import uuid
from decimal import Decimal
from typing import Any

import msgspec

from adapters.operators.answers import Answer, Denied, json_answer
from adapters.operators.callbacks import OutgoingCallback
from adapters.operators.msisdn import is_international
from adapters.operators.simulation import Operations, Simulation
from adapters.operators.transactions import Kind, Standing, Transaction

NOTE_LENGTH = 160
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?\Z")
_WHOLE = re.compile(r"[0-9]{1,15}\Z")
_NOTE = re.compile(r"[A-Za-z0-9 .\-]*\Z")
_SANDBOX_FAMILY = "46733123"

MESSAGES = {
    "RESOURCE_ALREADY_EXIST": "Duplicated reference id. Creation of resource failed.",
    "RESOURCE_NOT_FOUND": "Requested resource was not found.",
    "NOT_ALLOWED_TARGET_ENVIRONMENT": "Access to target environment is forbidden.",
    "INVALID_CALLBACK_URL_HOST": "Callback URL with different host name then configured for API User.",
    "INVALID_CURRENCY": "Currency not supported.",
    "INTERNAL_PROCESSING_ERROR": "An internal error occurred while processing.",
    "SERVICE_UNAVAILABLE": "Service temporarily unavailable, try again later.",
    "VALIDATION_ERROR": "The request is not valid.",
    "APPROVAL_REJECTED": "The payer rejected the request.",
    "EXPIRED": "The request was not approved in time.",
    "NOT_ENOUGH_FUNDS": "The payer does not have enough funds.",
    "PAYER_NOT_FOUND": "Payer does not exist.",
    "PAYEE_NOT_FOUND": "Payee does not exist.",
}

PAYMENT_NUMBERS = {
    "50": "INTERNAL_PROCESSING_ERROR",
    "51": "APPROVAL_REJECTED",
    "52": "EXPIRED",
    "55": "PAYER_NOT_FOUND",
    "56": "PAYEE_NOT_ALLOWED_TO_RECEIVE",
    "57": "NOT_ALLOWED",
    "58": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "59": "INVALID_CALLBACK_URL_HOST",
    "60": "INVALID_CURRENCY",
    "61": "INTERNAL_PROCESSING_ERROR",
    "62": "SERVICE_UNAVAILABLE",
    "63": "COULD_NOT_PERFORM_TRANSACTION",
    "64": "TRANSFER_TYPE_UNKNOWN",
}
"""Reasons of requesttopay and deposit by the last two digits of a sandbox number (section 2.10)."""

TRANSFER_NUMBERS = {
    "50": "INTERNAL_PROCESSING_ERROR",
    "51": "APPROVAL_REJECTED",
    "52": "EXPIRED",
    "55": "NOT_ENOUGH_FUNDS",
    "56": "PAYER_LIMIT_REACHED",
    "57": "PAYEE_NOT_FOUND",
    "58": "NOT_ALLOWED",
    "59": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "60": "INVALID_CALLBACK_URL_HOST",
    "61": "INVALID_CURRENCY",
    "62": "INTERNAL_PROCESSING_ERROR",
    "63": "SERVICE_UNAVAILABLE",
    "64": "TRANSFER_TYPE_UNKNOWN",
}
EVER_PENDING = "53"
DELAYED = "54"


class Party(msgspec.Struct, kw_only=True):
    """A payer or payee."""

    partyIdType: str  # noqa: N815
    partyId: str  # noqa: N815


class MoneyRequest(msgspec.Struct, kw_only=True):
    """The body of requesttopay, transfer, deposit and refund; which party or reference is needed depends on which."""

    amount: str
    currency: str
    externalId: str  # noqa: N815
    payerMessage: str = ""  # noqa: N815
    payeeNote: str = ""  # noqa: N815
    payer: Party | None = None
    payee: Party | None = None
    referenceIdToRefund: str = ""  # noqa: N815


def platform(status: int, code: str, message: str = "") -> Answer:
    """An error in the shape of the MoMo platform."""
    return json_answer(status, {"code": code, "message": message or MESSAGES.get(code, code)})


def gateway(status: int, message: str) -> Answer:
    """An error in the shape of the gateway in front of the platform."""
    return json_answer(status, {"statusCode": status, "message": message})


def invalid(message: str) -> Denied:
    """A refused request."""
    return Denied(platform(400, "VALIDATION_ERROR", message))


def read_reference(text: str) -> str:
    """Read a UUID of version 4. Raises `Denied` with 400."""
    try:
        given = uuid.UUID(text)
    except ValueError:
        raise invalid("The reference is not a UUID.") from None
    if str(given) != text.lower() or given.version != 4:
        raise invalid("The reference is not a UUID of version 4.")
    return str(given)


def read_request(body: bytes) -> MoneyRequest:
    """Read a body. Raises `Denied` with 400 naming the field."""
    try:
        given = msgspec.json.decode(body, type=MoneyRequest)
    except msgspec.DecodeError as error:
        raise invalid(str(error)) from None
    for name in ("payerMessage", "payeeNote"):
        text = getattr(given, name)
        if len(text) > NOTE_LENGTH or not _NOTE.match(text):
            raise invalid(f"{name} has more than {NOTE_LENGTH} characters, or characters that are not allowed.")
    if " " in given.externalId or not given.externalId:
        raise invalid("externalId is empty or has spaces.")
    return given


def read_amount(given: MoneyRequest) -> Decimal:
    """The amount. Raises `Denied` with 400; XOF and XAF have no decimals (section 5)."""
    form = _WHOLE if given.currency in ("XOF", "XAF") else _AMOUNT
    if not form.match(given.amount) or Decimal(given.amount) <= 0:
        raise invalid("amount is not a positive number of this currency.")
    return Decimal(given.amount)


def read_party(party: Party | None, name: str, *, old_form: bool) -> str:
    """The number of a payer or payee. Raises `Denied` with 400."""
    if party is None:
        raise invalid(f"{name} is missing.")
    if party.partyIdType.upper() != "MSISDN":
        raise invalid(f"{name}.partyIdType is not MSISDN.")
    if not is_international(party.partyId, old_form=old_form):
        raise invalid(f"{name}.partyId is not a number with its country code, digits alone.")
    return party.partyId


def sandbox_number(msisdn: str) -> str | None:
    """The last two digits of one of MTN's own test numbers, or None (section 2.10)."""
    return msisdn[-2:] if msisdn.startswith(_SANDBOX_FAMILY) and len(msisdn) == 11 else None


def plain(amount: Decimal) -> str:
    """An amount as the status shows it: "12.50" comes back as "12.5" (section 2.5)."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_STATUS = {
    Standing.CREATED: "CREATED",
    Standing.PENDING: "PENDING",
    Standing.SUCCEEDED: "SUCCESSFUL",
    Standing.FAILED: "FAILED",
    Standing.EXPIRED: "FAILED",
}


def shown(simulation: Simulation, transaction: Transaction) -> dict[str, Any]:
    """The status body, which is the callback's too. It never names our reference."""
    party = "payer" if transaction.kind is Kind.COLLECTION else "payee"
    body: dict[str, Any] = {}
    if transaction.standing is Standing.SUCCEEDED:
        body["financialTransactionId"] = transaction.operator_reference
    words = transaction.words
    body |= {
        "externalId": words["externalId"],
        "amount": plain(transaction.amount),
        "currency": transaction.currency,
        party: {"partyIdType": "MSISDN", "partyId": transaction.party},
        "payerMessage": words["payerMessage"],
        "payeeNote": words["payeeNote"],
        "status": _STATUS[transaction.standing],
    }
    if body["status"] == "FAILED":
        code = transaction.reason
        as_object = {"code": code, "message": MESSAGES.get(code, code)}
        body["reason"] = as_object if simulation.switches.mtn.reason == "object" else code
    return body


def announced(simulation: Simulation, transaction: Transaction) -> OutgoingCallback | None:
    """The callback: the status body, unsigned, once final (section 2.8)."""
    if not transaction.standing.final:
        return None
    return OutgoingCallback(
        operator="mtn",
        reference=transaction.reference,
        method=simulation.switches.mtn.callback_method,
        url=transaction.callback_url,
        body=msgspec.json.encode(shown(simulation, transaction)),
    )


def refused(course_reason: str) -> Answer:
    """The answer of an operator that makes no transaction (section 2.4: HTTP 500 creates none)."""
    return platform(503 if course_reason == "SERVICE_UNAVAILABLE" else 500, course_reason)


def _issue(simulation: Simulation, transaction: Transaction, number: int) -> str:  # noqa: ARG001
    return str(1_000_000_000 + number)


MTN_OPERATIONS = Operations(announce=announced, issue=_issue)
