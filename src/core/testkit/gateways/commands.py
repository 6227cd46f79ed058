"""Checks of commands: what is asked of the operator, how often, and what is known when its answer does not come."""

import asyncio
import re
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from core.payments.gateway import CallbackTrust, Flow, Outcome, RefundMode, State, Submission
from core.primitives.money import Money, decimals_of
from core.testkit.gateways.applying import Checks, where
from core.testkit.gateways.driving import Drive, opened
from core.testkit.gateways.far_end import COMMANDS, Answer, Call

NEVER = 3600.0
CURRENCY = re.compile(r"[A-Z]{3}")
DESCRIPTION = "Entrée d'Éloïse & “Noël” <b>à l'œuvre</b> ; 50 % \\ 'x' "
PARALLEL = 20


class CommandChecks(Checks):
    """What every gateway does with the commands that it is given."""

    async def test_capabilities_are_consistent(self) -> None:
        """The capabilities are those that the suite says, and agree with each other."""
        async with opened(self.peer) as drive:
            offered = drive.capabilities
            said = msgspec.structs.replace(self.offers, deadline=offered.deadline)
            assert offered == said, "the gateway offers something else than its suite says"
            assert offered.currencies, "there is no currency"
            assert all(CURRENCY.fullmatch(each) for each in offered.currencies), "a currency is three capital letters"
            assert offered.minimum > 0, "nothing can be collected below one unit"
            for currency in offered.currencies:
                assert Money(offered.minimum, currency).payable, f"the minimum cannot be paid in {currency}"
            assert offered.maximum is None or offered.minimum <= offered.maximum, "the minimum is above the maximum"
            by_token = offered.callback is CallbackTrust.TOKEN
            assert by_token == bool(offered.callback_token), "trust by token names the handle, other trust names none"
            assert offered.refunds is RefundMode.AUTOMATIC or not offered.prepares_refunds, (
                "refunds are prepared that staff send"
            )
            assert offered.flow is Flow.REDIRECT or offered.needs_payer, "nobody can be prompted without a number"
            assert timedelta(0) < offered.deadline < offered.window, "a call ends before the payer's time does"
            assert offered.polls, "there is no time at which the status is read"
            assert all(each > timedelta(0) for each in offered.polls), "a poll waits some time"

    async def test_a_collection_is_asked_once(self) -> None:
        """A collection is one request, one transaction of the operator, and pending; where later calls or callbacks
        need handles, they come with its answer."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await _one_debit(drive, collection.operation)
            seen = await drive.look(collection, submission)
            assert seen.state is State.PENDING, f"nobody has paid, and the gateway says {seen!r}"
            if drive.capabilities.answer_needed:
                assert submission.handles, "later calls need the answer, and no handle comes of it"
            if drive.capabilities.callback is CallbackTrust.TOKEN:
                token = drive.capabilities.callback_token
                assert submission.handles.get(token), f"callbacks are trusted by {token!r}, which does not come"

    @where(lambda suite: suite.offers.resend)
    async def test_the_same_operation_twice_is_one_debit(self) -> None:
        """An operation that is sent again under its id is the same operation: one debit, and never `rejected`, which
        would say that there is none."""
        async with opened(self.peer) as drive:
            collection, first = await drive.asked()
            second = await drive.collect(collection)
            assert second.outcome is not Outcome.REJECTED, "the repeat is rejected, though the operator has the first"
            debits = await drive.peer.debits(collection.operation)
            assert debits == 1, f"after the repeat the operator holds {debits} transactions of the operation"
            handles = {**first.handles, **second.handles}
            seen = await drive.look(collection, Submission(outcome=first.outcome, handles=handles))
            assert seen.state is State.PENDING, f"after the repeat the gateway says {seen!r}"

    async def test_the_gateway_sends_nothing_again_by_itself(self) -> None:
        """An answer that is cut off is `unknown`, and the command was sent once: whether to send again is the kernel's
        decision alone."""
        async with opened(self.peer) as drive:
            drive.script.lose_next_answer(Call.COLLECT)
            collection = drive.collection()
            submission = await drive.collect(collection)
            assert submission.outcome is Outcome.UNKNOWN, f"a cut connection is {submission.outcome}"
            await _one_debit(drive, collection.operation)

    @where(lambda suite: not suite.offers.answer_needed)
    async def test_what_was_lost_is_found_again(self) -> None:
        """An operation whose answer was lost is found by our own reference alone."""
        async with opened(self.peer) as drive:
            drive.script.lose_next_answer(Call.COLLECT)
            collection = drive.collection()
            lost = await drive.collect(collection)
            await drive.peer.settle(collection.operation)
            seen = await drive.look(collection, lost)
            assert seen.state is State.SUCCEEDED, f"the lost operation was paid, and the gateway says {seen!r}"

    async def test_an_answer_that_never_comes_is_unknown(self) -> None:
        """A silent operator: collection and status read end within the deadline and a second, and are `unknown`; the
        command was sent once. A probe says that it does not answer."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            drive.script.answer_with(Answer(delay=NEVER), Call.COLLECT, Call.LOOKUP, Call.PROBE)
            silent = drive.collection()
            answers = await asyncio.gather(
                drive.collect(silent), drive.look(collection, submission), drive.timed("probe", drive.gateway.probe())
            )
            assert answers[0].outcome is Outcome.UNKNOWN, f"a collection without an answer is {answers[0].outcome}"
            assert answers[1].state is State.UNKNOWN, f"a status read without an answer is {answers[1].state}"
            if drive.script.asked(Call.PROBE):
                assert not answers[2].ok, "the probe is content with an operator that does not answer"
            assert drive.script.asked(Call.COLLECT) == len({collection.operation, silent.operation}), "sent again"

    async def test_an_operator_that_is_down_is_never_a_failure(self) -> None:
        """Connections that are cut at once decide nothing: a collection is `unknown` (or `rejected`, where no token
        could be fetched to send it), a status read is `unknown`."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            drive.script.go_down()
            answer = await drive.collect(drive.collection())
            honest = {Outcome.UNKNOWN, Outcome.REJECTED} if self.tokens else {Outcome.UNKNOWN}
            assert answer.outcome in honest, f"a cut connection is {answer.outcome}"
            seen = await drive.look(collection, submission)
            assert seen.state is State.UNKNOWN, f"a status read of an operator that is down is {seen.state}"

    async def test_an_operation_that_was_never_sent_is_not_found(self) -> None:
        """What the operator does not know is `unknown` and not found: it may still arrive."""
        async with opened(self.peer) as drive:
            seen = await drive.look(drive.collection(), Submission(outcome=Outcome.UNKNOWN))
            assert seen.state is State.UNKNOWN, f"an operation that was never sent is {seen.state}"
            assert not seen.found or drive.capabilities.answer_needed, "an operation that was never sent is found"

    async def test_parallel_operations_stay_apart(self) -> None:
        """Collections at the same time: one debit each, and only what was paid is paid."""
        async with opened(self.peer) as drive:
            collections = [drive.collection() for _ in range(PARALLEL)]
            submissions = await asyncio.gather(*(drive.collect(each) for each in collections))
            paid = collections[::2]
            for each in paid:
                await drive.peer.settle(each.operation)
            looks = (drive.look(*pair) for pair in zip(collections, submissions, strict=True))
            for collection, seen in zip(collections, await asyncio.gather(*looks), strict=True):
                wanted = State.SUCCEEDED if collection in paid else State.PENDING
                assert seen.state is wanted, f"of operations at the same time one is {seen.state} instead of {wanted}"
                assert await drive.peer.debits(collection.operation) == 1, "operations at the same time are mixed up"

    async def test_another_process_can_look_up(self) -> None:
        """A gateway keeps nothing of a payment: another one of the same settings reads its status by the handles."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await drive.peer.settle(collection.operation)
            other = drive.peer.another()
            try:
                seen = await drive.look(collection, submission, other)
            finally:
                await other.close()
            assert seen.state is State.SUCCEEDED, f"another process does not see the payment: {seen!r}"

    async def test_amounts_have_the_currencys_form(self) -> None:
        """An amount is written in digits, with no more decimals than its currency has, and never as "1E+4"."""
        async with opened(self.peer) as drive:
            for amount in _amounts(drive):
                collection = drive.collection(amount)
                await drive.collect(collection)
                text = await drive.peer.amount_received(collection.operation)
                form = r"\d+" if decimals_of(amount.currency) == 0 else r"\d+(\.\d{1,2})?"
                assert re.fullmatch(form, text), f"{amount} is written {text!r}"
                assert Decimal(text) == amount.amount, f"{amount} is written {text!r}"

    async def test_descriptions_survive(self) -> None:
        """Accents, quotes, `<&>` and 500 characters: the collection is made, and what the operator is told is how the
        description begins."""
        async with opened(self.peer) as drive:
            for description in (DESCRIPTION, (DESCRIPTION * 10)[:500], "é" * 500, ""):
                collection = drive.collection(description=description)
                submission = await drive.collect(collection)
                assert submission.outcome in (Outcome.ACCEPTED, Outcome.ACTION_REQUIRED), (
                    f"a description is in the way: {submission!r}"
                )
                arrived = await drive.peer.description_received(collection.operation)
                if arrived is not None:
                    assert bool(arrived) >= bool(description.strip()), "the description is gone"
                    assert description.startswith(arrived), f"{description!r} arrives as {arrived!r}"

    async def test_a_probe_tells(self) -> None:
        """A probe is content with an operator that answers, not with refused credentials, and moves nothing."""
        async with opened(self.peer) as drive:
            good = await drive.timed("probe", drive.gateway.probe())
            assert good.ok, f"the probe is not content with a good operator: {good.detail}"
            assert not drive.script.asked(*COMMANDS), "a probe sends a command"
            await drive.peer.revoke_credentials()
            other = drive.peer.another()
            try:
                refused = await drive.timed("probe", other.probe())
            finally:
                await other.close()
            assert not refused.ok, "the probe is content with refused credentials"
            assert refused.detail, "the probe does not say what is wrong"
            assert not drive.script.asked(*COMMANDS), "a probe sends a command"

    async def test_closing_twice_is_closing(self) -> None:
        """A gateway can be closed before it was used, and again."""
        async with opened(self.peer) as drive:
            unused = drive.peer.another()
            await unused.close()
            await unused.close()
            await drive.asked()
            await drive.gateway.close()


async def _one_debit(drive: Drive, operation: UUID) -> None:
    assert drive.script.asked(Call.COLLECT) == 1, f"the command was sent {drive.script.asked(Call.COLLECT)} times"
    debits = await drive.peer.debits(operation)
    assert debits == 1, f"the operator holds {debits} transactions of one operation"


def _amounts(drive: Drive) -> list[Money]:
    offered = drive.capabilities
    found = []
    for currency in sorted(offered.currencies):
        wanted = [offered.minimum, Decimal(1000), Decimal("1E+4"), Decimal("2.500E+3")]
        if decimals_of(currency):
            wanted += [Decimal("12.50"), Decimal("1234.05")]
        for amount in wanted:
            if offered.minimum <= amount and (offered.maximum is None or amount <= offered.maximum):
                found.append(Money(amount, currency))
    return found
