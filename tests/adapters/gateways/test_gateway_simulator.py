"""The gateways before the operator simulator: stories from the prompt to the refund, and the operators' traps."""

from typing import Any
from uuid import uuid4

import pytest

from core.payments.gateway import (
    OperationKind,
    Outcome,
    Reason,
    State,
)
from tests.adapters.gateways.operators import ADDRESS, LOCAL, NAMES, Operators
from tests.adapters.gateways.stage import collection, inquiry, refund_order, xof


@pytest.fixture
async def operators() -> Any:
    """The three operators."""
    operators = Operators()
    yield operators
    await operators.close()


@pytest.mark.parametrize("name", NAMES)
async def test_paid_and_given_back(operators: Operators, name: str) -> None:
    """A payment and its partial refund, each exactly once in the operator's books."""
    assert (await operators.of(name).probe()).ok
    operation, said = await operators.collect(name, "+2290197000011")
    assert said.outcome in (Outcome.ACCEPTED, Outcome.ACTION_REQUIRED)
    assert (await operators.look(name, operation, said)).state is State.PENDING
    await operators.pass_time(3)
    seen = await operators.look(name, operation, said)
    assert seen.state is State.SUCCEEDED
    assert seen.reference == operation
    assert seen.operator_reference
    if operators.of(name).capabilities.reports_amount:
        assert seen.amount == xof(500)
    assert await operators.debits(operation) == 1

    back = uuid4()
    refund = refund_order(operation=back, collection=operation, payee="+2290197000011", callback_url="")
    given = await operators.refund(name, refund)
    assert given.outcome is Outcome.ACCEPTED
    await operators.pass_time(2)
    seen = await operators.look(name, back, given, OperationKind.REFUND, 300)
    assert seen.state is State.SUCCEEDED
    assert await operators.debits(back) == 1


@pytest.mark.parametrize(
    ("name", "ending", "state", "reason"),
    [
        ("mtn", "01", State.CANCELLED, Reason.DECLINED_BY_PAYER),
        ("mtn", "02", State.FAILED, Reason.INSUFFICIENT_FUNDS),
        ("mtn", "09", State.FAILED, Reason.PAYER_NOT_FOUND),
        ("orange", "01", State.FAILED, Reason.UNSPECIFIED),
        ("orange", "02", State.FAILED, Reason.UNSPECIFIED),
        ("moov", "01", State.EXPIRED, Reason.TIMEOUT),
    ],
)
async def test_payers_who_do_not_pay(
    operators: Operators, name: str, ending: str, state: State, reason: Reason
) -> None:
    """The payer-number rules of the simulator."""
    operation, said = await operators.collect(name, f"+22901970000{ending}")
    await operators.pass_time(3)
    seen = await operators.look(name, operation, said)
    assert (seen.state, seen.reason) == (state, reason)
    assert await operators.debits(operation) == 0


@pytest.mark.parametrize(("ending", "reason"), [("02", Reason.INSUFFICIENT_FUNDS), ("09", Reason.PAYER_NOT_FOUND)])
async def test_moov_refuses_at_once_or_later(operators: Operators, ending: str, reason: Reason) -> None:
    """In the push's answer or in a later status: the reason is the same."""
    operation, said = await operators.collect("moov", f"+22901970000{ending}")
    await operators.pass_time(3)
    seen = await operators.look("moov", operation, said)
    assert reason in (said.reason, seen.reason)
    assert said.outcome is Outcome.REJECTED or seen.state is State.FAILED


@pytest.mark.parametrize("name", NAMES)
async def test_nobody_answers(operators: Operators, name: str) -> None:
    """Open until the operator's window has passed, then expired."""
    operation, said = await operators.collect(name, "+2290197000003")
    await operators.pass_time(60)
    assert (await operators.look(name, operation, said)).state is State.PENDING
    sent_at = operators.clock.now()
    await operators.pass_time(1_000)
    seen = await operators.of(name).lookup(inquiry(operation=operation, sent_at=sent_at, handles=said.handles))
    assert (seen.state, seen.reason) == (State.EXPIRED, Reason.TIMEOUT)


async def test_a_page_that_is_walked_away_from(operators: Operators) -> None:
    """INITIATED for ever: it expires here."""
    operation = uuid4()
    said = await operators.orange.collect(collection(operation=operation, payer=None, **LOCAL))
    assert said.url.startswith(f"{ADDRESS}/orange/payment/")
    sent_at = operators.clock.now()
    question = inquiry(operation=operation, sent_at=sent_at, handles=said.handles)
    await operators.pass_time(890)
    assert (await operators.orange.lookup(question)).state is State.PENDING
    await operators.pass_time(20)
    seen = await operators.orange.lookup(question)
    assert (seen.state, seen.code) == (State.EXPIRED, "INITIATED")


@pytest.mark.parametrize("name", ["mtn", "moov"])
async def test_a_lost_answer_hides_a_debit(operators: Operators, name: str) -> None:
    """Unknown, then found by a look-up; where the operator takes an id once, sending it again changes nothing."""
    operation, said = await operators.collect(name, "+2290197000008")
    assert said.outcome is Outcome.UNKNOWN
    if operators.of(name).capabilities.resend:
        _, again = await operators.collect(name, "+2290197000008", operation)
        assert again.outcome is Outcome.ACCEPTED
    await operators.pass_time(3)
    assert (await operators.look(name, operation, said)).state is State.SUCCEEDED
    assert await operators.debits(operation) == 1


async def test_a_lost_page(operators: Operators) -> None:
    """The same order_id is refused for ever: unknown, with Orange's code."""
    await operators.control("PATCH", "/switches", {"orange": {"lose_next": 1}})
    operation = uuid4()
    order = collection(operation=operation, payer=None, **LOCAL)
    assert (await operators.orange.collect(order)).outcome is Outcome.UNKNOWN
    again = await operators.orange.collect(order)
    assert (again.outcome, again.code) == (Outcome.UNKNOWN, "1204")


@pytest.mark.parametrize("name", NAMES)
async def test_a_lost_answer_to_a_refund(operators: Operators, name: str) -> None:
    """Unknown, and found by what is left in the hand; sent once."""
    operation, said = await operators.collect(name, "+2290197000018")
    await operators.pass_time(3)
    assert (await operators.look(name, operation, said)).state is State.SUCCEEDED
    back = uuid4()
    if name == "mtn":
        await operators.control("PATCH", "/switches", {"mtn": {"lose_next": 1}})
    refund = refund_order(operation=back, collection=operation, payee="+2290197000008", callback_url="")
    given = await operators.refund(name, refund)
    assert given.outcome is Outcome.UNKNOWN
    await operators.pass_time(3)
    assert (await operators.look(name, back, given, OperationKind.REFUND, 300)).state is State.SUCCEEDED
    assert await operators.debits(back) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("down", ["500", "503", "502", "html", "garbage", "cut"])
async def test_an_operator_that_is_down(operators: Operators, name: str, down: str) -> None:
    """Nothing is known, nothing is raised, nothing is booked."""
    operation, said = await operators.collect(name, "+2290197000011")
    await operators.control("PATCH", "/switches", {name: {"down": down}})
    seen = await operators.look(name, operation, said)
    assert (seen.state, seen.found) == (State.UNKNOWN, True)
    lost, refused = await operators.collect(name, "+2290197000011")
    assert refused.outcome is Outcome.UNKNOWN
    assert not (await operators.of(name).probe()).ok or name == "orange"
    await operators.control("DELETE", "/switches")
    assert await operators.debits(lost) == 0


async def test_mtn_stumbles_twice(operators: Operators) -> None:
    """500 makes no transaction: it is not known, and may be sent again."""
    operation, said = await operators.collect("mtn", "+2290197000007")
    assert (said.outcome, said.reason) == (Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE)
    assert not (await operators.look("mtn", operation, said)).found
    await operators.collect("mtn", "+2290197000007", operation)
    _, third = await operators.collect("mtn", "+2290197000007", operation)
    assert third.outcome is Outcome.ACCEPTED


async def test_tokens_end_there_before_they_end_here(operators: Operators) -> None:
    """The simulator's clock moves, ours does not: a 401 costs one token."""
    assert (await operators.mtn.probe()).ok
    await operators.pass_time(4_000)
    _, said = await operators.collect("mtn", "+2290197000011")
    assert said.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("inner", ["result", "return", "response"])
@pytest.mark.parametrize("prefix", ["", "ns2"])
@pytest.mark.parametrize("utf16", [False, True])
async def test_moovs_many_forms(operators: Operators, inner: str, prefix: str, utf16: bool) -> None:
    """Wrappers, prefixes, encodings, and what a waiting push is called."""
    switches = {
        "inner": inner,
        "prefix": prefix,
        "utf16": utf16,
        "namespace": "tlc",
        "qualified": True,
        "pending": "95",
    }
    await operators.control("PATCH", "/switches", {"moov": switches})
    operation, said = await operators.collect("moov", "+2290197000011")
    assert (said.outcome, said.observation and said.observation.state) == (Outcome.ACCEPTED, State.PENDING)
    await operators.pass_time(3)
    assert (await operators.look("moov", operation, said)).state is State.SUCCEEDED


async def test_callers_that_are_not_on_the_list(operators: Operators) -> None:
    """MTN says so; it is ours to mend, and no payer's fault."""
    assert (await operators.mtn.probe()).ok
    await operators.control("PATCH", "/switches", {"mtn": {"refuse_address": True}})
    _, said = await operators.collect("mtn", "+2290197000011")
    assert said.reason is Reason.NOT_ALLOWED
