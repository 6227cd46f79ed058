"""A purchase from its beginning to its end: paid, declined, lost, found again, late, cancelled, tried again."""

from datetime import timedelta

import msgspec
import pytest

from core.access.principal import SYSTEM
from core.payments.entities import AttemptState, PaymentState, RefundState
from core.payments.gateway import Outcome, Reason, RefundMode, State, Submission
from core.primitives.money import Money
from core.testkit.gateways.fake_operator import BARE, PAGE, PROMPT
from core.testkit.gateways.far_end import Call
from core.testkit.numbers import FakeNumberGuard
from tests.payments.arrange import PAYER, Till, refusing
from tests.payments.conftest import MakeTill

MINUTE = timedelta(minutes=1)


async def paid(till: Till, **fields: object) -> object:
    """A payment whose money has come."""
    key = await till.buy(**fields)
    await till.run()
    await till.operator.settle((await till.attempt(key)).id)
    await till.run()
    return key


async def test_a_purchase_is_paid_once_and_delivered_once(till: Till) -> None:
    item = await till.stock(3)
    key = await till.buy(item, commission=50, payee="organiser:7")
    assert await till.left(item) == 2
    assert await till.state(key) is PaymentState.PENDING
    await till.run()
    attempt = await till.attempt(key)
    assert attempt.state is AttemptState.PENDING
    assert till.operator.received(attempt.id).payer == PAYER
    await till.run()
    assert await till.state(key) is PaymentState.PENDING
    await till.operator.settle(attempt.id)
    await till.settle()
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert (await till.order(key))["delivered"] == 1
    assert await till.balances(key) == {"operator:fake": 500, "payee:organiser:7": -450, "commission": -50}
    assert await till.left(item) == 2
    assert await till.run() == 0


async def test_a_payer_who_declines_ends_it_and_lets_the_unit_go(till: Till) -> None:
    item = await till.stock()
    key = await till.buy(item)
    await till.run()
    await till.operator.end((await till.attempt(key)).id, State.CANCELLED, Reason.DECLINED_BY_PAYER)
    await till.settle()
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.FAILED, Reason.DECLINED_BY_PAYER)
    assert await till.left(item) == 1
    assert await till.balances(key) == {}


async def test_an_operator_that_refuses_at_once_fails_the_payment(till: Till) -> None:
    key = await till.buy()
    till.operator.reject_next(Reason.NOT_ALLOWED)
    await till.settle()
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.FAILED, Reason.NOT_ALLOWED)


async def test_a_lost_answer_is_looked_up_and_never_debited_twice(till: Till) -> None:
    key = await till.buy()
    till.operator.script.lose_next_answer(Call.COLLECT)
    await till.run()
    attempt = await till.attempt(key)
    assert attempt.state is AttemptState.UNKNOWN
    await till.operator.settle(attempt.id)
    await till.settle()
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert till.operator.debits(attempt.id) == 1


async def test_a_command_that_never_arrived_is_sent_again_under_its_id(till: Till) -> None:
    key = await till.buy()
    till.operator.script.go_down()
    await till.run()
    attempt = await till.attempt(key)
    assert attempt.state is AttemptState.UNKNOWN
    till.operator.script.answer_normally()
    await till.run()
    await till.run()
    again = await till.attempt(key)
    assert again.id == attempt.id
    assert again.state is AttemptState.PENDING
    assert till.operator.debits(attempt.id) == 1


async def test_without_enforced_ids_nothing_is_ever_sent_again(make_till: MakeTill) -> None:
    till = make_till(BARE)
    item = await till.stock()
    key = await till.buy(item)
    till.operator.script.go_down()
    await till.run()
    till.operator.script.answer_normally()
    await till.settle(6)
    attempt = await till.attempt(key)
    assert attempt.state is AttemptState.UNKNOWN
    assert till.operator.script.asked(Call.COLLECT) <= 1
    await till.pass_time(till.capabilities.window + MINUTE)
    assert await till.state(key) is PaymentState.EXPIRED
    assert await till.left(item) == 1


async def test_who_never_answers_expires_and_late_money_is_honoured_or_sent_back(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    attempt = await till.attempt(key)
    await till.pass_time(till.capabilities.window + MINUTE)
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.EXPIRED, Reason.TIMEOUT)
    assert await till.left(item) == 1
    await till.operator.settle(attempt.id)
    await till.run()
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert await till.left(item) == 0
    assert (await till.order(key))["delivered"] == 1


async def test_late_money_whose_unit_is_gone_is_sent_back(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    attempt = await till.attempt(key)
    await till.pass_time(till.capabilities.window + MINUTE)
    other = await till.buy(item)
    await till.run()
    await till.operator.settle(attempt.id)
    await till.settle(4)
    assert await till.state(key) is PaymentState.EXPIRED
    (refund,) = await till.refunds(key)
    assert (refund.state, refund.amount.amount) == (RefundState.DONE, 500)
    assert till.operator.credits(refund.id) == 1
    assert await till.balances(key) == {}
    assert await till.left(item) == 0
    await till.operator.settle((await till.attempt(other)).id)
    await till.settle(4)
    assert await till.state(other) is PaymentState.SUCCEEDED


async def test_a_cancelled_payment_that_is_paid_all_the_same_is_not_lost(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    await till.shop.cancel(SYSTEM, key)
    assert await till.state(key) is PaymentState.CANCELLED
    assert await till.left(item) == 1
    await till.operator.settle((await till.attempt(key)).id)
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert await till.left(item) == 0


async def test_what_is_cancelled_before_it_was_sent_is_never_sent(till: Till) -> None:
    key = await till.buy()
    await till.shop.cancel(SYSTEM, key)
    await till.settle()
    assert (await till.attempt(key)).state is AttemptState.CANCELLED
    assert till.operator.script.asked(Call.COLLECT) == 0
    with refusing("payments_not_pending"):
        await till.shop.cancel(SYSTEM, key)


async def test_what_waits_no_longer_expires_and_may_still_be_paid(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    async with till.works.everywhere(SYSTEM) as work:
        expired = await till.payments.expire(work, key)
        await work.commit()
    assert (expired.state, expired.reason) == (PaymentState.EXPIRED, Reason.TIMEOUT)
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.EXPIRED, Reason.TIMEOUT)
    assert await till.left(item) == 1
    async with till.works.everywhere(SYSTEM) as work:
        with refusing("payments_not_pending"):
            await till.payments.expire(work, key)
    # the payer still has the prompt: nobody is asked twice at once
    with refusing("payments_not_retriable"):
        await till.shop.retry(SYSTEM, key, None, None)
    await till.operator.settle((await till.attempt(key)).id)
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert await till.left(item) == 0


async def test_a_failed_payment_is_tried_again_under_a_new_id(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    first = await till.attempt(key)
    with refusing("payments_not_retriable"):
        await till.shop.retry(SYSTEM, key, None, None)
    await till.operator.end(first.id, State.FAILED, Reason.INSUFFICIENT_FUNDS)
    await till.settle(2)
    await till.shop.retry(SYSTEM, key, None, "+2290197000001")
    assert await till.left(item) == 0
    await till.run()
    second = await till.attempt(key)
    assert second.id != first.id
    assert second.payer == "+2290197000001"
    await till.operator.settle(second.id)
    await till.settle(3)
    payment = await till.payment(key)
    assert (payment.state, payment.honoured) == (PaymentState.SUCCEEDED, second.id)


async def test_money_of_both_attempts_is_taken_once(till: Till) -> None:
    item = await till.stock(2)
    key = await till.buy(item)
    await till.run()
    first = await till.attempt(key)
    await till.pass_time(till.capabilities.window + MINUTE)
    await till.shop.retry(SYSTEM, key, None, None)
    await till.run()
    second = await till.attempt(key)
    await till.operator.settle(second.id)
    await till.run()
    await till.operator.settle(first.id)
    await till.settle(5)
    payment = await till.payment(key)
    assert (payment.state, payment.honoured, payment.refunded) == (PaymentState.SUCCEEDED, second.id, 0)
    (refund,) = await till.refunds(key)
    assert (refund.attempt, refund.state) == (first.id, RefundState.DONE)
    assert await till.balances(key) == {"operator:fake": 500, "revenue:shop_order": -500}
    assert (await till.order(key))["delivered"] == 1


async def test_retry_needs_what_it_is_for(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    await till.operator.end((await till.attempt(key)).id, State.FAILED, Reason.UNSPECIFIED)
    await till.settle(2)
    await till.buy(item)
    with refusing("payments_order_gone"):
        await till.shop.retry(SYSTEM, key, None, None)
    assert await till.state(key) is PaymentState.FAILED


@pytest.mark.parametrize("amount", [Money(499, "XOF"), Money(50000, "XOF"), Money(500, "XAF")])
async def test_another_amount_is_not_believed(till: Till, amount: Money) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id, amount=amount)
    await till.settle(3)
    assert await till.state(key) is PaymentState.PENDING
    assert (await till.attempt(key)).escalated == "amount_mismatch"
    assert await till.balances(key) == {}
    report = await till.area.reconciliation.open()
    assert ("attempt", attempt.id, "amount_mismatch") in report.escalated


async def test_money_that_came_stays_whatever_is_said_later(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    await till.run()
    assert await till.state(key) is PaymentState.SUCCEEDED
    await till.operator.end(attempt.id, State.FAILED, Reason.UNSPECIFIED)
    await till.payments._attempts.look(attempt.id, None)
    await till.settle(2)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert await till.balances(key) == {"operator:fake": 500, "revenue:shop_order": -500}


async def test_a_page_is_paid_on_and_a_lost_one_is_made_anew(make_till: MakeTill) -> None:
    till = make_till(PAGE)
    key = await till.buy(payer="")
    assert (await till.payments.action(key)).url is not None
    attempt = await till.attempt(key)
    assert attempt.handles.keys() == {"session", "notify"}
    await till.operator.settle(attempt.id)
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED

    till.operator.script.lose_next_answer(Call.COLLECT)
    lost = await till.buy(payer="")
    assert (await till.attempts(lost))[0].state is AttemptState.LOST
    await till.run()
    first, second = await till.attempts(lost)
    assert (first.state, second.state) == (AttemptState.LOST, AttemptState.PENDING)
    assert (await till.payments.action(lost)).url == second.action_url is not None
    await till.operator.settle(second.id)
    await till.settle(3)
    assert await till.state(lost) is PaymentState.SUCCEEDED


async def test_an_operator_that_is_not_there_fails_a_page_after_some_tries(make_till: MakeTill) -> None:
    till = make_till(PAGE)
    item = await till.stock()
    till.operator.script.go_down()
    key = await till.buy(item, payer="")
    await till.settle(8)
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.FAILED, Reason.OPERATOR_UNAVAILABLE)
    assert [attempt.state for attempt in await till.attempts(key)] == [AttemptState.LOST] * 3
    assert await till.left(item) == 1


async def test_what_cannot_be_paid_is_refused_and_nothing_is_kept(make_till: MakeTill) -> None:
    blocked = FakeNumberGuard("+2290197000009")
    till = make_till(msgspec.structs.replace(PROMPT, maximum=1000), blocked=blocked)
    item = await till.stock(1)
    for fields, code in (
        ({"gateway": "other"}, "payments_unknown_gateway"),
        ({"amount": 0}, "payments_not_payable"),
        ({"amount": 1001}, "payments_not_payable"),
        ({"currency": "EUR"}, "payments_not_payable"),
        ({"payer": ""}, "payments_no_payer"),
        ({"payer": "+2290197000009"}, "payments_blocked_number"),
    ):
        with refusing(code):
            await till.buy(item, **fields)
    assert await till.left(item) == 1
    assert await till.run() == 0


async def test_a_gateway_without_refunds_leaves_late_money_to_staff(make_till: MakeTill) -> None:
    till = make_till(msgspec.structs.replace(PROMPT, refunds=RefundMode.MANUAL))
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    attempt = await till.attempt(key)
    await till.pass_time(till.capabilities.window + MINUTE)
    await till.buy(item)
    await till.operator.settle(attempt.id)
    await till.settle(3)
    (refund,) = await till.refunds(key)
    assert refund.state is RefundState.MANUAL
    assert await till.balances(key) == {"operator:fake": 500, "held": -500}
    async with till.works.everywhere(SYSTEM) as work:
        await till.payments.refunds.mark_paid(work, refund.id, None, "OM-42")
        await work.commit()
    assert await till.balances(key) == {}


async def test_what_is_to_be_sent_again_is_not_once_it_is_cancelled(till: Till) -> None:
    key = await till.buy()
    till.operator.script.go_down()
    await till.run()
    till.operator.script.answer_normally()
    await till.run()
    assert (await till.attempt(key)).state is AttemptState.RESERVED
    await till.shop.cancel(SYSTEM, key)
    await till.settle(4)
    attempt = await till.attempt(key)
    assert till.operator.debits(attempt.id) == 0
    assert attempt.state is AttemptState.UNKNOWN
    await till.pass_time(till.capabilities.window + MINUTE)
    assert (await till.attempt(key)).state is AttemptState.EXPIRED
    assert await till.state(key) is PaymentState.CANCELLED


async def test_an_operator_that_has_the_operation_already_is_asked_what_became_of_it(till: Till) -> None:
    key = await till.buy()
    attempt = await till.attempt(key)
    claimed = await till.payments._attempts._claim(attempt.id)
    assert claimed is not None
    await till.gateway.collect(till.payments._attempts._collection(claimed[0], claimed[1], None))
    await till.operator.settle(attempt.id)
    async with till.works.everywhere(SYSTEM) as work:
        found = await till.payments._attempts._locked(work, attempt.id)
        assert found is not None
        twice = Submission(outcome=Outcome.REJECTED, reason=Reason.DUPLICATE_REFERENCE)
        await till.payments._attempts._take_in(work, *found, twice, claimed[2])
        await work.commit()
    assert (await till.attempt(key)).state is AttemptState.UNKNOWN
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED


async def test_a_payment_whose_late_money_went_back_may_be_tried_again(till: Till) -> None:
    item = await till.stock(1)
    key = await till.buy(item)
    await till.run()
    first = await till.attempt(key)
    await till.pass_time(till.capabilities.window + MINUTE)
    other = await till.buy(item)
    await till.run()
    await till.operator.settle(first.id)
    await till.settle(3)
    await till.operator.end((await till.attempt(other)).id, State.FAILED, Reason.UNSPECIFIED)
    await till.settle(3)
    await till.shop.retry(SYSTEM, key, None, None)
    await till.run()
    await till.operator.settle((await till.attempt(key)).id)
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert await till.balances(key) == {"operator:fake": 500, "revenue:shop_order": -500}
