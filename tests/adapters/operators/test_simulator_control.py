"""The control API, the clock, the log."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from adapters.operators.clock import SimulatedClock
from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE
from adapters.operators.front import AnswerLost
from adapters.operators.log import redacted
from adapters.operators.moov_token import write_token
from core.testkit.clock import START, FakeClock
from tests.operators import Operators, number, said


async def test_timers_run_in_order_when_the_clock_passes_them() -> None:
    wall = FakeClock()
    clock = SimulatedClock(wall)
    ran: list[tuple[str, datetime]] = []

    def first() -> None:
        ran.append(("first", clock.now()))
        clock.after(5, lambda: ran.append(("late", clock.now())))

    clock.after(20, lambda: ran.append(("second", clock.now())))
    clock.after(10, first)
    clock.move(9)
    assert ran == []
    clock.move(12)
    assert ran == [
        ("first", START + timedelta(seconds=10)),
        ("late", START + timedelta(seconds=15)),
        ("second", START + timedelta(seconds=20)),
    ]
    assert clock.now() == START + timedelta(seconds=21)
    with pytest.raises(ValueError, match="forward"):
        clock.move(-1)
    clock.reset()
    assert clock.now() == START


async def test_timers_run_by_themselves() -> None:
    clock = SimulatedClock()
    ran = asyncio.Event()
    clock.after(0.02, ran.set)
    await asyncio.wait_for(ran.wait(), 5)


async def test_the_clock_is_shown_and_moved(sim: Operators) -> None:
    await sim.move(300)
    shown = await sim.control("clock", method="GET")
    assert shown["ahead"] == 300
    ahead = datetime.fromisoformat(shown["now"]) - datetime.now(UTC)
    assert timedelta(seconds=295) < ahead < timedelta(seconds=305)
    await sim.control("clock", {"seconds": -1}, status=400)
    await sim.control("clock", {"seconds": "x"}, status=400)


async def test_switches_are_set_whole_or_not_at_all(sim: Operators) -> None:
    refused = await sim.control("switches", {"mtn": {"slow": 1, "dwon": "503"}}, method="PATCH", status=400)
    assert "dwon" in refused["error"]
    for wrong in ({"mtn": {"down": "404"}}, {"celtiis": {}}, {"mtn": 1}):
        await sim.control("switches", wrong, method="PATCH", status=400)
    shown = await sim.control("switches", method="GET")
    assert (shown["mtn"]["slow"], shown["mtn"]["down"]) == (0, "")
    await sim.switch("mtn", down="503")
    await sim.switch("mtn", slow=0.0)
    assert (await sim.control("switches", method="GET"))["mtn"]["down"] == "503"
    assert (await sim.control("switches", method="DELETE"))["mtn"]["down"] == ""


@pytest.mark.parametrize(
    ("down", "status", "kind"),
    [
        ("500", 500, "application/json"),
        ("503", 503, "application/json"),
        ("502", 502, "text/html"),
        ("html", 200, "text/html"),
        ("garbage", 200, "application/json"),
    ],
)
async def test_an_operator_that_is_down_does_nothing(sim: Operators, down: str, status: int, kind: str) -> None:
    await sim.mtn_headers()
    await sim.switch("mtn", down=down)
    reference, answer = await sim.mtn_send(number("10"))
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    if down == "garbage":
        with pytest.raises(ValueError, match=r"JSON|utf-8|Invalid|control"):
            answer.json()
    await sim.control("switches", method="DELETE")
    assert await sim.transactions("mtn", reference) == []
    assert (await sim.mtn_send(number("10"), reference=reference))[1].status_code == 202


async def test_every_nth_call_fails(sim: Operators) -> None:
    await sim.mtn_headers()
    await sim.switch("mtn", fail_every=2)
    statuses = [(await sim.mtn_send(number("10")))[1].status_code for _ in range(5)]
    assert statuses == [202, 500, 202, 503, 202]


async def test_slow_answers(sim: Operators) -> None:
    await sim.mtn_headers()
    await sim.switch("mtn", slow=0.2)
    began = time.monotonic()
    await sim.mtn_send(number("10"))
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("lost", ["cut", "hang"])
async def test_the_next_answers_are_lost(sim: Operators, lost: str) -> None:
    await sim.switch("moov", lose_next=1, lost=lost)
    status = sim.asked("getTransactionStatus", transid="PAY1")
    assert said(await status)["status"] == "94"
    with pytest.raises((AnswerLost, TimeoutError)):
        await asyncio.wait_for(sim.push(f"+{number('10')}", "PAY1"), 0.5)
    await sim.move(2)
    assert await sim.moved("moov", "PAY1") == [("debit", "500")]
    assert said(await sim.push(f"+{number('10')}", "PAY2"))["status"] == "100"


async def test_approve_decline_fail_expire(sim: Operators) -> None:
    expected = {
        "approve": ("SUCCESSFUL", None),
        "decline": ("FAILED", "APPROVAL_REJECTED"),
        "fail": ("FAILED", "PAYER_LIMIT_REACHED"),
        "expire": ("FAILED", "EXPIRED"),
    }
    for call, (status, reason) in expected.items():
        reference, _ = await sim.mtn_send(number("03"))
        target = {"operator": "mtn", "reference": reference}
        change = {"reason": "PAYER_LIMIT_REACHED"} if call == "fail" else {}
        await sim.control(call, target | change)
        shown = await sim.mtn_status(reference)
        assert (shown["status"], shown.get("reason")) == (status, reason)
        await sim.control(call, target, status=409)
        assert await sim.moved("mtn", reference) == ([("debit", "500")] if call == "approve" else [])
    await sim.control("approve", {"operator": "mtn", "reference": "x"}, status=404)
    await sim.control("approve", {"operator": "mtn"}, status=404)
    await sim.control("approve", {"operator": "celtiis", "reference": "x"}, status=400)


async def test_all_transactions_of_a_number(sim: Operators) -> None:
    for reference in ("PAY1", "PAY2"):
        await sim.push(f"+{number('03')}", reference)
    await sim.push(f"+{number('13')}", "PAY3")
    done = await sim.control("approve", {"operator": "moov", "number": number("03")})
    assert [each["reference"] for each in done["transactions"]] == ["PAY1", "PAY2"]


async def test_plans_for_a_reference_and_a_number(sim: Operators) -> None:
    await sim.plan("mtn", number=number("10"), outcome="decline")
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(2)
    assert (await sim.mtn_status(reference))["reason"] == "APPROVAL_REJECTED"
    assert len((await sim.control("plans", method="GET"))["plans"]) == 1
    await sim.control("plans", method="DELETE")
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(2)
    assert (await sim.mtn_status(reference))["status"] == "SUCCESSFUL"
    await sim.control("plans", {"operator": "mtn", "outcome": "decline"}, status=400)
    await sim.control("plans", {"operator": "mtn", "reference": "x", "outcom": "decline"}, status=400)


async def test_a_plan_changes_an_open_transaction(sim: Operators) -> None:
    silent, _ = await sim.mtn_send(number("03"))
    await sim.plan("mtn", reference=silent, delay=5, callbacks=0)
    usual, _ = await sim.mtn_send(number("10"))
    await sim.plan("mtn", reference=usual, outcome="insufficient", delay=10)
    await sim.move(5)
    assert (await sim.mtn_status(silent))["status"] == "SUCCESSFUL"
    assert (await sim.mtn_status(usual))["status"] == "PENDING"
    await sim.move(5)
    assert (await sim.mtn_status(usual))["reason"] == "NOT_ENOUGH_FUNDS"
    assert len(sim.received) == 1


async def test_callbacks_for_all_dropped_or_repeated(sim: Operators) -> None:
    for wanted in (0, 4):
        sim.received.clear()
        await sim.switch("mtn", callbacks=wanted)
        await sim.mtn_send(number("10"))
        await sim.move(2)
        assert len(sim.received) == wanted


async def test_a_forged_callback_claims_what_never_was(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("03"))
    order = {"operator": "mtn", "reference": reference}
    await sim.control("callbacks", order, status=409)
    sent = await sim.control("callbacks", order | {"forged": True})
    assert [each["status"] for each in sent["entries"]] == [200]
    (body,) = sim.bodies()
    assert body["status"] == "SUCCESSFUL"
    assert (await sim.mtn_status(reference))["status"] == "PENDING"
    assert await sim.moved("mtn", reference) == []
    await sim.control("callbacks", order | {"forged": True, "body": {"x": 1}, "method": "PUT"})
    assert (sim.received[1].method, sim.bodies()[1]) == ("PUT", {"x": 1})


async def test_a_callback_is_repeated_now(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("04"))
    await sim.move(2)
    assert sim.received == []
    await sim.control("callbacks", {"operator": "mtn", "reference": reference, "times": 2})
    assert sim.bodies() == [await sim.mtn_status(reference)] * 2
    await sim.control("callbacks", {"operator": "moov", "reference": "x"}, status=409)
    await sim.control("callbacks", {"operator": "mtn", "reference": "x"}, status=404)


async def test_the_log_shows_requests_and_callbacks_without_secrets(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(2)
    await sim.mtn_status(reference)
    entries = (await sim.control(f"log?operator=mtn&reference={reference}", method="GET"))["entries"]
    assert [(each["direction"], each["method"], each["status"]) for each in entries] == [
        ("in", "POST", 202),
        ("out", "POST", 200),
        ("in", "GET", 200),
    ]
    await sim.orange_pay("A1", "2250700000010")
    await sim.cashin("2250700000010")
    await sim.push(f"+{number('10')}", "PAY1")
    seen = (await sim.client.get("/_control/log")).text
    tokens = [*sim._tokens.values(), write_token(DEMO_MOOV), DEMO_MTN.collection_key, DEMO_ORANGE.merchant_key]
    for secret in (*tokens, DEMO_ORANGE.payout_pin, DEMO_ORANGE.client_secret):
        assert secret not in seen
    assert "PAY1" in seen


def test_secrets_are_taken_out_of_every_form() -> None:
    assert redacted(b'{"pin": "1234", "amount": "5"}') == '{"pin": "***", "amount": "5"}'
    assert redacted(b"<a><token>abc</token><b>1</b></a>") == "<a><token>***</token><b>1</b></a>"
    assert redacted(b"action=pay&msisdn=225&code=1234") == "action=pay&msisdn=225&code=***"


async def test_a_fault_of_the_simulators_own_is_told_apart(
    sim: Operators, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sim.simulation.ledger, "balance", None)
    answer = await sim.client.get("/mtn/collection/v1_0/account/balance", headers=await sim.mtn_headers())
    assert (answer.status_code, "simulator itself" in answer.json()["error"]) == (500, True)
    assert "TypeError" in caplog.text
    assert (await sim.client.get("/mtn/collection/v1_0/nothing")).status_code == 404
    assert (await sim.client.get("/mtn/collection/v1_0/requesttopay")).status_code == 405


async def test_the_books_and_the_reset(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(2)
    books = await sim.control("ledger", method="GET")
    (entry,) = books["entries"]
    assert entry.items() >= {
        "operator": "mtn", "movement": "debit", "kind": "collection", "reference": reference, "amount": "500",
        "currency": "XOF", "party": number("10"),
    }.items()  # fmt: skip
    assert entry["operator_reference"] == (await sim.mtn_status(reference))["financialTransactionId"]
    assert books["balances"] == {"mtn": "100000500", "orange": "100000000", "moov": "100000000"}
    await sim.mtn_send(number("10"))
    await sim.switch("mtn", slow=1)
    await sim.plan("mtn", number="1", outcome="decline")
    await sim.control("reset")
    assert (await sim.control("ledger", method="GET"))["entries"] == []
    assert (await sim.control("transactions", method="GET"))["transactions"] == []
    assert (await sim.control("plans", method="GET"))["plans"] == []
    assert (await sim.control("switches", method="GET"))["mtn"]["slow"] == 0
    assert (await sim.control("clock", method="GET"))["ahead"] == 0
    await sim.move(10)
    assert (await sim.control("ledger", method="GET"))["entries"] == []
