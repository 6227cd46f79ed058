"""Checks of status reads: what the operator says, and what it is taken for."""

from core.payments.gateway import OperationKind, State
from core.primitives.money import Money
from core.testkit.gateways.applying import Checks, where
from core.testkit.gateways.driving import Drive, opened
from core.testkit.gateways.peer import DocumentedStatus


class StatusChecks(Checks):
    """What every gateway makes of what the operator says."""

    async def test_every_documented_status_is_mapped(self) -> None:
        """Every status of the operator's document means what the suite declares, with its reason."""
        async with opened(self.peer) as drive:
            statuses = drive.peer.statuses
            assert {State.PENDING, State.SUCCEEDED} <= {each.state for each in statuses}, (
                "the documented statuses have none that is pending, or none that succeeded"
            )
            wrong = [fault for status in statuses if (fault := await _fault_of(drive, status))]
            assert not wrong, "; ".join(wrong)

    async def test_an_unlisted_status_decides_nothing(self) -> None:
        """A status that the operator's document does not have is not final: a payment is not failed by a new word."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await drive.peer.report(collection.operation, drive.peer.unlisted)
            seen = await drive.look(collection, submission)
            assert not seen.state.final, f"a status that nobody knows is taken for {seen.state}"

    async def test_late_money_is_seen(self) -> None:
        """A collection that had ended without money, and is paid after all, has succeeded: nothing is remembered of
        an earlier read."""
        async with opened(self.peer) as drive:
            ended = next((each for each in drive.peer.statuses if _ends_without_money(each)), None)
            assert ended is not None, "the documented statuses have none that ends without money"
            collection, submission = await drive.asked()
            await drive.peer.report(collection.operation, ended.raw)
            before = await drive.look(collection, submission)
            assert before.state is ended.state, f"{ended.raw} is {before.state}, not {ended.state}"
            await drive.peer.settle(collection.operation)
            after = await drive.look(collection, submission)
            assert after.state is State.SUCCEEDED, f"late money is {after.state}"

    @where(lambda suite: suite.offers.reports_amount)
    async def test_the_amount_that_was_taken_is_told(self) -> None:
        """The observation tells the amount that the operator took, not the one that was asked for, so that a
        difference is seen."""
        async with opened(self.peer) as drive:
            collection, submission, seen = await drive.captured()
            assert seen.amount is not None, "the operator tells the amount, and the gateway does not"
            assert seen.amount.same(collection.amount), f"{collection.amount} is told as {seen.amount}"
            collection, submission = await drive.asked()
            other = Money(collection.amount.amount + 25, collection.amount.currency)
            await drive.peer.settle(collection.operation, amount=other)
            seen = await drive.look(collection, submission)
            assert seen.amount is not None, "the operator tells another amount, and the gateway none"
            assert seen.amount.same(other), f"the operator took {other}, the gateway tells {seen.amount}"

    @where(lambda suite: not suite.offers.reports_amount)
    async def test_no_amount_is_made_up(self) -> None:
        """Where the operator tells no amount the observation has none: the one that was sent proves nothing."""
        async with opened(self.peer) as drive:
            _, _, seen = await drive.captured()
            assert seen.amount is None, f"the operator tells no amount, and the gateway tells {seen.amount}"

    async def test_what_the_operator_says_is_kept_raw(self) -> None:
        """The operator's own word is in `code`, for people to read."""
        async with opened(self.peer) as drive:
            collection, submission = await drive.asked()
            await drive.peer.report(collection.operation, drive.peer.unlisted)
            seen = await drive.look(collection, submission)
            assert drive.peer.unlisted in seen.code, f"the operator says {drive.peer.unlisted!r}, code is {seen.code!r}"


async def _fault_of(drive: Drive, status: DocumentedStatus) -> str:
    """What a status is wrongly taken for; empty where it is right."""
    collection, submission = await drive.asked()
    if status.kind is OperationKind.REFUND:
        await drive.peer.settle(collection.operation)
        captured = await drive.look(collection, submission)
        order = drive.order(collection, submission, captured, collection.amount)
        sent = await drive.refund(order)
        await drive.peer.report(order.operation, status.raw)
        seen = await drive.look_at_refund(order, sent)
    else:
        await drive.peer.report(collection.operation, status.raw)
        seen = await drive.look(collection, submission)
    if (seen.state, seen.reason) == (status.state, status.reason):
        return ""
    return f"{status.kind} {status.raw!r} is {seen.state}/{seen.reason}, declared {status.state}/{status.reason}"


def _ends_without_money(status: DocumentedStatus) -> bool:
    return status.kind is OperationKind.COLLECTION and status.state.final and status.state is not State.SUCCEEDED
