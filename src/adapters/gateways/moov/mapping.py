"""What Moov's result codes mean (mobile-money.md sections 4A.4, 4A.6 and 4A.7)."""

import re
from collections.abc import Mapping
from uuid import UUID

from adapters.gateways.forms import rejected, unknown
from adapters.gateways.trouble import Trouble
from core.payments.gateway import Observation, Outcome, Reason, State, Submission, compact_reference, read_reference

SUCCESS = 0
CONFLICT = 8
TIMEOUT = 92
ABSENT = 94
FAILED = 95
PENDING = 100

FINAL = {
    1: Reason.NOT_ALLOWED,
    2: Reason.NOT_ALLOWED,
    3: Reason.PAYER_NOT_FOUND,
    4: Reason.NOT_ALLOWED,
    6: Reason.NOT_ALLOWED,
    7: Reason.NOT_ALLOWED,
    9: Reason.PAYER_NOT_FOUND,
    10: Reason.INSUFFICIENT_FUNDS,
    11: Reason.LIMIT_REACHED,
    12: Reason.INVALID_AMOUNT,
    13: Reason.LIMIT_REACHED,
    14: Reason.LIMIT_REACHED,
    15: Reason.LIMIT_REACHED,
    16: Reason.LIMIT_REACHED,
    17: Reason.INVALID_AMOUNT,
    18: Reason.LIMIT_REACHED,
    19: Reason.LIMIT_REACHED,
    20: Reason.LIMIT_REACHED,
    91: Reason.INVALID_AMOUNT,
    TIMEOUT: Reason.TIMEOUT,
    FAILED: Reason.UNSPECIFIED,
    98: Reason.INVALID_CREDENTIALS,
    101: Reason.LIMIT_REACHED,
    555: Reason.PAYER_NOT_FOUND,
}
OF_THE_QUESTION = frozenset({1, 2, 4, 91, 98})
"""Codes that refuse the caller: as an answer to a status read they say nothing of the payment."""
BUSY = frozenset({99, -1})

_NUMBER = re.compile(r"-?[0-9]{1,5}\Z")
_TELLS_LITTLE = frozenset({CONFLICT, FAILED})


def status_of(fields: Mapping[str, str]) -> int:
    """The result code. Raises `Trouble` where there is none."""
    written = fields.get("status", "")
    if not _NUMBER.match(written):
        raise Trouble("no status")
    return int(written)


def push_submission(fields: Mapping[str, str], operation: UUID) -> Submission:
    """What the answer to a push means. Raises `Trouble`."""
    status = status_of(fields)
    echoed = fields.get("transid", "")
    if echoed and echoed != compact_reference(operation) and status in (SUCCESS, PENDING):
        return unknown(Reason.UNSPECIFIED, f"{status}: another transid")
    said = observation(fields, reference=operation)
    if said.state in (State.SUCCEEDED, State.PENDING) and status in (SUCCESS, PENDING, FAILED):
        return Submission(outcome=Outcome.ACCEPTED, observation=said)
    if status in (TIMEOUT, FAILED):
        # there was a transaction, and it has ended
        return Submission(outcome=Outcome.ACCEPTED, observation=said, code=said.code)
    if status in FINAL:
        return rejected(FINAL[status], said.code)
    return unknown(said.reason or Reason.OPERATOR_UNAVAILABLE, said.code)


def transfer_submission(fields: Mapping[str, str], operation: UUID) -> Submission:
    """What the answer to a transfer means: 0 has moved money, if `transactionid` is the reference that was sent
    (section 4A.7). Raises `Trouble`."""
    status = status_of(fields)
    code = _code(status, fields.get("message", ""))
    echoed = fields.get("transactionid", "")
    ours = echoed == compact_reference(operation)
    if (status == SUCCESS and not ours) or (echoed and not ours):
        return unknown(Reason.UNSPECIFIED, f"{status}: another transactionid")
    if status == SUCCESS:
        reference = fields.get("referenceid") or None
        observation = Observation(state=State.SUCCEEDED, reference=operation, operator_reference=reference, code=code)
        return Submission(outcome=Outcome.ACCEPTED, observation=observation)
    if status == PENDING or (status == FAILED and _waits(fields.get("message", ""))):
        return Submission(
            outcome=Outcome.ACCEPTED, observation=Observation(state=State.PENDING, reference=operation, code=code)
        )
    if status == CONFLICT:
        return unknown(_conflict(fields.get("message", "")), code)
    if status in FINAL and status != TIMEOUT:
        return rejected(FINAL[status], code)
    return unknown(Reason.OPERATOR_UNAVAILABLE, code)


def lookup_observation(fields: Mapping[str, str]) -> Observation:
    """What the answer to a status read means. Raises `Trouble`."""
    status = status_of(fields)
    said = observation(fields, reference=read_reference(fields.get("transid", "")))
    if status in OF_THE_QUESTION:
        return Observation(state=State.UNKNOWN, reason=FINAL[status], code=said.code)
    return said


def observation(fields: Mapping[str, str], *, reference: UUID | None) -> Observation:
    """What a result says of a payment. A code outside the list is pending: it is never taken for a failure. Raises
    `Trouble`."""
    status = status_of(fields)
    description = fields.get("description", "")
    code = _code(status, description)
    if status == ABSENT:
        return Observation(state=State.UNKNOWN, code=code, found=False)
    if status == CONFLICT:
        return Observation(state=State.UNKNOWN, reason=_conflict(description), code=code)
    if status in BUSY:
        return Observation(state=State.UNKNOWN, reason=Reason.OPERATOR_UNAVAILABLE, code=code)
    state, reason = _state(status, description)
    return Observation(
        state=state,
        reason=reason,
        reference=reference,
        operator_reference=fields.get("referenceid") or None,
        code=code,
    )


def _state(status: int, description: str) -> tuple[State, Reason | None]:
    if status == SUCCESS:
        return State.SUCCEEDED, None
    if status not in FINAL or (status == FAILED and _waits(description)):
        return State.PENDING, None
    return (State.EXPIRED if status == TIMEOUT else State.FAILED), FINAL[status]


def _waits(description: str) -> bool:
    return "pending" in description.lower()


def _conflict(description: str) -> Reason:
    """Code 8 is a lack of funds in some papers, wrong credentials in practice (section 4A.6)."""
    said = description.lower()
    if "user" in said or "password" in said:
        return Reason.INVALID_CREDENTIALS
    return Reason.INSUFFICIENT_FUNDS


def _code(status: int, description: str) -> str:
    """The number; with the text beside it where the number tells little."""
    if description and (status in _TELLS_LITTLE or (status not in FINAL and status not in (SUCCESS, ABSENT, PENDING))):
        return f"{status} {description}"
    return str(status)
