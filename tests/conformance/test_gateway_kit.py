"""The conformance suite of gateways: the fake gateway passes it, and gateways that do something wrong do not."""

from decimal import Decimal

import msgspec
import pytest

from core.payments.gateway import (
    CallbackReading,
    CallbackTrust,
    Capabilities,
    Outcome,
    Reason,
    State,
)
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.gateways import FakeGateway, check_gateway
from core.testkit.gateways.applying import named_checks
from core.testkit.gateways.callbacks import heard
from core.testkit.gateways.driving import Drive
from core.testkit.gateways.fake_operator import BARE, PAGE, PREPARED, PROMPT
from tests.conformance.gateway_fakes import FakePeer, suite_of
from tests.conformance.wrong_gateways import WRONG, HidesTheWord


class TestPrompt(suite_of(PROMPT)):
    """A prompt on the phone, repeats refused, signed callbacks, automatic refunds."""


class TestPage(suite_of(PAGE)):
    """A page, a handle that callbacks must equal, no amounts, refunds by staff."""


class TestBare(suite_of(BARE)):
    """A prompt on the phone, nothing enforced, nothing proved."""


class TestPrepared(suite_of(PREPARED)):
    """Nothing enforced but that a refund's preparation serves once."""


@pytest.mark.parametrize(
    ("capabilities", "gateway", "check"), WRONG, ids=[f"{gateway.__name__}-{check}" for _, gateway, check in WRONG]
)
async def test_the_kit_rejects(capabilities: Capabilities, gateway: type[FakeGateway], check: str) -> None:
    suite = suite_of(capabilities, gateway)()
    with pytest.raises(AssertionError) as rejected:
        await getattr(suite, f"test_{check}")()
    assert str(rejected.value), "the check does not say why"


def test_only_checks_that_apply_are_collected() -> None:
    prompt, page, bare, prepared = (named_checks(suite_of(each)) for each in (PROMPT, PAGE, BARE, PREPARED))
    assert "test_the_same_operation_twice_is_one_debit" in prompt
    assert "test_the_same_operation_twice_is_one_debit" not in bare
    assert "test_no_amount_is_made_up" in page
    assert "test_no_amount_is_made_up" not in prompt
    assert not [name for name in page if "refund" in name]
    assert set(prepared) - set(bare) == {
        "test_preparing_a_refund_moves_nothing",
        "test_one_preparation_is_one_credit",
        "test_an_interrupted_refund_is_found_again",
        "test_a_preparation_without_an_answer_is_unknown",
    }
    assert all(prepared.values())
    assert all(prompt.values()), "a check has no docstring that says its rule"

    class Static(suite_of(PROMPT)):
        tokens = False
        calls_back = False

    static = named_checks(Static)
    assert "test_no_token_is_fetched" in static
    assert not [name for name in static if "callback" in name and "junk" not in name]

    class Fetching(Static):
        tokens = True

    assert "test_expired_tokens_are_refreshed_once" in named_checks(Fetching)


async def test_the_runner_names_what_does_not_hold() -> None:
    verdicts = {each.name: each for each in await check_gateway(suite_of(PROMPT, HidesTheWord))}
    assert len(verdicts) == len(named_checks(suite_of(PROMPT)))
    faults = {name: each.fault for name, each in verdicts.items() if not each.holds}
    assert set(faults) == {"what the operator says is kept raw"}
    assert "SOMETHING_NEW" in faults["what the operator says is kept raw"]
    assert verdicts["late money is seen"].rule.startswith("A collection that had ended without money")


async def test_a_peer_that_breaks_is_named_and_ends_nothing() -> None:
    class Broken(suite_of(PROMPT)):
        async def test_descriptions_survive(self) -> None:
            """Something else is wrong."""
            raise LookupError("no operator at hand")

    verdicts = {each.name: each for each in await check_gateway(Broken)}
    assert "no operator at hand" in verdicts["descriptions survive"].fault
    assert sum(not each.holds for each in verdicts.values()) == 1


def test_what_is_heard() -> None:
    handles = {"notify": "n-1"}
    signed, by_token, none = (msgspec.structs.replace(PAGE, callback=trust) for trust in CallbackTrust)
    assert heard(signed, CallbackReading(authentic=True), {})
    assert not heard(signed, CallbackReading(token=Secret("n-1")), handles)
    assert heard(by_token, CallbackReading(token=Secret("n-1")), handles)
    assert not heard(by_token, CallbackReading(token=Secret("n-2"), authentic=True), handles)
    assert not heard(by_token, CallbackReading(token=Secret("")), {"notify": ""})
    assert not heard(by_token, CallbackReading(), handles)
    assert heard(none, CallbackReading(), {})


async def test_the_fake_does_what_a_test_says() -> None:
    """What tests of the kernel use: rejections, ends, wrong amounts, refunds that wait."""
    peer = FakePeer(PROMPT)
    drive = Drive(peer)
    peer.operator.reject_next(Reason.LIMIT_REACHED)
    refused = await drive.collect(drive.collection())
    assert (refused.outcome, refused.reason) == (Outcome.REJECTED, Reason.LIMIT_REACHED)
    assert not peer.operator.transactions
    collection, submission, seen = await drive.captured()
    peer.operator.refunds_pending = True
    order = drive.order(collection, submission, seen, Money(Decimal(400), "XOF"))
    sent = await drive.refund(order)
    assert (await drive.look_at_refund(order, sent)).state is State.PENDING
    await peer.operator.settle(order.operation)
    assert (await drive.look_at_refund(order, sent)).state is State.SUCCEEDED
    rest = drive.order(collection, submission, seen, Money(Decimal(601), "XOF"))
    assert (await drive.refund(rest)).outcome is Outcome.REJECTED
