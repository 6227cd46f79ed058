"""Refunds that an operator wants prepared: the handles are kept before money is sent, and it is sent by them alone."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from core.access.principal import SYSTEM
from core.payments.entities import PaymentState, Refund, RefundState
from core.payments.gateway import Capabilities, GatewayOffer, Outcome, Reason, RefundOrder, Submission
from core.payments.gateways import Gateways
from core.testkit.gateways import Answer, Call, FakeGateway, FakeOperator
from core.testkit.gateways.fake_operator import PREPARED, PROMPT
from tests.payments.arrange import Till, quick
from tests.payments.conftest import MakeTill
from tests.payments.test_refunds import paid

LEASE = timedelta(minutes=5)
"""Longer than any call."""


class Killed(BaseException):
    """The process is gone."""


class Dying(FakeGateway):
    """A gateway whose process dies when it has been at a call: "prepared", before "sending" or when it has "sent"."""

    dies = ""

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        """Prepare, and perhaps die."""
        made = await super().prepare_refund(order)
        self._die("prepared")
        return made

    async def refund(self, order: RefundOrder) -> Submission:
        """Die before, or send and perhaps die."""
        self._die("sending")
        sent = await super().refund(order)
        self._die("sent")
        return sent

    def _die(self, at: str) -> None:
        if self.dies == at:
            self.dies = ""
            raise Killed


@pytest.fixture
def till(make_till: MakeTill) -> Till:
    """A shop whose operator wants refunds prepared."""
    return make_till(PREPARED)


async def only(till: Till, key: UUID) -> Refund:
    """The one refund of a payment."""
    (refund,) = await till.refunds(key)
    return refund


def prepared(till: Till) -> int:
    """How often the operator was asked to prepare a refund."""
    return till.operator.script.asked(Call.PREPARE)


def sent(till: Till) -> int:
    """How often the operator was asked to send one."""
    return till.operator.script.asked(Call.REFUND)


async def test_what_is_prepared_is_kept_before_it_is_sent(make_till: MakeTill) -> None:
    """With time enough left to send it, however long the preparation took."""

    class Watching(FakeGateway):
        async def prepare_refund(self, order: RefundOrder) -> Submission:
            till.clock.advance(self.capabilities.deadline)
            return await super().prepare_refund(order)

        async def refund(self, order: RefundOrder) -> Submission:
            seen.append((order.prepared, await only(till, key)))
            return await super().refund(order)

    seen: list[tuple[object, Refund]] = []
    operator = FakeOperator(PREPARED)
    till = make_till(PREPARED, gateway=Watching(operator))
    till.operator = operator
    key = await paid(till)
    refund = await till.give_back(key, 500)
    await till.settle(3)
    ((given, kept),) = seen
    assert (kept.state, kept.handles) == (RefundState.SENDING, given)
    assert given
    assert kept.lease_ends_at is not None
    assert kept.lease_ends_at > till.clock.now() + till.capabilities.deadline
    assert (prepared(till), sent(till), operator.credits(refund)) == (1, 1, 1)
    assert await till.state(key) is PaymentState.REFUNDED


@pytest.mark.parametrize(("dies", "preparations", "commands"), [("prepared", 2, 1), ("sending", 1, 1), ("sent", 1, 1)])
async def test_a_process_that_dies_leaves_nothing_unknown(
    make_till: MakeTill, dies: str, preparations: int, commands: int
) -> None:
    """Before its handles are kept a refund is prepared again; afterwards it is read, and sent by the same ones where
    the operator knows nothing of it."""
    operator = FakeOperator(PREPARED)
    gateway = Dying(operator)
    till = make_till(PREPARED, gateway=gateway)
    till.operator = operator
    key = await paid(till)
    refund = await till.give_back(key, 500)
    gateway.dies = dies
    with pytest.raises(Killed):
        await till.run()
    left = await only(till, key)
    assert (left.state, bool(left.handles)) == (RefundState.SENDING, dies != "prepared")
    await till.run()
    assert (prepared(till), sent(till)) == (1, int(dies == "sent")), "somebody is at it until the lease ends"
    await till.pass_time(LEASE)
    await till.settle(6)
    assert (await only(till, key)).state is RefundState.DONE
    assert (prepared(till), sent(till), operator.credits(refund)) == (preparations, commands, 1)


async def test_a_machine_that_fails_is_sent_the_same_preparation_again(till: Till) -> None:
    key = await paid(till)
    refund = await till.give_back(key, 500)
    respond = till.operator.respond
    failures = [Call.REFUND, Call.REFUND]

    async def stumbling(request: object) -> Answer:
        if failures and getattr(request, "call", None) is failures[0]:
            failures.pop()
            return Answer(status=500)
        return await respond(request)  # type: ignore[arg-type]

    till.operator.respond = stumbling  # type: ignore[method-assign]
    await till.settle(10)
    assert (await only(till, key)).state is RefundState.DONE
    assert (prepared(till), sent(till), till.operator.credits(refund)) == (1, 3, 1)


async def test_a_lost_answer_is_looked_up_by_the_preparation(till: Till) -> None:
    key = await paid(till)
    till.operator.script.lose_next_answer(Call.REFUND)
    refund = await till.give_back(key, 500)
    await till.run()
    assert (await only(till, key)).state is RefundState.UNKNOWN
    await till.settle(5)
    assert (prepared(till), sent(till), till.operator.credits(refund)) == (1, 1, 1)
    assert await till.state(key) is PaymentState.REFUNDED


async def test_a_look_without_an_answer_sends_nothing_again(make_till: MakeTill) -> None:
    """Only where the operator says that it does not know a refund is it sent again."""
    till = make_till(quick(PREPARED))
    key = await paid(till)
    till.operator.script.lose_next_answer(Call.REFUND)
    till.operator.script.answer_with(Answer(status=500), Call.LOOKUP)
    refund = await till.give_back(key, 500)
    await till.settle(6)
    assert (await only(till, key)).state is RefundState.UNKNOWN
    assert (prepared(till), sent(till)) == (1, 1)
    till.operator.script.answer_normally()
    await till.settle(3)
    assert (await only(till, key)).state is RefundState.DONE
    assert till.operator.credits(refund) == 1


async def test_of_two_who_prepare_one_sends(till: Till) -> None:
    """The first one is slow, and his lease ends: whose handles are kept sends, the other one stops."""
    key = await paid(till)
    refund = await till.give_back(key, 500)
    sending = till.area.callbacks._refunds
    first = await sending._claim(refund)
    till.clock.advance(LEASE)
    second = await sending._claim(refund)
    assert first is not None
    assert second is not None
    orders = await asyncio.gather(sending._prepare(*first), sending._prepare(*second))
    (going,) = [order for order in orders if order is not None]
    assert (await only(till, key)).handles == going.prepared
    await till.gateway.refund(going)
    await till.pass_time(LEASE)
    await till.settle(4)
    assert (await only(till, key)).state is RefundState.DONE
    assert (prepared(till), sent(till), till.operator.credits(refund)) == (2, 1, 1)


async def test_who_prepares_a_refund_that_has_ended_meanwhile_sends_nothing(till: Till) -> None:
    key = await paid(till)
    refund = await till.give_back(key, 500)
    sending = till.area.callbacks._refunds
    slow = await sending._claim(refund)
    assert slow is not None
    till.clock.advance(LEASE)
    till.operator.reject_next(Reason.LIMIT_REACHED)
    await sending.send(refund)
    assert (await only(till, key)).state is RefundState.FAILED
    assert await sending._prepare(*slow) is None
    ended = await only(till, key)
    assert (ended.state, ended.handles) == (RefundState.FAILED, {})
    assert (prepared(till), sent(till)) == (2, 0)


async def test_two_who_send_the_same_preparation_are_one_credit(till: Till) -> None:
    """A process stops for longer than its lease between keeping the handles and sending; it wakes up after another."""
    key = await paid(till)
    refund = await till.give_back(key, 500)
    sending = till.area.callbacks._refunds
    claimed = await sending._claim(refund)
    assert claimed is not None
    order = await sending._prepare(*claimed)
    assert order is not None
    await till.pass_time(LEASE)
    await till.settle(6)
    assert (await only(till, key)).state is RefundState.DONE
    late = await till.gateway.refund(order)
    assert late.outcome is Outcome.ACCEPTED
    assert (prepared(till), sent(till), till.operator.credits(refund)) == (1, 2, 1)


async def test_a_preparation_that_is_refused_fails_the_refund(till: Till) -> None:
    key = await paid(till)
    till.operator.reject_next(Reason.LIMIT_REACHED)
    refund = await till.give_back(key, 500)
    await till.settle(3)
    failed = await only(till, key)
    assert (failed.state, failed.reason) == (RefundState.FAILED, Reason.LIMIT_REACHED)
    assert (prepared(till), sent(till), till.operator.credits(refund)) == (1, 0, 0)
    again = await till.give_back(key, 500)
    await till.settle(3)
    assert till.operator.credits(again) == 1


async def test_a_preparation_without_an_answer_is_tried_again(make_till: MakeTill) -> None:
    """By the polls, for as long as it takes; people hear of it after a day, and it goes on by itself."""
    till = make_till(quick(PREPARED))
    key = await paid(till)
    till.operator.script.go_down()
    refund = await till.give_back(key, 500)
    await till.run()
    waiting = await only(till, key)
    assert (waiting.state, waiting.handles, waiting.looks) == (RefundState.APPROVED, {}, 1)
    assert waiting.next_look_at == till.clock.now() + till.capabilities.polls[0]
    await till.settle(6)
    waiting = await only(till, key)
    assert waiting.state is RefundState.APPROVED
    assert 4 < waiting.looks < 8, "every failure asks for one more try, and for no more"
    assert waiting.escalated is None
    await till.pass_time(timedelta(days=2))
    waiting = await only(till, key)
    assert (waiting.state, waiting.escalated) == (RefundState.APPROVED, "long_open")
    till.operator.script.answer_normally()
    await till.settle(4)
    ended = await only(till, key)
    assert (ended.state, ended.escalated) == (RefundState.DONE, None)
    assert (sent(till), till.operator.credits(refund)) == (1, 1)


async def test_a_refund_that_the_operator_never_knows_is_shown_to_people(make_till: MakeTill) -> None:
    """It is sent again and again by one preparation, which has ended by itself."""
    till = make_till(PREPARED)
    key = await paid(till)
    refund = await till.give_back(key, 500)
    respond = till.operator.respond

    async def failing(request: object) -> Answer:
        if getattr(request, "call", None) is Call.REFUND:
            return Answer(status=500)
        return await respond(request)  # type: ignore[arg-type]

    till.operator.respond = failing  # type: ignore[method-assign]
    await till.settle(6)
    assert (await only(till, key)).escalated is None
    till.clock.advance(timedelta(days=2))
    await till.settle(4)
    assert (await only(till, key)).escalated == "long_open"
    assert (prepared(till), till.operator.credits(refund)) == (1, 0)


async def test_an_unknown_refund_without_handles_is_never_prepared_again(till: Till) -> None:
    """It was sent by who kept none: it may have been executed."""
    key = await paid(till)
    refund = await till.give_back(key, 500)
    async with till.works.everywhere(SYSTEM) as work:
        await work.connection.execute("update refund set state = 'unknown', sent_at = now() where id = $1", refund)
        await work.commit()
    await till.area.callbacks._refunds.look(refund, 0)
    await till.settle(6)
    assert (await only(till, key)).state is RefundState.UNKNOWN
    assert (prepared(till), sent(till)) == (0, 0)


class PreparesNothing:
    """A gateway without `prepare_refund`."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities


def test_who_says_that_he_prepares_has_the_method() -> None:
    unable = GatewayOffer(slug="unable", title="Unable", gateway=PreparesNothing(PREPARED))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='"unable" says that it prepares refunds, and has no prepare_refund'):
        Gateways().add(unable)
    gateways = Gateways()
    gateways.add(
        GatewayOffer(slug="able", title="Able", gateway=FakeGateway(FakeOperator(PREPARED))),
        GatewayOffer(slug="plain", title="Plain", gateway=PreparesNothing(PROMPT)),  # type: ignore[arg-type]
    )
    assert list(gateways.slugs) == ["able", "plain"]


class Careless(FakeGateway):
    """A gateway whose preparation raises, or never ends."""

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        """Raise, or wait for ever."""
        if order.description == "raise":
            raise RuntimeError("no token")
        await asyncio.sleep(3600)
        return await super().prepare_refund(order)


@pytest.mark.parametrize("description", ["raise", "hang"])
async def test_a_careless_preparation_is_unknown(till: Till, description: str) -> None:
    key = await paid(till)
    refund = await till.give_back(key, 500)
    claimed = await till.area.callbacks._refunds._claim(refund)
    assert claimed is not None
    gateways = Gateways()
    offered = msgspec.structs.replace(PREPARED, deadline=timedelta(seconds=-1.5))
    gateways.add(GatewayOffer(slug="fake", title="Fake", gateway=Careless(till.operator, capabilities=offered)))
    said = await gateways.prepare_refund("fake", msgspec.structs.replace(claimed[1], description=description))
    assert (said.outcome, said.code) == (Outcome.UNKNOWN, "no_answer")
