"""Callbacks: hints that lead to a status read, whatever they say, in any order, true or forged."""

from uuid import uuid4

import msgspec
import pytest

from core.access.principal import SYSTEM
from core.payments.entities import AttemptState, PaymentState
from core.payments.gateway import Callback, CallbackReading, GatewayOffer, State
from core.primitives.secret import Secret
from core.testkit.clock import START
from core.testkit.gateways.fake_operator import BARE, PAGE
from core.testkit.gateways.far_end import Call
from tests.payments.arrange import Till, refusing
from tests.payments.conftest import MakeTill


def plain(body: bytes) -> Callback:
    """A callback without proof."""
    return Callback(method="POST", headers={}, query={}, body=body, received_at=START)


async def clear(till: Till) -> None:
    """Let go of what would be looked at anyway."""
    async with till.works.everywhere(SYSTEM) as work:
        await work.connection.execute("update outbox set done_at = now() where done_at is null")
        await work.commit()


async def verdicts(till: Till) -> list[tuple[str, int]]:
    """What was made of the newest callbacks, and how often they came."""
    async with till.works.everywhere(SYSTEM) as work:
        rows = await work.connection.fetch("select verdict, times from payment_callback order by id desc limit 5")
    return [(row["verdict"], row["times"]) for row in rows]


async def test_a_true_callback_settles_by_the_status_read_alone(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    callback = till.operator.callback(attempt.id)
    asked = till.operator.script.asked(Call.LOOKUP)
    await till.call_back(callback, str(attempt.id))
    assert await till.state(key) is PaymentState.PENDING
    assert till.operator.script.asked(Call.LOOKUP) == asked
    await till.run()
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert till.operator.script.asked(Call.LOOKUP) > asked


async def test_a_lie_moves_nothing(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    callback = till.operator.callback(attempt.id)
    await till.operator.report(attempt.id, State.PENDING.value)
    await till.call_back(callback, str(attempt.id))
    await till.settle(3)
    assert await till.state(key) is PaymentState.PENDING
    assert await till.balances(key) == {}


async def test_a_forged_signature_leads_to_nothing(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    await clear(till)
    genuine = till.operator.callback(attempt.id)
    for forged in (
        till.operator.sent(genuine.body, "another key"),
        msgspec.structs.replace(genuine, headers={}),
        msgspec.structs.replace(genuine, body=genuine.body.replace(b"succeeded", b"succeedeD")),
    ):
        await till.call_back(forged, str(attempt.id))
    assert await till.run() == 0
    assert await till.state(key) is PaymentState.PENDING
    assert {verdict for verdict, _ in await verdicts(till)} >= {"forged"}
    await till.call_back(genuine)
    assert await till.run() == 1
    assert await till.state(key) is PaymentState.SUCCEEDED


async def test_a_token_must_be_the_one_that_was_given(make_till: MakeTill) -> None:
    till = make_till(PAGE)
    key = await till.buy(payer="")
    await till.payments.action(key)
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    await clear(till)
    body = msgspec.json.encode({"status": "succeeded", "session": attempt.handles["session"], "notify": "guessed"})
    for forged in (body, body.replace(b'"guessed"', b'""'), body.replace(b',"notify":"guessed"', b"")):
        await till.call_back(plain(forged), str(attempt.id))
    assert await till.run() == 0
    await till.call_back(till.operator.callback(attempt.id))
    assert await till.run() == 1
    assert await till.state(key) is PaymentState.SUCCEEDED


async def test_duplicates_are_counted_and_followed_once(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    callback = till.operator.callback(attempt.id)
    await clear(till)
    for _ in range(3):
        await till.call_back(callback, str(attempt.id))
    assert await till.run() == 1
    await till.call_back(callback, str(attempt.id))
    assert (await verdicts(till))[0] == ("hint", 4)
    assert await till.balances(key) == {"operator:fake": 500, "revenue:shop_order": -500}
    assert (await till.order(key))["delivered"] == 1


async def test_a_callback_before_the_answer_settles_and_the_answer_changes_nothing(till: Till) -> None:
    key = await till.buy()
    attempt = await till.attempt(key)
    claimed = await till.payments._attempts._claim(attempt.id)
    assert claimed is not None
    payment, sending, capabilities = claimed
    submission = await till.gateway.collect(till.payments._attempts._collection(payment, sending, None))
    await till.operator.settle(attempt.id)
    await till.call_back(till.operator.callback(attempt.id), str(attempt.id))
    await till.run()
    assert await till.state(key) is PaymentState.SUCCEEDED
    async with till.works.everywhere(SYSTEM) as work:
        found = await till.payments._attempts._locked(work, attempt.id)
        assert found is not None
        await till.payments._attempts._take_in(work, *found, submission, capabilities)
        await work.commit()
    after = await till.attempt(key)
    assert after.captured
    assert after.handles.keys() >= {"session"}


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\0", b"{", b"[]", b'{"reference": "x"}', b"0" * 100_000])
async def test_what_is_no_callback_is_kept_and_changes_nothing(till: Till, body: bytes) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.call_back(plain(body), str(attempt.id))
    await till.call_back(plain(body), str(uuid4()))
    await till.call_back(plain(body), "\0; drop table payment")
    await till.call_back(plain(body))
    await till.settle(2)
    assert await till.state(key) is PaymentState.PENDING


async def test_a_handle_that_nothing_can_keep_is_nobodys(make_till: MakeTill) -> None:
    till = make_till(PAGE)
    for session in ("a\0b", "\ud800", "\n"):
        reading = CallbackReading(handle=("session", session), token=Secret("n"))
        till.gateway.read_callback = lambda _, reading=reading: reading  # type: ignore[method-assign]
        await till.call_back(plain(session.encode("utf-8", "surrogatepass")))
        assert (await verdicts(till))[0] == ("unknown", 1)


async def test_a_callback_for_a_lost_page_is_shown_to_people(make_till: MakeTill) -> None:
    """Its token was lost with it, so that nothing proves the callback; what it speaks of cannot be looked up."""
    till = make_till(PAGE)
    till.operator.script.lose_next_answer(Call.COLLECT)
    key = await till.buy(payer="")
    await till.payments.action(key)
    lost, second = await till.attempts(key)
    await till.call_back(plain(b'{"status": "succeeded", "session": "s", "notify": "n"}'), str(lost.id))
    first = (await till.attempts(key))[0]
    assert (first.state, first.escalated) == (AttemptState.LOST, "callback_for_lost")
    opened = await till.area.reconciliation.open()
    assert ("attempt", lost.id, "callback_for_lost") in [tuple(each) for each in opened.escalated]
    assert (await till.state(key), second.escalated) == (PaymentState.PENDING, None)


async def test_another_gateways_operation_is_unknown(make_till: MakeTill) -> None:
    till = make_till(BARE)
    till.payments.gateways.add(GatewayOffer(slug="other", title="Other", gateway=till.gateway))
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await clear(till)
    callback = till.operator.callback(attempt.id)
    await till.area.callbacks.receive(SYSTEM, "other", str(attempt.id), callback)
    assert await till.run() == 0
    assert (await verdicts(till))[0][0] == "unknown"
    with refusing("not_found"):
        await till.area.callbacks.receive(SYSTEM, "nobody", str(attempt.id), plain(b"{}"))
