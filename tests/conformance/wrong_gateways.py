"""Gateways that do something wrong, and the check that must reject each of them."""

import asyncio
import base64
import logging
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from core.payments.gateway import (
    Callback,
    CallbackReading,
    CallbackTrust,
    Capabilities,
    Collection,
    Inquiry,
    Observation,
    Outcome,
    Probe,
    Reason,
    RefundMode,
    RefundOrder,
    State,
    Submission,
)
from core.primitives.ids import new_id
from core.primitives.secret import Secret
from core.testkit.gateways import FakeGateway
from core.testkit.gateways.fake import Lost, Told
from core.testkit.gateways.fake_operator import BARE, PAGE, PREPARED, PROMPT
from core.testkit.gateways.far_end import Call


class SendsAgain(FakeGateway):
    """Sends a command again where its answer was lost."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        first = await super().command(call, ordered)
        return await super().command(call, ordered) if first.outcome is Outcome.UNKNOWN else first


class NewReferenceEachTime(FakeGateway):
    """Gives the operator a reference of its own, so that nothing of ours is enforced."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        return await super().command(call, {**ordered, "reference": str(new_id())})


class NewRefundEachTime(FakeGateway):
    """Gives the operator a reference of its own for a refund."""

    async def refund(self, order: RefundOrder) -> Submission:
        return await super().refund(msgspec.structs.replace(order, operation=new_id()))


class DuplicateIsRejection(FakeGateway):
    """Takes the operator's "duplicate" for a rejection."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        told = await super().command(call, ordered)
        if told.code == Reason.DUPLICATE_REFERENCE:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.DUPLICATE_REFERENCE, code=told.code)
        return told


class TimeoutIsFailure(FakeGateway):
    """Takes silence for a rejection."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        told = await super().command(call, ordered)
        if told.code == "no answer in time":
            return Submission(outcome=Outcome.REJECTED, reason=Reason.TIMEOUT)
        return told


class HasNoDeadline(FakeGateway):
    """Waits for as long as the operator likes."""

    async def exchange(self, call: Call, target: str, body: Mapping[str, str] | None = None) -> tuple[int, Told]:
        token = self._token if self._token.reveal() else await self.refresh(self._token)
        return await self.send(call, target, body, f"Bearer {token.reveal()}")


class Raises(FakeGateway):
    """Lets an unreadable answer out as an exception."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        _, told = await self.exchange(Call.LOOKUP, f"/operations/{inquiry.handles.get('session', inquiry.operation)}")
        return self.read_status(told)


class UnreadableIsFailure(FakeGateway):
    """Takes an unreadable answer for a failure."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        seen = await super().lookup(inquiry)
        if "cannot be read" in seen.code:
            return Observation(state=State.FAILED, reason=Reason.OPERATOR_UNAVAILABLE, code=seen.code)
        return seen


class ErrorsAreRejections(FakeGateway):
    """Takes an error of the operator's machines for its refusal."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        told = await super().command(call, ordered)
        if "HTTP 50" in told.code:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.OPERATOR_UNAVAILABLE)
        return told


class NewWordsAreFailures(FakeGateway):
    """Takes a status that it does not know for a failure."""

    def read_status(self, told: Told) -> Observation:
        seen = super().read_status(told)
        if seen.state is State.PENDING and told.status != State.PENDING:
            return msgspec.structs.replace(seen, state=State.FAILED, reason=Reason.UNSPECIFIED)
        return seen


class NotFoundIsFailure(FakeGateway):
    """Takes "I do not know it" for a failure."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        seen = await super().lookup(inquiry)
        if seen.found:
            return seen
        return Observation(state=State.FAILED, reason=Reason.UNSPECIFIED, code=seen.code)


class ConfusesReasons(FakeGateway):
    """Tells a payer who has too little money that he declined."""

    def read_status(self, told: Told) -> Observation:
        seen = super().read_status(told)
        poor = seen.reason is Reason.INSUFFICIENT_FUNDS
        return msgspec.structs.replace(seen, reason=Reason.DECLINED_BY_PAYER) if poor else seen


class TellsWhatWasAsked(FakeGateway):
    """Tells the amount that was sent instead of the one that the operator tells."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        seen = await super().lookup(inquiry)
        return msgspec.structs.replace(seen, amount=inquiry.amount) if seen.found else seen


class RemembersTheEnd(FakeGateway):
    """Keeps the first final state that it reads."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        ends: dict[object, Observation] = self.__dict__.setdefault("ends", {})
        if inquiry.operation in ends:
            return ends[inquiry.operation]
        seen = await super().lookup(inquiry)
        if seen.state.final:
            ends[inquiry.operation] = seen
        return seen


class KeepsHandlesToItself(FakeGateway):
    """Keeps what the answer brought in memory."""

    async def collect(self, collection: Collection) -> Submission:
        told = await super().collect(collection)
        self.__dict__.setdefault("kept", {})[collection.operation] = told.handles
        return msgspec.structs.replace(told, handles={"notify": told.handles.get("notify", "")})

    async def lookup(self, inquiry: Inquiry) -> Observation:
        kept = self.__dict__.get("kept", {}).get(inquiry.operation, {})
        return await super().lookup(msgspec.structs.replace(inquiry, handles=kept))


class BelievesEveryCallback(FakeGateway):
    """Calls every callback authentic, whatever its signature."""

    def read_callback(self, callback: Callback) -> CallbackReading:
        return msgspec.structs.replace(super().read_callback(callback), authentic=True)


class GivesItsOwnToken(FakeGateway):
    """Says that a callback had the token that it keeps itself."""

    def read_callback(self, callback: Callback) -> CallbackReading:
        reading = super().read_callback(callback)
        named = next(each for each in self._operator.transactions)
        return msgspec.structs.replace(reading, token=Secret(named.notify))


class ChokesOnCallbacks(FakeGateway):
    """Lets the parser's errors out."""

    def read_callback(self, callback: Callback) -> CallbackReading:
        msgspec.json.decode(callback.body, type=Told)
        return super().read_callback(callback)


class RefreshesEachForItself(FakeGateway):
    """Fetches a token for every call that finds it expired."""

    async def refresh(self, ended: Secret) -> Secret:
        await asyncio.sleep(0)
        _, told = await self.send(Call.TOKEN, "/token", None, f"Basic {self._key.reveal()}")
        self._token = Secret(told.token or "")
        return self._token


class LogsItsHeaders(FakeGateway):
    """Logs what it sends."""

    async def send(
        self, call: Call, target: str, body: Mapping[str, str] | None, authorization: str
    ) -> tuple[int, Told]:
        logging.getLogger("gateway").debug("%s with %s", target, authorization)
        return await super().send(call, target, body, authorization)


class ShowsItsKey(FakeGateway):
    """Shows its credentials in an error's text, as the operator would get them."""

    async def refresh(self, ended: Secret) -> Secret:
        try:
            return await super().refresh(ended)
        except Exception as error:
            raise Lost(f"{error}: {base64.b64encode(self._key.reveal().encode()).decode()}") from error


class WritesExponents(FakeGateway):
    """Writes amounts as Python does."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        amount = str(Decimal(ordered["amount"]).normalize())
        return await super().command(call, {**ordered, "amount": amount})


class KeepsAscii(FakeGateway):
    """Drops what is not ASCII."""

    async def collect(self, collection: Collection) -> Submission:
        plain = collection.description.encode("ascii", "ignore").decode()
        return await super().collect(msgspec.structs.replace(collection, description=plain))


class RefundsTheRest(FakeGateway):
    """Sends back what was captured, whatever was ordered."""

    async def refund(self, order: RefundOrder) -> Submission:
        return await super().refund(msgspec.structs.replace(order, amount=order.captured))


class RefundsTheWholeAlone(FakeGateway):
    """Refuses a part, though parts are offered."""

    async def refund(self, order: RefundOrder) -> Submission:
        if not order.amount.same(order.captured):
            return Submission(outcome=Outcome.REJECTED, reason=Reason.INVALID_AMOUNT, code="whole")
        return await super().refund(order)


class PreparesAnew(FakeGateway):
    """Sends a refund by a preparation of its own."""

    async def refund(self, order: RefundOrder) -> Submission:
        made = await super().prepare_refund(order)
        sent = await super().refund(msgspec.structs.replace(order, prepared=made.handles))
        return msgspec.structs.replace(sent, handles=made.handles)


class SendsWhatItPrepares(FakeGateway):
    """Sends a refund as soon as it is prepared."""

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        made = await super().prepare_refund(order)
        await self.refund(msgspec.structs.replace(order, prepared=made.handles))
        return made


class PreparesInMemory(FakeGateway):
    """Keeps what the preparation brought in memory."""

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        made = await super().prepare_refund(order)
        self.__dict__.setdefault("made", {})[order.operation] = made.handles
        return msgspec.structs.replace(made, handles={"reference": str(order.operation)})

    async def refund(self, order: RefundOrder) -> Submission:
        made = self.__dict__.get("made", {}).get(order.operation, {})
        return await super().refund(msgspec.structs.replace(order, prepared=made))


class FindsWhatWasNeverSent(FakeGateway):
    """Does not say that the operator does not know a refund."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        return msgspec.structs.replace(await super().lookup(inquiry), found=True)


class UnpreparedIsRejection(FakeGateway):
    """Takes a preparation without an answer for the operator's refusal."""

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        made = await super().prepare_refund(order)
        if made.outcome is Outcome.UNKNOWN:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.OPERATOR_UNAVAILABLE, code=made.code)
        return made


class UsedIsRejection(FakeGateway):
    """Takes "used before" for a rejection."""

    async def refund(self, order: RefundOrder) -> Submission:
        sent = await super().refund(order)
        if sent.code == Reason.DUPLICATE_REFERENCE:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.UNSPECIFIED, code=sent.code)
        return sent


class ProbesNothing(FakeGateway):
    """Is always content."""

    async def probe(self) -> Probe:
        return Probe(ok=True)


class ProbesByBuying(FakeGateway):
    """Tries the connection with a command."""

    async def probe(self) -> Probe:
        ordered = {"reference": "0190c2a4-0000-7000-8000-000000000000", "amount": "1", "currency": "XOF", "text": ""}
        told = await self.command(Call.COLLECT, ordered)
        return Probe(ok=told.outcome is Outcome.ACCEPTED, detail=told.code)


class HidesTheWord(FakeGateway):
    """Keeps the operator's own word to itself."""

    def read_status(self, told: Told) -> Observation:
        return msgspec.structs.replace(super().read_status(told), code="")


class MakesAmountsUp(FakeGateway):
    """Tells the amount that was sent where the operator tells none."""

    async def lookup(self, inquiry: Inquiry) -> Observation:
        return msgspec.structs.replace(await super().lookup(inquiry), amount=inquiry.amount)


STAFF_PREPARE = msgspec.structs.replace(PREPARED, refunds=RefundMode.MANUAL)
"""Says that refunds are prepared, and that staff send them."""
BY_NO_TOKEN = msgspec.structs.replace(PROMPT, callback=CallbackTrust.TOKEN)
"""Says that callbacks are trusted by a token, and not by which."""
WHOLE_ALONE = msgspec.structs.replace(PROMPT, partial_refunds=False)
"""Says that only the whole goes back, and sends parts."""


class OffersMore(FakeGateway):
    """Offers a currency that its suite does not check."""

    @property
    def capabilities(self) -> Capabilities:
        return msgspec.structs.replace(super().capabilities, currencies=frozenset({"XOF", "GNF"}))


WRONG: tuple[tuple[Capabilities, type[FakeGateway], str], ...] = (
    (BARE, SendsAgain, "the_gateway_sends_nothing_again_by_itself"),
    (BARE, SendsAgain, "a_refund_whose_answer_is_lost_is_unknown"),
    (PROMPT, NewReferenceEachTime, "the_same_operation_twice_is_one_debit"),
    (PROMPT, DuplicateIsRejection, "the_same_operation_twice_is_one_debit"),
    (PROMPT, DuplicateIsRejection, "the_same_refund_twice_is_one_credit"),
    (PROMPT, TimeoutIsFailure, "an_answer_that_never_comes_is_unknown"),
    (PROMPT, TimeoutIsFailure, "a_refund_whose_answer_is_lost_is_unknown"),
    (PROMPT, HasNoDeadline, "an_answer_that_never_comes_is_unknown"),
    (PROMPT, HasNoDeadline, "a_slow_answer_is_unknown"),
    (PROMPT, Raises, "a_malformed_answer_is_unknown"),
    (PROMPT, Raises, "a_page_with_status_200_is_unknown"),
    (PROMPT, Raises, "a_huge_answer_is_unknown"),
    (PROMPT, Raises, "another_charset_is_unknown"),
    (PROMPT, Raises, "a_truncated_answer_is_unknown"),
    (PROMPT, Raises, "an_operator_that_is_down_is_never_a_failure"),
    (PROMPT, UnreadableIsFailure, "an_empty_answer_is_unknown"),
    (PROMPT, UnreadableIsFailure, "a_hostile_document_is_unknown"),
    (PROMPT, UnreadableIsFailure, "a_broken_token_answer_decides_nothing"),
    (PROMPT, ErrorsAreRejections, "an_error_of_the_operators_machines_is_unknown"),
    (PROMPT, NewWordsAreFailures, "an_unlisted_status_decides_nothing"),
    (PROMPT, NotFoundIsFailure, "an_operation_that_was_never_sent_is_not_found"),
    (PROMPT, ConfusesReasons, "every_documented_status_is_mapped"),
    (PROMPT, TellsWhatWasAsked, "the_amount_that_was_taken_is_told"),
    (PAGE, MakesAmountsUp, "no_amount_is_made_up"),
    (PROMPT, RemembersTheEnd, "late_money_is_seen"),
    (PAGE, KeepsHandlesToItself, "another_process_can_look_up"),
    (PROMPT, BelievesEveryCallback, "a_forged_callback_is_not_authentic"),
    (BARE, BelievesEveryCallback, "an_unsigned_callback_claims_no_proof"),
    (PAGE, GivesItsOwnToken, "a_forged_callback_is_not_authentic"),
    (PROMPT, ChokesOnCallbacks, "junk_is_an_unreadable_callback"),
    (PROMPT, RefreshesEachForItself, "expired_tokens_are_refreshed_once"),
    (PROMPT, RefreshesEachForItself, "the_first_token_is_fetched_once"),
    (PROMPT, LogsItsHeaders, "secrets_are_never_shown"),
    (PROMPT, ShowsItsKey, "secrets_are_never_shown"),
    (PROMPT, WritesExponents, "amounts_have_the_currencys_form"),
    (PROMPT, KeepsAscii, "descriptions_survive"),
    (PROMPT, RefundsTheRest, "a_part_is_a_part_or_nothing"),
    (PROMPT, RefundsTheWholeAlone, "a_part_is_a_part_or_nothing"),
    (WHOLE_ALONE, FakeGateway, "a_part_is_a_part_or_nothing"),
    (PROMPT, RefundsTheRest, "more_than_was_captured_is_refused"),
    (PROMPT, NewRefundEachTime, "the_same_refund_twice_is_one_credit"),
    (PREPARED, SendsWhatItPrepares, "preparing_a_refund_moves_nothing"),
    (PREPARED, PreparesAnew, "one_preparation_is_one_credit"),
    (PREPARED, UsedIsRejection, "one_preparation_is_one_credit"),
    (PREPARED, PreparesInMemory, "an_interrupted_refund_is_found_again"),
    (PREPARED, FindsWhatWasNeverSent, "an_interrupted_refund_is_found_again"),
    (PREPARED, UnpreparedIsRejection, "a_preparation_without_an_answer_is_unknown"),
    (PROMPT, ProbesNothing, "a_probe_tells"),
    (PROMPT, ProbesByBuying, "a_probe_tells"),
    (PROMPT, HidesTheWord, "what_the_operator_says_is_kept_raw"),
    (PROMPT, OffersMore, "capabilities_are_consistent"),
    (BY_NO_TOKEN, FakeGateway, "capabilities_are_consistent"),
    (STAFF_PREPARE, FakeGateway, "capabilities_are_consistent"),
)
