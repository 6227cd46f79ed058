"""Money on its way back: asked for, decided, sent once; never more than came."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM
from core.payments.entities import PaymentState, RefundCause, RefundState
from core.payments.gateway import Reason, RefundMode, State
from core.testkit.gateways.fake_operator import BARE, PROMPT
from core.testkit.gateways.far_end import Call
from tests.payments.arrange import Till, refusing
from tests.payments.conftest import MakeTill


async def paid(till: Till, **fields: object) -> UUID:
    """A payment whose money has come."""
    key = await till.buy(**fields)
    await till.run()
    await till.operator.settle((await till.attempt(key)).id)
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED
    return key


async def request(till: Till, key: UUID, amount: int) -> UUID:
    """Ask for a refund, undecided."""
    async with till.works.everywhere(SYSTEM) as work:
        refund = await till.payments.refunds.request(work, key, Decimal(amount), RefundCause.REQUESTED)
        await work.commit()
    return refund.id


async def decide(till: Till, how: str, refund: UUID) -> None:
    """Decide on a refund."""
    async with till.works.everywhere(SYSTEM) as work:
        await getattr(till.payments.refunds, how)(work, refund, None)
        await work.commit()


async def test_a_whole_refund_takes_back_share_and_commission(till: Till) -> None:
    key = await paid(till, commission=50, payee="o")
    refund = await till.give_back(key, 500)
    await till.settle(3)
    payment = await till.payment(key)
    assert (payment.state, payment.refunded) == (PaymentState.REFUNDED, 500)
    assert await till.balances(key) == {}
    assert till.operator.credits(refund) == 1
    assert (await till.order(key))["state"] == "refunded"


async def test_partial_refunds_take_the_payees_share_first(till: Till) -> None:
    key = await paid(till, commission=50, payee="o")
    await till.give_back(key, 450)
    await till.settle(3)
    assert await till.state(key) is PaymentState.PARTIALLY_REFUNDED
    assert await till.balances(key) == {"operator:fake": 50, "commission": -50}
    await till.give_back(key, 50)
    await till.settle(3)
    assert await till.state(key) is PaymentState.REFUNDED
    assert await till.balances(key) == {}


async def test_more_than_came_is_refused(till: Till) -> None:
    key = await paid(till)
    for amount in (501, 0, -1):
        with refusing("payments_refund_too_large"):
            await request(till, key, amount)
    held = await request(till, key, 400)
    with refusing("payments_refund_too_large"):
        await request(till, key, 101)
    await decide(till, "reject", held)
    await request(till, key, 500)


async def test_parallel_requests_never_exceed_what_came(till: Till) -> None:
    key = await paid(till)
    asked = await asyncio.gather(*(request(till, key, 100) for _ in range(12)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in asked) == 5


async def test_what_did_not_succeed_is_not_refunded(till: Till) -> None:
    key = await till.buy()
    with refusing("payments_not_refundable"):
        await request(till, key, 100)


async def test_a_decision_is_made_once(till: Till) -> None:
    key = await paid(till)
    refund = await request(till, key, 100)
    both = await asyncio.gather(*(decide(till, "approve", refund) for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in both) == 1
    with refusing("payments_refund_decided"):
        await decide(till, "reject", refund)
    await till.settle(3)
    assert till.operator.credits(refund) == 1


async def test_a_lost_answer_is_looked_up_and_money_goes_back_once(till: Till) -> None:
    key = await paid(till)
    till.operator.script.lose_next_answer(Call.REFUND)
    refund = await till.give_back(key, 500)
    await till.settle(5)
    assert till.operator.credits(refund) == 1
    assert await till.state(key) is PaymentState.REFUNDED


async def test_without_enforced_ids_an_unknown_refund_is_never_sent_again(make_till: MakeTill) -> None:
    till = make_till(BARE)
    key = await paid(till)
    refund = await till.give_back(key, 500)
    till.operator.script.go_down()
    await till.run()
    till.operator.script.answer_normally()
    asked = till.operator.script.asked(Call.REFUND)
    await till.settle(6)
    (found,) = await till.refunds(key)
    assert found.state is RefundState.UNKNOWN
    assert till.operator.script.asked(Call.REFUND) == asked
    await till.pass_time(timedelta(days=2))
    (found,) = await till.refunds(key)
    assert (found.state, found.escalated) == (RefundState.UNKNOWN, "long_open")
    assert till.operator.credits(refund) == 0


async def test_a_refused_refund_lets_go_of_what_it_held(till: Till) -> None:
    key = await paid(till)
    till.operator.reject_next(Reason.INSUFFICIENT_FUNDS)
    refund = await till.give_back(key, 500)
    await till.settle(3)
    (found,) = await till.refunds(key)
    assert (found.id, found.state, found.reason) == (refund, RefundState.FAILED, Reason.INSUFFICIENT_FUNDS)
    assert await till.state(key) is PaymentState.SUCCEEDED
    again = await till.give_back(key, 500)
    await till.settle(3)
    assert till.operator.credits(again) == 1


async def test_an_operator_that_decides_later_is_waited_for(till: Till) -> None:
    till.operator.refunds_pending = True
    key = await paid(till)
    refund = await till.give_back(key, 200)
    await till.settle(3)
    assert (await till.refunds(key))[0].state is RefundState.PENDING
    await till.operator.settle(refund)
    await till.settle(3)
    assert await till.state(key) is PaymentState.PARTIALLY_REFUNDED
    second = await till.give_back(key, 200)
    await till.run()
    await till.operator.end(second, State.FAILED, Reason.LIMIT_REACHED)
    await till.settle(3)
    assert [each.state for each in await till.refunds(key)] == [RefundState.DONE, RefundState.FAILED]


async def test_where_the_operator_sends_nothing_staff_record_it(make_till: MakeTill) -> None:
    till = make_till(msgspec.structs.replace(PROMPT, refunds=RefundMode.MANUAL))
    key = await paid(till)
    refund = await till.give_back(key, 500)
    await till.settle(3)
    assert (await till.refunds(key))[0].state is RefundState.MANUAL
    assert till.operator.script.asked(Call.REFUND) == 0
    await decide(till, "mark_paid", refund)
    assert await till.state(key) is PaymentState.REFUNDED
    with refusing("payments_refund_decided"):
        await decide(till, "mark_paid", refund)
    assert await till.balances(key) == {}


async def test_an_interrupted_refund_is_found_again(till: Till) -> None:
    key = await paid(till)
    refund = await till.give_back(key, 500)
    claimed = await till.area.callbacks._refunds._claim(refund)
    assert claimed is not None
    await till.gateway.refund(claimed[1])
    await till.pass_time(timedelta(minutes=5))
    await till.settle(4)
    assert till.operator.credits(refund) == 1
    assert await till.state(key) is PaymentState.REFUNDED


async def test_an_operator_that_refunds_the_whole_alone_is_asked_for_nothing_else(make_till: MakeTill) -> None:
    till = make_till(msgspec.structs.replace(PROMPT, partial_refunds=False))
    key = await paid(till)
    with refusing("payments_no_partial_refund"):
        await request(till, key, 499)
    await till.give_back(key, 500)
    await till.settle(3)
    assert await till.state(key) is PaymentState.REFUNDED


async def test_a_refund_that_somebody_is_sending_is_left_to_him(till: Till) -> None:
    key = await paid(till)
    refund = await till.give_back(key, 500)
    assert await till.area.callbacks._refunds._claim(refund) is not None
    await till.run()
    assert (await till.refunds(key))[0].state is RefundState.SENDING
    assert till.operator.script.asked(Call.REFUND) == 0


async def test_late_money_that_the_operator_does_not_take_back_waits_for_staff(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    attempt = await till.attempt(key)
    await till.pass_time(till.capabilities.window + timedelta(minutes=1))
    await till.buy(item)
    await till.operator.settle(attempt.id)
    await till.payments._attempts.look(attempt.id, None)
    till.operator.reject_next(Reason.INSUFFICIENT_FUNDS)
    (late,) = await till.refunds(key)
    await till.area.callbacks._refunds.send(late.id)
    (late,) = await till.refunds(key)
    assert (late.state, late.reason) == (RefundState.MANUAL, Reason.INSUFFICIENT_FUNDS)
    await decide(till, "mark_paid", late.id)
    assert await till.balances(key) == {}
