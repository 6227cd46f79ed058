"""MTN's refunds, transfers and deposits (row 7), and the payees' rules."""

import uuid

import pytest

from tests.operators import Operators, number

TRANSFER = "disbursement/v1_0/transfer"
REFUND = "disbursement/v1_0/refund"


async def paid(sim: Operators, msisdn: str = "") -> str:
    """The reference of a payment of 500."""
    reference, _ = await sim.mtn_send(msisdn or number("10"))
    await sim.move(2)
    sim.received.clear()
    return reference


@pytest.mark.parametrize("version", ["v1_0", "v2_0"])
async def test_a_refund_credits_the_payer(sim: Operators, version: str) -> None:
    original = await paid(sim)
    reference, answer = await sim.mtn_send(
        "", call=f"disbursement/{version}/refund", payee=None, referenceIdToRefund=original
    )
    assert (answer.status_code, answer.content) == (202, b"")
    assert (await sim.mtn_status(reference, REFUND))["status"] == "PENDING"
    await sim.move(1)
    done = await sim.mtn_status(reference, REFUND)
    assert done["status"] == "SUCCESSFUL"
    assert done["payee"]["partyId"] == number("10")
    assert await sim.moved("mtn", reference) == [("credit", "500")]
    assert sim.bodies() == [done]


async def test_a_refund_gives_back_no_more_than_was_paid(sim: Operators) -> None:
    original = await paid(sim)
    states = []
    for amount in ("300", "300", "200"):
        reference, _ = await sim.mtn_send("", call=REFUND, payee=None, amount=amount, referenceIdToRefund=original)
        await sim.move(1)
        status = await sim.mtn_status(reference, REFUND)
        states.append((status["status"], status.get("reason")))
    assert states == [("SUCCESSFUL", None), ("FAILED", "NOT_ALLOWED"), ("SUCCESSFUL", None)]


async def test_what_cannot_be_refunded(sim: Operators) -> None:
    _, wrong = await sim.mtn_send("", call=REFUND, payee=None, referenceIdToRefund="order-1")
    assert wrong.status_code == 400
    unpaid, _ = await sim.mtn_send(number("03"))
    for original in (unpaid, str(uuid.uuid4())):
        reference, answer = await sim.mtn_send("", call=REFUND, payee=None, referenceIdToRefund=original)
        assert answer.status_code == 202
        await sim.move(1)
        assert (await sim.mtn_status(reference, REFUND))["status"] == "FAILED"
        assert await sim.moved("mtn", reference) == []


@pytest.mark.parametrize("call", [TRANSFER, "disbursement/v1_0/deposit", "disbursement/v2_0/deposit"])
async def test_a_transfer_or_deposit_credits_a_number(sim: Operators, call: str) -> None:
    reference, answer = await sim.mtn_send(number("10"), call=call)
    assert answer.status_code == 202
    await sim.move(1)
    status = await sim.mtn_status(reference, call.replace("v2_0", "v1_0"))
    assert (status["status"], status["payee"]["partyId"]) == ("SUCCESSFUL", number("10"))
    assert await sim.moved("mtn", reference) == [("credit", "500")]
    _, again = await sim.mtn_send(number("10"), call=call, reference=reference)
    assert again.status_code == 409


async def test_there_is_no_second_version_of_transfer(sim: Operators) -> None:
    _, answer = await sim.mtn_send(number("10"), call="disbursement/v2_0/transfer")
    assert answer.status_code in (404, 405)


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [("02", "FAILED", "NOT_ENOUGH_FUNDS"), ("09", "FAILED", "PAYEE_NOT_FOUND"), ("01", "SUCCESSFUL", None)],
)
async def test_payees_rules(sim: Operators, ending: str, status: str, reason: str | None) -> None:
    reference, _ = await sim.mtn_send(number(ending), call=TRANSFER)
    await sim.move(1)
    shown = await sim.mtn_status(reference, TRANSFER)
    assert (shown["status"], shown.get("reason")) == (status, reason)


async def test_a_payee_of_07_gets_money_at_the_third_try(sim: Operators) -> None:
    reference = str(uuid.uuid4())
    statuses = [(await sim.mtn_send(number("07"), call=TRANSFER, reference=reference))[1].status_code for _ in range(3)]
    assert statuses == [500, 500, 202]
    await sim.move(1)
    assert await sim.moved("mtn", reference) == [("credit", "500")]


async def test_a_merchant_without_money_pays_nobody(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("10"), call=TRANSFER, amount="100000001")
    await sim.move(1)
    assert (await sim.mtn_status(reference, TRANSFER))["reason"] == "NOT_ENOUGH_FUNDS"


async def test_a_merchant_without_the_product_is_forbidden(sim: Operators) -> None:
    await sim.mtn_headers("disbursement")
    await sim.switch("mtn", disbursement=False)
    _, answer = await sim.mtn_send(number("10"), call=TRANSFER)
    assert (answer.status_code, answer.json()) == (403, {"statusCode": 403, "message": "Forbidden"})
    assert (await sim.mtn_send(number("10")))[1].status_code == 202


@pytest.mark.parametrize(("ending", "reason"), [("55", "NOT_ENOUGH_FUNDS"), ("57", "PAYEE_NOT_FOUND")])
async def test_mtns_own_numbers_of_transfers(sim: Operators, ending: str, reason: str) -> None:
    reference, _ = await sim.mtn_send(f"467331234{ending}", call=TRANSFER)
    assert (await sim.mtn_status(reference, TRANSFER))["reason"] == reason
