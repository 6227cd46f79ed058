"""Any sequence of commands, callbacks, polls and crashes keeps the invariants."""

import asyncio
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db.database import Database
from core.access.principal import SYSTEM
from core.payments.entities import AttemptState, PaymentState, RefundCause, RefundState
from core.payments.gateway import Capabilities, Collection, Reason, RefundOrder, State, Submission
from core.primitives.errors import DomainError
from core.primitives.money import Money
from core.testkit.clock import FakeClock
from core.testkit.gateways import FakeGateway, FakeOperator
from core.testkit.gateways.fake_operator import BARE, PAGE, PREPARED, PROMPT
from core.testkit.gateways.far_end import Call
from tests.cluster import DatabaseUrls
from tests.payments.arrange import Till

pytestmark = pytest.mark.proof

EXAMPLES = 400 if os.environ.get("SOCLE_PROOF") else 40
ACTIONS = [
    *("buy", "buy", "pay", "pay", "pay", "decline", "say_expired"),
    *("lose_collect", "lose_refund", "lose_preparation", "lose_lookup", "down", "up", "crash_before", "crash_after"),
    *("run", "run", "run", "run", "run", "redeliver", "callback", "callback", "forged"),
    *("cancel", "retry", "refund", "refund", "refund_part", "refuse_next", "minute", "window"),
]


class Crash(BaseException):
    """The process is gone."""


class CrashingGateway(FakeGateway):
    """A gateway whose process dies before or after a command was carried out, where it is told to."""

    crash = ""

    async def collect(self, collection: Collection) -> Submission:
        """Ask for money, or die."""
        return await self._dying(super().collect(collection))

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        """Prepare a refund, or die."""
        return await self._dying(super().prepare_refund(order))

    async def refund(self, order: RefundOrder) -> Submission:
        """Send money back, or die."""
        return await self._dying(super().refund(order))

    async def _dying(self, command: Any) -> Submission:
        crash, self.crash = self.crash, ""
        if crash == "before":
            command.close()
            raise Crash
        answer: Submission = await command
        if crash == "after":
            raise Crash
        return answer


class Story:
    """One sequence of events around a shop's last units, chosen by chance."""

    def __init__(self, database: Database, capabilities: Capabilities, chance: random.Random) -> None:
        self.operator = FakeOperator(capabilities)
        self.gateway = CrashingGateway(self.operator)
        self.till = Till(database, self.operator, FakeClock(), gateway=self.gateway)
        self.chance = chance
        self.payments: list[Any] = []
        self.item: Any = None

    async def begin(self) -> None:
        """Put three units on the shelf."""
        async with self.till.works.everywhere(SYSTEM) as work:
            await work.connection.execute("update outbox set done_at = now() where done_at is null")
            await work.commit()
        self.item = await self.till.stock(3)

    async def act(self, action: str) -> None:
        """Let one thing happen. What the kernel refuses is refused."""
        with suppress(DomainError, Crash):
            await getattr(self, action)()

    def _any_open(self) -> Any:
        waiting = [each for each in self.operator.transactions if each.status == State.PENDING.value]
        return self.chance.choice(waiting) if waiting else None

    async def _any_payment(self) -> Any:
        return self.chance.choice(self.payments) if self.payments else None

    async def buy(self) -> None:
        payer = "+2290197000000" if self.operator.capabilities.needs_payer else ""
        key = await self.till.buy(self.item, payer=payer, commission=Decimal(50), payee="o")
        self.payments.append(key)
        await self.till.payments.action(key)

    async def pay(self) -> None:
        waiting = self._any_open()
        if waiting is not None:
            await self.operator.settle(waiting.reference)

    async def decline(self) -> None:
        waiting = self._any_open()
        if waiting is not None:
            await self.operator.end(waiting.reference, State.FAILED, Reason.DECLINED_BY_PAYER)

    async def say_expired(self) -> None:
        waiting = self._any_open()
        if waiting is not None:
            await self.operator.end(waiting.reference, State.EXPIRED, Reason.TIMEOUT)

    async def lose_collect(self) -> None:
        self.operator.script.lose_next_answer(Call.COLLECT)

    async def lose_refund(self) -> None:
        self.operator.script.lose_next_answer(Call.REFUND)

    async def lose_preparation(self) -> None:
        self.operator.script.lose_next_answer(Call.PREPARE)

    async def lose_lookup(self) -> None:
        self.operator.script.lose_next_answer(Call.LOOKUP)

    async def refuse_next(self) -> None:
        self.operator.reject_next(self.chance.choice(list(Reason)))

    async def down(self) -> None:
        self.operator.script.go_down()

    async def up(self) -> None:
        self.operator.script.answer_normally()

    async def crash_before(self) -> None:
        self.gateway.crash = "before"

    async def crash_after(self) -> None:
        self.gateway.crash = "after"

    async def run(self) -> None:
        await self.till.run()

    async def redeliver(self) -> None:
        async with self.till.works.everywhere(SYSTEM) as work:
            await work.connection.execute(
                "update outbox set done_at = null where subscriber like 'payments.%'"
                " and done_at > now() - interval '5 s' and id in (select id from outbox order by id desc limit 3)"
            )
            await work.commit()
        await self.till.run()

    async def callback(self) -> None:
        if self.operator.transactions:
            told = self.chance.choice(self.operator.transactions)
            await self.till.call_back(self.operator.callback(told.reference), str(told.reference))

    async def forged(self) -> None:
        if self.operator.transactions:
            told = self.chance.choice(self.operator.transactions)
            genuine = self.operator.callback(told.reference)
            lie = genuine.body.replace(told.status.encode(), b"succeeded")
            await self.till.call_back(self.operator.sent(lie, "nobody's key"), str(told.reference))

    async def cancel(self) -> None:
        key = await self._any_payment()
        if key is not None:
            await self.till.shop.cancel(SYSTEM, key)

    async def retry(self) -> None:
        key = await self._any_payment()
        if key is not None:
            await self.till.shop.retry(SYSTEM, key, None, None)

    async def refund(self) -> None:
        key = await self._any_payment()
        if key is not None:
            await self.till.give_back(key, 450)

    async def refund_part(self) -> None:
        key = await self._any_payment()
        if key is not None:
            async with self.till.works.everywhere(SYSTEM) as work:
                asked = await self.till.payments.refunds.request(work, key, Decimal(100), RefundCause.REQUESTED)
                decision = self.chance.choice(["approve", "reject"])
                await getattr(self.till.payments.refunds, decision)(work, asked.id, None)
                await work.commit()

    async def minute(self) -> None:
        await self.till.pass_time(timedelta(minutes=1))

    async def window(self) -> None:
        await self.till.pass_time(self.operator.capabilities.window + timedelta(minutes=1))

    async def end(self) -> None:
        """Let the operator come back, and everything that waits be looked at until nothing changes."""
        self.operator.script.answer_normally()
        self.gateway.crash = ""
        for _ in range(8):
            self.till.clock.advance(timedelta(minutes=10))
            async with self.till.works.everywhere(SYSTEM) as work:
                overdue = await self.till.payments._store.overdue(work, self.till.clock.now(), 1000)
                for attempt in overdue:
                    if attempt.payment in self.payments:
                        await self.till.payments._attempts.resume(work, attempt)
                for refund in await self.till.payments.refunds._store.overdue(work, self.till.clock.now(), 1000):
                    if refund.payment in self.payments:
                        await self.till.area.callbacks._refunds.resume(work, refund)
                await work.commit()
            await self.act("run")
            await self.act("run")

    async def check(self) -> None:
        """The invariants."""
        assert await self.till.faults() == []
        captured = back = Decimal(0)
        for key in self.payments:
            payment = await self.till.payment(key)
            order = await self.till.order(key)
            attempts = await self.till.attempts(key)
            refunds = await self.till.refunds(key)
            captured += sum(attempt.amount.amount for attempt in attempts if attempt.captured)
            back += sum(refund.amount.amount for refund in refunds if refund.state is RefundState.DONE)
            assert sum(attempt.state.open for attempt in attempts) <= 1
            assert order["delivered"] == (payment.honoured is not None)
            if payment.state is PaymentState.SUCCEEDED:
                assert order["state"] == "paid"
            for attempt in attempts:
                debits = self.operator.debits(attempt.id)
                assert debits <= 1, "an attempt was debited twice"
                if attempt.captured:
                    assert debits == 1
                if attempt.captured and attempt.id != payment.honoured:
                    assert attempt.refund_held == attempt.amount.amount
            for refund in refunds:
                assert self.operator.credits(refund.id) <= 1, "money went back twice"
                if refund.state is RefundState.DONE:
                    assert self.operator.credits(refund.id) == 1
        taken = sum((each.moved or 0) for each in self.operator.transactions if each.collection is None)
        assert captured <= taken
        assert back <= captured

    async def no_orphan(self) -> None:
        """Every debit of the operator's is known, once everything was looked at, and units are where they belong.
        Nobody can pay what has no answer: a page whose address is lost is no debit that can be known."""
        ours = {attempt.id: attempt for key in self.payments for attempt in await self.till.attempts(key)}
        for transaction in self.operator.transactions:
            if transaction.collection is not None or transaction.moved is None:
                continue
            attempt = ours[transaction.reference]
            lost = attempt.state is AttemptState.LOST
            assert attempt.captured or lost, f"{attempt} has no money and the operator has"
        if self.operator.capabilities.resend or self.operator.capabilities.prepares_refunds:
            for key in self.payments:
                states = {refund.state for refund in await self.till.refunds(key)}
                assert not states & {RefundState.SENDING, RefundState.UNKNOWN, RefundState.APPROVED}, "a refund hangs"
        left = await self.till.left(self.item)
        async with self.till.works.everywhere(SYSTEM) as work:
            held = await work.connection.fetchval(
                "select coalesce(sum(quantity), 0) from shop_order where item = $1 and state <> 'released'", self.item
            )
        assert left + held == 3


@pytest.fixture(scope="module")
def runner(shop_urls: DatabaseUrls) -> Iterator[tuple[asyncio.Runner, Database]]:
    """A loop of the examples' own, and a pool on it."""
    with asyncio.Runner() as running:
        database = Database(shop_urls.app, max_size=4, name="socle-test")
        running.run(database.open())
        yield running, database
        running.run(database.close())


@pytest.mark.parametrize("kind", ["prompt", "page", "bare", "prepared"])
def test_whatever_happens_the_books_agree(runner: tuple[asyncio.Runner, Database], kind: str) -> None:
    loop, database = runner
    capabilities = {"prompt": PROMPT, "page": PAGE, "bare": BARE, "prepared": PREPARED}[kind]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.sampled_from(ACTIONS), min_size=3, max_size=40), st.integers(0, 2**32))
    def play(actions: list[str], seed: int) -> None:
        async def tell() -> None:
            story = Story(database, capabilities, random.Random(seed))
            await story.begin()
            for action in actions:
                await story.act(action)
            await story.check()
            await story.end()
            await story.check()
            await story.no_orphan()

        loop.run(tell())

    play()


def test_money_is_exact() -> None:
    assert Money(Decimal("12.50"), "EUR").same(Money(Decimal("12.5"), "EUR"))
    assert not Money(Decimal("0.5"), "XOF").payable
    assert Money(Decimal("0.5"), "EUR").payable
    for odd in ("NaN", "Infinity", "-1", "0"):
        assert not Money(Decimal(odd), "EUR").payable
