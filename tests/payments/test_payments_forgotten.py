"""What could be forgotten: jobs that are gone, plugins that are gone, gateways that break their promise."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from core.access.principal import SYSTEM
from core.payments.entities import AttemptState, Payment, PaymentState, Refund, RefundState
from core.payments.gateway import (
    Collection,
    GatewayOffer,
    Inquiry,
    Observation,
    Reason,
    RefundOrder,
    State,
    Submission,
)
from core.payments.reconciliation import RECONCILE
from core.payments.service import PaymentOrder
from core.primitives.money import Money
from core.testkit.gateways import FakeGateway
from core.testkit.gateways.far_end import Call
from core.work import Delivery, Work
from tests.payments.arrange import Till
from tests.payments.conftest import MakeTill


async def forget_jobs(till: Till) -> None:
    """Lose every delivery, as a restored or emptied outbox would."""
    async with till.works.everywhere(SYSTEM) as work:
        await work.connection.execute("delete from outbox where done_at is null")
        await work.commit()


async def reconcile(till: Till) -> None:
    """Run the job of every minute."""
    async with till.works.everywhere(SYSTEM) as work:
        key = uuid4()
        await work.connection.execute(
            "insert into outbox (id, topic, subscriber, payload, available_at) values ($1, 'x', $2, '{}', now())",
            key,
            RECONCILE,
        )
        await work.commit()
    await till.area.reconciliation.reconcile(Delivery(key, "x", RECONCILE, {}))


async def test_what_was_never_sent_is_sent_once_its_job_is_missed(till: Till) -> None:
    key = await till.buy()
    await forget_jobs(till)
    await reconcile(till)
    assert await till.run() == 0
    till.clock.advance(timedelta(minutes=2))
    await reconcile(till)
    await till.run()
    assert (await till.attempt(key)).state is AttemptState.PENDING


async def test_what_was_interrupted_is_found_again(till: Till) -> None:
    key = await till.buy()
    attempt = await till.attempt(key)
    claimed = await till.payments._attempts._claim(attempt.id)
    assert claimed is not None
    await till.gateway.collect(till.payments._attempts._collection(claimed[0], claimed[1], None))
    await till.operator.settle(attempt.id)
    await till.run()
    assert (await till.attempt(key)).state is AttemptState.SENDING
    await forget_jobs(till)
    till.clock.advance(timedelta(minutes=3))
    await reconcile(till)
    await till.settle(4)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert till.operator.debits(attempt.id) == 1


async def test_open_attempts_and_refunds_are_looked_at_again(till: Till) -> None:
    till.operator.refunds_pending = True
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await forget_jobs(till)
    await till.operator.settle(attempt.id)
    till.clock.advance(timedelta(minutes=2))
    await reconcile(till)
    await till.run()
    assert await till.state(key) is PaymentState.SUCCEEDED
    refund = await till.give_back(key, 500)
    await forget_jobs(till)
    till.clock.advance(timedelta(minutes=2))
    await reconcile(till)
    await till.run()
    assert (await till.refunds(key))[0].state is RefundState.PENDING
    await forget_jobs(till)
    await till.operator.settle(refund)
    till.clock.advance(timedelta(minutes=2))
    await reconcile(till)
    await till.run()
    assert await till.state(key) is PaymentState.REFUNDED


async def test_a_look_that_is_delivered_twice_looks_once(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    asked = till.operator.script.asked(Call.LOOKUP)
    await till.payments._attempts.look(attempt.id, attempt.looks)
    await till.payments._attempts.look(attempt.id, attempt.looks)
    assert (await till.attempt(key)).looks == attempt.looks + 1
    assert till.operator.script.asked(Call.LOOKUP) == asked + 1


async def test_money_of_an_order_whose_plugin_is_gone_is_held_until_it_comes_back(till: Till) -> None:
    key = await till.buy()
    await till.run()
    shop = till.payments.orders._types.pop("shop_order")
    await till.operator.settle((await till.attempt(key)).id)
    await till.settle(3)
    attempt = await till.attempt(key)
    assert (attempt.captured, attempt.escalated) == (True, "no_order_type")
    assert await till.balances(key) == {"operator:fake": 500, "held": -500}
    assert await till.faults() == []
    await reconcile(till)
    assert (await till.attempt(key)).escalated == "no_order_type"
    till.payments.orders.add(shop)
    await reconcile(till)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert (await till.attempt(key)).escalated is None
    assert await till.balances(key) == {"operator:fake": 500, "revenue:shop_order": -500}


class Echoing(FakeGateway):
    """A gateway that names one transaction for everything."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Tell of the same success."""
        return Observation(
            state=State.SUCCEEDED, amount=Money(inquiry.amount.amount, "XOF"), operator_reference=self.transaction
        )

    transaction = f"tx-{uuid4()}"


async def test_one_transaction_of_the_operator_pays_once(make_till: MakeTill) -> None:
    till = make_till()
    till.gateway = Echoing(till.operator)
    till.payments.gateways._offers["fake"] = GatewayOffer(slug="fake", title="Echo", gateway=till.gateway)
    first, second = await till.buy(), await till.buy()
    await till.settle(4)
    states = sorted([await till.state(first), await till.state(second)])
    assert states == [PaymentState.PENDING, PaymentState.SUCCEEDED]
    stuck = first if await till.state(first) is PaymentState.PENDING else second
    assert (await till.attempt(stuck)).escalated == "transaction_of_another"


class Breaking(FakeGateway):
    """A gateway that raises, with a secret in its text."""

    async def collect(self, collection: Collection) -> Submission:
        """Raise."""
        await super().collect(collection)
        raise RuntimeError("key-very-secret")

    async def refund(self, order: RefundOrder) -> Submission:
        """Raise."""
        raise RuntimeError("key-very-secret")


async def test_a_gateway_that_raises_is_unknown_and_its_text_is_in_no_log(
    make_till: MakeTill, caplog: pytest.LogCaptureFixture
) -> None:
    till = make_till()
    till.payments.gateways._offers["fake"] = GatewayOffer(slug="fake", title="Broken", gateway=Breaking(till.operator))
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    assert attempt.state is AttemptState.UNKNOWN
    await till.operator.settle(attempt.id)
    await till.settle(3)
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert "very-secret" not in caplog.text
    assert "broke its promise" in caplog.text


async def test_an_unknown_refund_is_settled_by_staff(make_till: MakeTill) -> None:
    till = make_till()
    till.payments.gateways._offers["fake"] = GatewayOffer(slug="fake", title="Broken", gateway=Breaking(till.operator))
    key = await till.buy()
    await till.run()
    await till.operator.settle((await till.attempt(key)).id)
    await till.settle(3)

    async def settle_by_hand(how: str, refund: UUID) -> None:
        async with till.works.everywhere(SYSTEM) as work:
            await getattr(till.payments.refunds, how)(work, refund, None)
            await work.commit()

    first = await till.give_back(key, 200)
    await till.run()
    assert (await till.refunds(key))[0].state is RefundState.UNKNOWN
    await settle_by_hand("mark_failed", first)
    assert (await till.refunds(key))[0].state is RefundState.FAILED
    second = await till.give_back(key, 500)
    await till.run()
    await settle_by_hand("mark_paid", second)
    assert await till.state(key) is PaymentState.REFUNDED
    assert await till.balances(key) == {}


class Generous:
    """An order type that delivers whenever it is asked to."""

    name = "generous"

    def __init__(self) -> None:
        self.delivered = 0

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Always."""
        return True

    async def honour(self, work: Work, payment: Payment) -> bool:
        """Deliver."""
        self.delivered += 1
        return True

    async def release(self, work: Work, payment: Payment) -> None:
        """Nothing is held."""

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:
        """Nothing is taken back."""


async def test_an_order_is_delivered_once_whatever_its_owner_would_do(till: Till) -> None:
    orders = Generous()
    till.payments.orders.add(orders)
    async with till.works.everywhere(SYSTEM) as work:
        order = PaymentOrder(
            account=None,
            order_type="generous",
            order="1",
            amount=Money(Decimal(700), "XOF"),
            gateway="fake",
            description="x",
            payer="+2290197000000",
        )
        key = (await till.payments.begin(work, order)).id
        await work.commit()
    await till.run()
    first = await till.attempt(key)
    await till.pass_time(till.capabilities.window + timedelta(minutes=1))
    await till.shop.retry(SYSTEM, key, None, None)
    await till.run()
    for attempt in (await till.attempt(key), first):
        await till.operator.settle(attempt.id)
    await till.settle(5)
    assert orders.delivered == 1
    assert await till.balances(key) == {"operator:fake": 700, "revenue:generous": -700}
    assert [refund.state for refund in await till.refunds(key)] == [RefundState.DONE]


@pytest.mark.parametrize("said", [State.FAILED, State.CANCELLED, State.EXPIRED])
async def test_a_cancelled_payment_stays_cancelled_when_its_prompt_ends(till: Till, said: State) -> None:
    key = await till.buy()
    await till.run()
    await till.shop.cancel(SYSTEM, key)
    await till.operator.end((await till.attempt(key)).id, said, Reason.TIMEOUT)
    await till.settle(3)
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.CANCELLED, None)
    assert not (await till.attempt(key)).state.open


async def test_many_looks_at_once_take_the_money_once(till: Till) -> None:
    key = await till.buy()
    await till.run()
    attempt = await till.attempt(key)
    await till.operator.settle(attempt.id)
    await asyncio.gather(*(till.payments._attempts.look(attempt.id, None) for _ in range(8)))
    assert await till.state(key) is PaymentState.SUCCEEDED
    assert (await till.order(key))["delivered"] == 1
    assert await till.refunds(key) == []
    assert await till.balances(key) == {"operator:fake": 500, "revenue:shop_order": -500}
