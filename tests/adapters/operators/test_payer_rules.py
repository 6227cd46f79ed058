"""What a payer does by the last two digits of the number, with each operator (DESIGN.md section 7)."""

import uuid

import httpx2
import pytest

from adapters.operators.front import AnswerLost
from tests.operators import Operators, number, said

ORANGE_NUMBER = "22507000000"


async def mtn_after(sim: Operators, ending: str, seconds: float = 2) -> tuple[str, dict[str, object]]:
    """The reference and status of a payment some seconds later."""
    reference, answer = await sim.mtn_send(number(ending))
    assert answer.status_code == 202
    await sim.move(seconds)
    return reference, await sim.mtn_status(reference)


@pytest.mark.parametrize(
    ("ending", "status", "reason", "callbacks"),
    [
        ("01", "FAILED", "APPROVAL_REJECTED", 1),
        ("02", "FAILED", "NOT_ENOUGH_FUNDS", 1),
        ("03", "PENDING", None, 0),
        ("04", "SUCCESSFUL", None, 0),
        ("05", "SUCCESSFUL", None, 3),
        ("09", "FAILED", "PAYER_NOT_FOUND", 1),
        ("10", "SUCCESSFUL", None, 1),
        ("99", "SUCCESSFUL", None, 1),
    ],
)
async def test_mtn(sim: Operators, ending: str, status: str, reason: str | None, callbacks: int) -> None:
    reference, shown = await mtn_after(sim, ending)
    assert (shown["status"], shown.get("reason")) == (status, reason)
    assert sim.bodies() == [shown] * callbacks
    assert await sim.moved("mtn", reference) == ([("debit", "500")] if status == "SUCCESSFUL" else [])


async def test_mtn_nothing_happens_before_its_time(sim: Operators) -> None:
    _, shown = await mtn_after(sim, "10", 1)
    assert shown["status"] == "PENDING"
    assert sim.received == []


async def test_mtn_03_expires_after_five_minutes(sim: Operators) -> None:
    reference, shown = await mtn_after(sim, "03", 299)
    assert shown["status"] == "PENDING"
    await sim.move(1)
    shown = await sim.mtn_status(reference)
    assert (shown["status"], shown["reason"]) == ("FAILED", "EXPIRED")
    assert await sim.moved("mtn", reference) == []


async def test_mtn_06_calls_back_before_it_answers(sim: Operators) -> None:
    reference = str(uuid.uuid4())
    order = []

    async def note(response: httpx2.Response) -> None:
        order.append(("answer", len(sim.received)))

    sim.client.event_hooks["response"] = [note]
    await sim.mtn_headers()
    order.clear()
    await sim.mtn_send(number("06"), reference=reference)
    assert order == [("answer", 1)]
    assert sim.bodies()[0]["status"] == "SUCCESSFUL"
    await sim.move(10)
    assert len(sim.received) == 1
    assert await sim.moved("mtn", reference) == [("debit", "500")]


async def test_mtn_07_answers_500_twice_and_makes_nothing_of_it(sim: Operators) -> None:
    reference = str(uuid.uuid4())
    for _ in range(2):
        _, answer = await sim.mtn_send(number("07"), reference=reference)
        assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_PROCESSING_ERROR")
        assert await sim.transactions("mtn", reference) == []
    _, answer = await sim.mtn_send(number("07"), reference=reference)
    assert answer.status_code == 202
    await sim.move(2)
    assert await sim.moved("mtn", reference) == [("debit", "500")]


async def test_mtn_08_loses_its_answer_and_lives(sim: Operators) -> None:
    reference = str(uuid.uuid4())
    with pytest.raises(AnswerLost):
        await sim.mtn_send(number("08"), reference=reference)
    assert (await sim.mtn_send(number("08"), reference=reference))[1].status_code == 409
    await sim.move(2)
    assert (await sim.mtn_status(reference))["status"] == "SUCCESSFUL"
    assert await sim.moved("mtn", reference) == [("debit", "500")]
    assert len(sim.received) == 1


@pytest.mark.parametrize(
    ("ending", "at_first", "later"),
    [
        ("01", "92", "92"),
        ("02", "10", "10"),
        ("03", "100", "100"),
        ("04", "100", "0"),
        ("05", "100", "0"),
        ("09", "555", "555"),
        ("10", "100", "0"),
    ],
)
async def test_moov(sim: Operators, ending: str, at_first: str, later: str) -> None:
    reference = f"PAY{ending}"
    pushed = said(await sim.push(f"+{number(ending)}", reference))
    assert pushed["status"] == at_first
    if at_first == "100":
        assert pushed.keys() == {"description", "status"}
    await sim.move(2)
    assert said(await sim.asked("getTransactionStatus", transid=reference))["status"] == later
    assert await sim.moved("moov", reference) == ([("debit", "500")] if later == "0" else [])
    assert sim.received == []


async def test_moov_03_dies_after_five_minutes(sim: Operators) -> None:
    await sim.push(f"+{number('03')}", "PAY03")
    await sim.move(299)
    assert said(await sim.asked("getTransactionStatus", transid="PAY03"))["status"] == "100"
    await sim.move(1)
    assert said(await sim.asked("getTransactionStatus", transid="PAY03"))["status"] == "92"


async def test_moov_07_fails_at_two_status_reads(sim: Operators) -> None:
    assert said(await sim.push(f"+{number('07')}", "PAY07"))["status"] == "100"
    await sim.move(2)
    answers = [await sim.asked("getTransactionStatus", transid="PAY07") for _ in range(3)]
    assert [each.status_code for each in answers] == [500, 500, 200]
    assert said(answers[2])["status"] == "0"


async def test_moov_08_loses_its_answer_and_debits(sim: Operators) -> None:
    with pytest.raises(AnswerLost):
        await sim.push(f"+{number('08')}", "PAY08")
    await sim.move(2)
    assert said(await sim.asked("getTransactionStatus", transid="PAY08"))["status"] == "0"
    assert await sim.moved("moov", "PAY08") == [("debit", "500")]


@pytest.mark.parametrize(
    ("ending", "status", "callbacks"),
    [
        ("01", "FAILED", 1),
        ("02", "FAILED", 1),
        ("03", "INITIATED", 0),
        ("04", "SUCCESS", 0),
        ("05", "SUCCESS", 3),
        ("06", "SUCCESS", 1),
        ("08", "SUCCESS", 1),
        ("09", "FAILED", 1),
        ("10", "SUCCESS", 1),
    ],
)
async def test_orange(sim: Operators, ending: str, status: str, callbacks: int) -> None:
    created = await sim.orange_pay("ORDER1", f"{ORANGE_NUMBER}{ending}")
    if ending != "03":
        assert (await sim.orange_read("ORDER1", created["pay_token"])).json()["status"] == "PENDING"
    await sim.move(2)
    shown = (await sim.orange_read("ORDER1", created["pay_token"])).json()
    assert shown["status"] == status
    expected = {"status": status, "notif_token": created["notif_token"], "txnid": shown.get("txnid")}
    assert sim.bodies() == [expected] * callbacks
    assert await sim.moved("orange", "ORDER1") == ([("debit", "500")] if status == "SUCCESS" else [])


async def test_orange_03_expires_with_its_token(sim: Operators) -> None:
    await sim.orange_create("ORDER0")
    await sim.move(100)
    created = await sim.orange_pay("ORDER1", f"{ORANGE_NUMBER}03")
    await sim.move(599)
    assert (await sim.orange_read("ORDER1", created["pay_token"])).json()["status"] == "INITIATED"
    await sim.move(1)
    assert (await sim.orange_read("ORDER1", created["pay_token"])).json()["status"] == "EXPIRED"
    assert sim.received == []


async def test_orange_07_fails_at_two_status_reads(sim: Operators) -> None:
    created = await sim.orange_pay("ORDER1", f"{ORANGE_NUMBER}07")
    await sim.move(2)
    answers = [await sim.orange_read("ORDER1", created["pay_token"]) for _ in range(3)]
    assert [each.status_code for each in answers] == [500, 500, 201]
    assert answers[2].json()["status"] == "SUCCESS"


async def test_orange_06_and_08_by_plan(sim: Operators) -> None:
    await sim.plan("orange", reference="EARLY", callback_first=True)
    created = (await sim.orange_create("EARLY")).json()
    assert [each["notif_token"] for each in sim.bodies()] == [created["notif_token"]]
    assert (await sim.orange_read("EARLY", created["pay_token"])).json()["status"] == "SUCCESS"

    await sim.plan("orange", reference="LOST", lose_answer=True)
    with pytest.raises(AnswerLost):
        await sim.orange_create("LOST")
    (kept,) = await sim.transactions("orange", "LOST")
    assert kept["standing"] == "initiated"
    assert (await sim.orange_create("LOST")).json()["code"] == 1204
    await sim.control("orange/LOST/pay", {"msisdn": f"{ORANGE_NUMBER}10"})
    await sim.move(2)
    assert await sim.moved("orange", "LOST") == [("debit", "500")]
