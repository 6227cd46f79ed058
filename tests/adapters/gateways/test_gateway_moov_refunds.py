"""Moov's refunds: transfers from the merchant's wallet, accepted only under our own reference."""

from decimal import Decimal
from typing import Any

import pytest

from core.payments.gateway import (
    Observation,
    Outcome,
    Reason,
    State,
    Submission,
    compact_reference,
)
from core.primitives.money import Money
from tests.adapters.gateways.stage import (
    MOOV_TOKEN,
    OPERATION,
    Peer,
    moov,
    refund_order,
    soap,
    soap_call,
    xml_answer,
    xof,
)

REFERENCE = compact_reference(OPERATION)


async def refunded(answer: Any) -> Submission:
    """What a refund with this answer says."""
    gateway = moov(Peer({"/UssdPush": answer}))
    said = await gateway.refund(refund_order())
    await gateway.close()
    return said


@pytest.mark.parametrize(
    ("fields", "outcome", "state", "reason"),
    [
        ({"status": 0, "transactionid": REFERENCE, "referenceid": "77"}, Outcome.ACCEPTED, State.SUCCEEDED, None),
        # status 0 has moved money: whose, cannot be said
        ({"status": 0}, Outcome.UNKNOWN, None, Reason.UNSPECIFIED),
        ({"status": 0, "transactionid": "77", "referenceid": REFERENCE}, Outcome.UNKNOWN, None, Reason.UNSPECIFIED),
        ({"status": 10, "transactionid": "another"}, Outcome.UNKNOWN, None, Reason.UNSPECIFIED),
        ({"status": 10, "transactionid": REFERENCE}, Outcome.REJECTED, None, Reason.INSUFFICIENT_FUNDS),
        ({"status": 95, "message": "x"}, Outcome.REJECTED, None, Reason.UNSPECIFIED),
        ({"status": 95, "message": "pending"}, Outcome.ACCEPTED, State.PENDING, None),
        ({"status": 100}, Outcome.ACCEPTED, State.PENDING, None),
        ({"status": 8, "message": "password"}, Outcome.UNKNOWN, None, Reason.INVALID_CREDENTIALS),
        ({"status": 92}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
        ({"status": 94}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
        ({"status": 99}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
        ({"status": 777}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
    ],
)
async def test_other_answers_to_a_transfer(
    fields: dict[str, Any], outcome: Outcome, state: State | None, reason: Reason | None
) -> None:
    """Accepted only where `transactionid` is the reference that was sent (section 4A.7)."""
    said = await refunded(xml_answer(soap(fields, inner="return", operation="transferFlooz")))
    assert (said.outcome, said.reason) == (outcome, reason)
    assert (said.observation.state if said.observation else None) == state


async def test_a_refund_is_a_transfer() -> None:
    """From the merchant's wallet to the payer, under a reference of its own."""
    answer = soap(
        {"transactionid": REFERENCE, "status": 0, "referenceid": "2026031500002", "senderkeycost": 0},
        inner="return",
        operation="transferFlooz",
    )
    peer = Peer({"/UssdPush": xml_answer(answer)})
    gateway = moov(peer)
    said = await gateway.refund(refund_order())
    await gateway.close()
    assert said.observation == Observation(
        state=State.SUCCEEDED, reference=OPERATION, operator_reference="2026031500002", code="0"
    )
    assert soap_call(peer) == (
        "transferFlooz",
        {
            "token": MOOV_TOKEN,
            "destination": "+2290197000000",
            "amount": "300",
            "referenceid": REFERENCE,
            "walletid": "0",
            "extendeddata": "Remboursement",
        },
    )


@pytest.mark.parametrize("changes", [{"amount": xof(501)}, {"captured": Money(Decimal(500), "EUR")}])
async def test_more_than_was_captured_is_not_sent(changes: dict[str, Any]) -> None:
    """The kernel refuses before; the gateway does not rely on it."""
    peer = Peer()
    gateway = moov(peer)
    said = await gateway.refund(refund_order(**changes))
    assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.INVALID_AMOUNT)
    assert peer.requests == []
