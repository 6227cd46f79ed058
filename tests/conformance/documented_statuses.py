"""Every status of the operators' documents, as the peers of the conformance suite say it, and what it means
(reference/mobile-money.md sections 2.5, 2.9, 3A.4, 3B, 4A.6 and 7)."""

from collections.abc import Mapping

from core.payments.gateway import OperationKind, Reason, State
from core.testkit.gateways import DocumentedStatus


def said(raw: str, state: State, reason: Reason | None = None, *, refund: bool = False) -> DocumentedStatus:
    """A documented status."""
    kind = OperationKind.REFUND if refund else OperationKind.COLLECTION
    return DocumentedStatus(raw=raw, state=state, reason=reason, kind=kind)


MTN_REASONS: Mapping[str, tuple[State, Reason]] = {
    "PAYEE_NOT_FOUND": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "PAYER_NOT_FOUND": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "NOT_ALLOWED": (State.FAILED, Reason.NOT_ALLOWED),
    "NOT_ALLOWED_TARGET_ENVIRONMENT": (State.FAILED, Reason.NOT_ALLOWED),
    "INVALID_CALLBACK_URL_HOST": (State.FAILED, Reason.NOT_ALLOWED),
    "INVALID_CURRENCY": (State.FAILED, Reason.INVALID_AMOUNT),
    "SERVICE_UNAVAILABLE": (State.FAILED, Reason.OPERATOR_UNAVAILABLE),
    "INTERNAL_PROCESSING_ERROR": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "NOT_ENOUGH_FUNDS": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "PAYER_LIMIT_REACHED": (State.FAILED, Reason.LIMIT_REACHED),
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": (State.FAILED, Reason.NOT_ALLOWED),
    "PAYMENT_NOT_APPROVED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "RESOURCE_NOT_FOUND": (State.FAILED, Reason.UNSPECIFIED),
    "APPROVAL_REJECTED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "EXPIRED": (State.EXPIRED, Reason.TIMEOUT),
    "TRANSACTION_CANCELED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "RESOURCE_ALREADY_EXIST": (State.FAILED, Reason.DUPLICATE_REFERENCE),
    "COULD_NOT_PERFORM_TRANSACTION": (State.EXPIRED, Reason.TIMEOUT),
    "SENDER_ACCOUNT_NOT_ACTIVE": (State.FAILED, Reason.NOT_ALLOWED),
    "PAYEE_LIMIT_REACHED": (State.FAILED, Reason.LIMIT_REACHED),
    "TRANSACTION_NOT_FOUND": (State.FAILED, Reason.UNSPECIFIED),
    "VALIDATION_ERROR": (State.FAILED, Reason.INVALID_AMOUNT),
    "TRANSFER_TYPE_UNKNOWN": (State.FAILED, Reason.UNSPECIFIED),
    "TARGET_AUTHORIZATION_ERROR": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "ACCOUNTHOLDER_WITH_FRI_NOT_FOUND": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "A_REASON_OF_TOMORROW": (State.FAILED, Reason.UNSPECIFIED),
}
"""Section 2.9, with section 7."""
MTN_STATUSES = (
    said("PENDING", State.PENDING),
    said("CREATED", State.PENDING),
    said("ONGOING", State.PENDING),
    said("REJECTED", State.PENDING),
    said("TIMEOUT", State.PENDING),
    said("SUCCESSFUL", State.SUCCEEDED),
    *(said(f"FAILED {form} {code}", *end) for code, end in MTN_REASONS.items() for form in ("string", "object")),
    said("PENDING", State.PENDING, refund=True),
    said("SUCCESSFUL", State.SUCCEEDED, refund=True),
    *(said(f"FAILED string {code}", *MTN_REASONS[code], refund=True) for code in ("PAYEE_NOT_FOUND", "NOT_ALLOWED")),
)
"""Section 2.5: a status; for a failure also the form and the code of its reason. Words that SDKs alone know decide
nothing."""

ORANGE_STATUSES = (
    said("INITIATED", State.PENDING),
    said("PENDING", State.PENDING),
    said("SUCCESS", State.SUCCEEDED),
    said("FAILED", State.FAILED, Reason.UNSPECIFIED),
    said("EXPIRED", State.EXPIRED, Reason.TIMEOUT),
)
PAYOUT_STATUSES = (
    said("PENDING", State.PENDING, refund=True),
    said("SUCCESSFULL", State.SUCCEEDED, refund=True),
    said("SUCCESSFUL", State.SUCCEEDED, refund=True),
    said("SUCCESS", State.SUCCEEDED, refund=True),
    said("FAILED", State.FAILED, Reason.UNSPECIFIED, refund=True),
    said("FAILED 60019", State.FAILED, Reason.INSUFFICIENT_FUNDS, refund=True),
    said("FAILED 0066111", State.FAILED, Reason.PAYER_NOT_FOUND, refund=True),
    said("FAILED 99033", State.FAILED, Reason.INVALID_CREDENTIALS, refund=True),
    said("CANCELLED", State.CANCELLED, Reason.DECLINED_BY_PAYER, refund=True),
    said("EXPIRED", State.EXPIRED, Reason.TIMEOUT, refund=True),
)
"""Section 3B: a status, and `inittxnstatus` where it says why."""

MOOV_ENDS: Mapping[str, tuple[State, Reason | None]] = {
    "0": (State.SUCCEEDED, None),
    "3": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "6": (State.FAILED, Reason.NOT_ALLOWED),
    "7": (State.FAILED, Reason.NOT_ALLOWED),
    "9": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "10": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "11": (State.FAILED, Reason.LIMIT_REACHED),
    "12": (State.FAILED, Reason.INVALID_AMOUNT),
    "13": (State.FAILED, Reason.LIMIT_REACHED),
    "14": (State.FAILED, Reason.LIMIT_REACHED),
    "15": (State.FAILED, Reason.LIMIT_REACHED),
    "16": (State.FAILED, Reason.LIMIT_REACHED),
    "17": (State.FAILED, Reason.INVALID_AMOUNT),
    "18": (State.FAILED, Reason.LIMIT_REACHED),
    "19": (State.FAILED, Reason.LIMIT_REACHED),
    "20": (State.FAILED, Reason.LIMIT_REACHED),
    "92": (State.EXPIRED, Reason.TIMEOUT),
    "95": (State.FAILED, Reason.UNSPECIFIED),
    "101": (State.FAILED, Reason.LIMIT_REACHED),
    "555": (State.FAILED, Reason.PAYER_NOT_FOUND),
    # they refuse who asks, and say nothing of what was asked after
    "1": (State.UNKNOWN, Reason.NOT_ALLOWED),
    "2": (State.UNKNOWN, Reason.NOT_ALLOWED),
    "4": (State.UNKNOWN, Reason.NOT_ALLOWED),
    "91": (State.UNKNOWN, Reason.INVALID_AMOUNT),
    "98": (State.UNKNOWN, Reason.INVALID_CREDENTIALS),
    # a conflict of the papers, to be read by its text
    "8": (State.UNKNOWN, Reason.INVALID_CREDENTIALS),
    "8 Balance insufficient": (State.UNKNOWN, Reason.INSUFFICIENT_FUNDS),
    "94": (State.UNKNOWN, None),
    "99": (State.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
    "-1": (State.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
    "100": (State.PENDING, None),
    "95 Transaction pending": (State.PENDING, None),
}
"""Section 4A.6: code, and the text where it is not the usual one."""
MOOV_STATUSES = (
    *(said(raw, *end) for raw, end in MOOV_ENDS.items()),
    *(said(code, *MOOV_ENDS[code], refund=True) for code in ("0", "10", "555", "95", "99", "100")),
)
