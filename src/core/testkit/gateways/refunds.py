"""Checks of automatic refunds: what is sent back, once, and never more than had come."""

from decimal import Decimal

from core.payments.gateway import Capabilities, Outcome, RefundMode, RefundOrder, State, Submission
from core.primitives.money import Money
from core.testkit.gateways.applying import Checks, Traits, where
from core.testkit.gateways.driving import Drive, opened
from core.testkit.gateways.far_end import Answer, Call

NEVER = 3600.0


def _automatic(suite: type[Traits]) -> bool:
    return suite.offers.refunds is RefundMode.AUTOMATIC


def _prepared(suite: type[Traits]) -> bool:
    return _automatic(suite) and suite.offers.prepares_refunds


class RefundChecks(Checks):
    """What every gateway does whose operator sends money back by itself."""

    @where(_automatic)
    async def test_a_refund_sends_the_money_back_once(self) -> None:
        """A full refund is one credit of the whole amount, and its status read says so."""
        async with opened(self.peer) as drive:
            collection, submission, seen = await drive.captured()
            order = drive.order(collection, submission, seen, collection.amount)
            sent = await drive.refund(order)
            assert sent.outcome is Outcome.ACCEPTED, f"a full refund is {sent.outcome}: {sent!r}"
            assert await drive.peer.credits(order.operation) == 1, "a refund is not one credit"
            assert drive.script.asked(Call.REFUND) == 1, "the refund was sent more than once"
            after = await drive.look_at_refund(order, sent)
            assert after.state in (State.SUCCEEDED, State.PENDING), f"the money was sent, the status is {after.state}"
            if after.amount is not None:
                assert after.amount.same(order.amount), f"{order.amount} was sent, {after.amount} is told"

    @where(_automatic)
    async def test_a_part_is_a_part_or_nothing(self) -> None:
        """A partial refund sends exactly its part; without `partial_refunds` it is `rejected`, and nothing is sent."""
        async with opened(self.peer) as drive:
            collection, submission, seen = await drive.captured()
            part = Money(_quarter(collection.amount, drive.capabilities), collection.amount.currency)
            order = drive.order(collection, submission, seen, part)
            sent = await drive.refund(order)
            count = await drive.peer.credits(order.operation)
            if not drive.capabilities.partial_refunds:
                assert sent.outcome is Outcome.REJECTED, f"only the whole is refunded, and a part is {sent.outcome}"
                assert count == 0, "the partial refund is rejected, and money was sent"
                return
            assert sent.outcome is Outcome.ACCEPTED, f"partial refunds are offered, and one is {sent.outcome}"
            assert count == 1, "a partial refund is not one credit"
            after = await drive.look_at_refund(order, sent)
            assert after.amount is None or after.amount.same(part), f"{part} was to be sent, {after.amount} is told"

    @where(_automatic)
    async def test_more_than_was_captured_is_refused(self) -> None:
        """A refund beyond the captured amount is `rejected` (the kernel refuses before; the gateway does not rely on
        it), and nothing is sent."""
        async with opened(self.peer) as drive:
            collection, submission, seen = await drive.captured()
            beyond = Money(collection.amount.amount + 1, collection.amount.currency)
            order = drive.order(collection, submission, seen, beyond)
            sent = await drive.refund(order)
            assert sent.outcome is Outcome.REJECTED, f"a refund beyond the capture is {sent.outcome}"
            assert await drive.peer.credits(order.operation) == 0, "more than was captured is sent back"

    @where(_automatic)
    async def test_the_same_refund_twice_is_one_credit(self) -> None:
        """Where the operator refuses a second operation of one id, a refund that is sent again is one credit and not
        `rejected`. Elsewhere the kernel sends it once, and the gateway sends it once."""
        async with opened(self.peer) as drive:
            collection, submission, seen = await drive.captured()
            order = drive.order(collection, submission, seen, collection.amount)
            await drive.refund(order)
            if drive.capabilities.resend:
                again = await drive.refund(order)
                assert again.outcome is not Outcome.REJECTED, "the repeat is rejected, though the money was sent"
            else:
                assert drive.script.asked(Call.REFUND) == 1, "the refund was sent more than once"
            assert await drive.peer.credits(order.operation) == 1, "the refund was sent twice"

    @where(_automatic)
    async def test_a_refund_whose_answer_is_lost_is_unknown(self) -> None:
        """A cut connection, silence, an error of the operator's machines: the refund is `unknown`, sent once, and its
        status is read later by what the gateway gave back."""
        async with opened(self.peer) as drive:
            await _lost(drive, None)
            await _lost(drive, Answer(delay=NEVER))
            await _lost(drive, Answer(status=500, body=b"<html>", content_type="text/html"))

    @where(_automatic)
    async def test_an_unreadable_answer_to_a_refund_is_unknown(self) -> None:
        """A page, half a document, nothing: the refund is `unknown`; where good answers have no body it may be
        `accepted`, never `rejected`."""
        async with opened(self.peer) as drive:
            honest = {Outcome.UNKNOWN}
            if Call.REFUND in drive.peer.bodyless:
                honest.add(Outcome.ACCEPTED)
            for body in (b"", b"{", b"<html>", b"null", b"[" * 100_000, "réponse".encode("utf-16")):
                collection, submission, seen = await drive.captured()
                drive.script.answer_with(Answer(body=body), Call.REFUND)
                sent = await drive.refund(drive.order(collection, submission, seen, collection.amount))
                assert sent.outcome in honest, f"{body[:10]!r}: the refund is {sent.outcome}"
                drive.script.answer_normally()

    @where(_prepared)
    async def test_preparing_a_refund_moves_nothing(self) -> None:
        """A refund that is prepared, even twice, sends no money and is not found; then it is sent by one of its
        preparations, as one credit."""
        async with opened(self.peer) as drive:
            order = await _ordered(drive)
            first, _ = await drive.prepared(order), await drive.prepared(order)
            assert drive.script.asked(Call.REFUND) == 0, "a preparation sends the command"
            assert await drive.peer.credits(order.operation) == 0, "a preparation sends money"
            sent = await drive.refund(first)
            assert sent.outcome is Outcome.ACCEPTED, f"a refund that was prepared twice is {sent.outcome}: {sent!r}"
            assert await drive.peer.credits(order.operation) == 1, "a refund that was prepared twice is not one credit"

    @where(_prepared)
    async def test_one_preparation_is_one_credit(self) -> None:
        """A refund that is sent again by the same preparation is one credit, and never `rejected`, which would say that
        there is none. Sending prepares nothing anew."""
        async with opened(self.peer) as drive:
            order = await drive.prepared(await _ordered(drive))
            await drive.refund(order)
            again = await drive.refund(order)
            assert again.outcome is not Outcome.REJECTED, "the repeat is rejected, though the money was sent"
            assert drive.script.asked(Call.PREPARE) == 1, "sending a refund prepares another one"
            assert await drive.peer.credits(order.operation) == 1, "one preparation was executed twice"
            after = await drive.look_at_refund(order, again)
            assert after.state in (State.SUCCEEDED, State.PENDING), f"the money was sent, the status is {after.state}"

    @where(_prepared)
    async def test_an_interrupted_refund_is_found_again(self) -> None:
        """A process that ends after a preparation leaves its handles: by them alone another one reads that nothing was
        sent (not found), sends, and reads that it was."""
        async with opened(self.peer) as drive:
            order = await drive.prepared(await _ordered(drive))
            nothing = Submission(outcome=Outcome.UNKNOWN)
            other = drive.peer.another()
            try:
                before = await drive.look_at_refund(order, nothing, other)
                assert before.state is State.UNKNOWN, f"a refund that was only prepared is {before.state}"
                assert not before.found, "a refund that was only prepared is found, and nobody would send it"
                await drive.refund(order, other)
            finally:
                await other.close()
            assert await drive.peer.credits(order.operation) == 1, "another process does not send what was prepared"
            after = await drive.look_at_refund(order, nothing)
            assert after.state in (State.SUCCEEDED, State.PENDING), f"the money was sent, the status is {after.state}"

    @where(_prepared)
    async def test_a_preparation_without_an_answer_is_unknown(self) -> None:
        """Silence, a cut connection, an error of the operator's machines, a page: the preparation is `unknown`, and the
        next one is as good as any."""
        async with opened(self.peer) as drive:
            order = await _ordered(drive)
            for answer in (
                None,
                Answer(delay=NEVER),
                Answer(status=500, body=b"<html>", content_type="text/html"),
                Answer(status=200, body=b"<html>", content_type="text/html"),
            ):
                if answer is None:
                    drive.script.lose_next_answer(Call.PREPARE)
                else:
                    drive.script.answer_with(answer, Call.PREPARE)
                said = await drive.prepare(order)
                assert said.outcome is Outcome.UNKNOWN, f"a preparation without an answer is {said.outcome}"
                drive.script.answer_normally()
            await drive.refund(order)
            assert await drive.peer.credits(order.operation) == 1, "after lost preparations a refund is not one credit"


async def _ordered(drive: Drive) -> RefundOrder:
    collection, submission, seen = await drive.captured()
    return drive.order(collection, submission, seen, collection.amount)


async def _lost(drive: Drive, answer: Answer | None) -> None:
    collection, submission, seen = await drive.captured()
    order = drive.order(collection, submission, seen, collection.amount)
    before = drive.script.asked(Call.REFUND)
    if answer is None:
        drive.script.lose_next_answer(Call.REFUND)
    else:
        drive.script.answer_with(answer, Call.REFUND)
    sent = await drive.refund(order)
    assert sent.outcome is Outcome.UNKNOWN, f"a refund whose answer is lost is {sent.outcome}"
    assert drive.script.asked(Call.REFUND) == before + 1, "the refund was sent again"
    drive.script.answer_normally()
    after = await drive.look_at_refund(order, sent)
    assert after.state is not State.FAILED, "the refund was carried out, and the gateway says that it failed"
    assert await drive.peer.credits(order.operation) == 1, "the lost refund was not sent once"


def _quarter(amount: Money, capabilities: Capabilities) -> Decimal:
    part = Money(amount.amount / 4, amount.currency).rounded().amount
    return max(part, capabilities.minimum)
