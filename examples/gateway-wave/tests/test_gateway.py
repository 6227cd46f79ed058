"""What is Wave's own: its requests, refusals, refunds and webhooks."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from socle_gateway_wave.signature import signature, signed
from socle_gateway_wave.testing.conformance import WavePeer

from core.payments.gateway import Outcome, Reason, State, Submission, UnreadableCallback
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.gateways import Answer, Call
from core.testkit.gateways.driving import Drive


async def test_a_sessions_request(drive: Drive, peer: WavePeer) -> None:
    collection = drive.collection(Money(Decimal("1E+4"), "XOF"))
    made = await drive.collect(collection)
    (request,) = drive.script.requests
    assert (request.method, request.target) == ("POST", "/v1/checkout/sessions")
    assert request.headers["idempotency-key"] == str(collection.operation)
    assert msgspec.json.decode(request.body) == {
        "amount": "10000",
        "currency": "XOF",
        "client_reference": str(collection.operation),
        "success_url": "https://socle.example/retour",
        "error_url": "https://socle.example/annulation",
    }
    session = peer.server.session_of(collection.operation)
    assert made.url == f"https://pay.wave.com/c/{session['id']}"
    assert made.handles == {"session": session["id"]}


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, "request-validation-error", Reason.INVALID_AMOUNT),
        (401, "api-key-revoked", Reason.INVALID_CREDENTIALS),
        (403, "disabled-wallet", Reason.NOT_ALLOWED),
        (403, "a-new-one", Reason.NOT_ALLOWED),
        (429, "too-many-requests", Reason.OPERATOR_UNAVAILABLE),
    ],
)
async def test_what_wave_refuses_is_rejected(drive: Drive, status: int, code: str, reason: Reason) -> None:
    body = msgspec.json.encode({"code": code, "message": "…"})
    drive.script.answer_with(Answer(status=status, body=body), Call.COLLECT)
    made = await drive.collect(drive.collection())
    assert (made.outcome, made.reason, made.code) == (Outcome.REJECTED, reason, code)


async def test_a_refusal_in_other_words_is_unknown(drive: Drive) -> None:
    conflict = Answer(status=409, body=b'{"code": "idempotency-mismatch", "message": ""}')
    for answer in (Answer(status=403, body=b"<html>"), Answer(status=400), conflict):
        drive.script.answer_with(answer, Call.COLLECT)
        assert (await drive.collect(drive.collection())).outcome is Outcome.UNKNOWN


async def test_a_decimal_amount_is_refused_by_wave(drive: Drive) -> None:
    made = await drive.collect(drive.collection(Money(Decimal("10.5"), "XOF")))
    assert (made.outcome, made.reason) == (Outcome.REJECTED, Reason.INVALID_AMOUNT)


async def test_what_was_lost_is_found_by_our_reference_and_refunded(drive: Drive, peer: WavePeer) -> None:
    drive.script.lose_next_answer(Call.COLLECT)
    collection = drive.collection()
    lost = await drive.collect(collection)
    assert (lost.outcome, lost.handles) == (Outcome.UNKNOWN, {})
    assert (await drive.look(collection, lost)).state is State.PENDING
    await peer.settle(collection.operation)
    seen = await drive.look(collection, lost)
    assert (seen.state, seen.reference) == (State.SUCCEEDED, collection.operation)
    sent = await drive.refund(drive.order(collection, lost, seen, collection.amount))
    assert sent.outcome is Outcome.ACCEPTED


async def test_of_two_sessions_the_paid_one_counts(drive: Drive, peer: WavePeer) -> None:
    collection = drive.collection()
    await drive.collect(collection)
    await drive.collect(collection)
    _, second = peer.server.sessions.values()
    peer.server.pay(second)
    seen = await drive.look(collection, Submission(outcome=Outcome.UNKNOWN))
    assert (seen.state, seen.operator_reference) == (State.SUCCEEDED, second["transaction_id"])


async def test_a_refund_is_found_among_the_movements(drive: Drive) -> None:
    captured = [await drive.captured() for _ in range(5)]
    collection, submission, seen = captured[-1]
    order = drive.order(collection, submission, seen, collection.amount)
    sent = await drive.refund(order)
    assert (sent.outcome, sent.observation) == (Outcome.ACCEPTED, None)
    refund = await drive.look_at_refund(order, sent)
    assert (refund.state, refund.amount) == (State.SUCCEEDED, collection.amount)
    other = drive.order(*captured[0], captured[0][0].amount)
    unsent = await drive.look_at_refund(other, Submission(outcome=Outcome.UNKNOWN, handles=captured[0][1].handles))
    assert (unsent.state, unsent.found) == (State.UNKNOWN, False)


async def test_a_refund_of_which_nothing_is_known_is_found_by_its_collection(drive: Drive) -> None:
    collection, submission, seen = await drive.captured()
    nothing = Submission(outcome=Outcome.UNKNOWN)
    by_handle = drive.order(collection, submission, seen, collection.amount)
    await drive.refund(by_handle)
    by_reference = msgspec.structs.replace(by_handle, handles={})
    for order in (by_handle, by_reference):
        refund = await drive.look_at_refund(order, nothing)
        assert (refund.state, refund.amount) == (State.SUCCEEDED, collection.amount)


async def test_a_refund_after_midnight_is_found(drive: Drive, peer: WavePeer) -> None:
    collection, submission, seen = await drive.captured()
    order = drive.order(collection, submission, seen, collection.amount)
    peer.server.now += timedelta(days=1)
    sent = await drive.refund(order)
    assert not (await drive.look_at_refund(order, sent)).found
    peer.clock.advance(timedelta(days=1))
    assert (await drive.look_at_refund(order, sent)).state is State.SUCCEEDED


async def test_refunds_that_wave_does_not_make(drive: Drive, peer: WavePeer) -> None:
    collection, submission, seen = await drive.captured()
    part = drive.order(collection, submission, seen, Money(Decimal(400), "XOF"))
    assert (await drive.refund(part)).code == "whole-amount-only"
    assert not drive.script.asked(Call.REFUND)
    peer.server.refunds_failing = True
    whole = drive.order(collection, submission, seen, collection.amount)
    failed = await drive.refund(whole)
    assert (failed.outcome, failed.code) == (Outcome.REJECTED, "checkout-refund-failed")


async def test_a_page_in_place_of_a_refunds_empty_answer_is_unknown(drive: Drive) -> None:
    collection, submission, seen = await drive.captured()
    drive.script.answer_with(Answer(body=b"<html>"), Call.REFUND)
    sent = await drive.refund(drive.order(collection, submission, seen, collection.amount))
    assert (sent.outcome, sent.handles) == (Outcome.UNKNOWN, submission.handles)


async def test_a_session_that_wave_does_not_know_is_not_found(drive: Drive) -> None:
    collection = drive.collection()
    seen = await drive.look(collection, Submission(outcome=Outcome.UNKNOWN, handles={"session": "cos-/../x"}))
    assert (seen.state, seen.found, seen.code) == (State.UNKNOWN, False, "checkout-session-not-found")
    assert drive.script.requests[-1].target == "/v1/checkout/sessions/cos-%2F..%2Fx"


async def test_an_answer_of_too_many_bytes_is_not_read(drive: Drive, peer: WavePeer) -> None:
    collection, submission = await drive.asked()
    session = msgspec.json.encode(peer.server.session_of(collection.operation))
    drive.script.answer_with(Answer(body=session + b" " * 2_000_000), Call.LOOKUP)
    seen = await drive.look(collection, submission)
    assert (seen.state, seen.code) == (State.UNKNOWN, "the answer is too long")


async def test_wrong_currency_and_amount_are_told(drive: Drive, peer: WavePeer) -> None:
    collection, submission, _ = await drive.captured()
    session = peer.server.session_of(collection.operation)
    for told, amount in (("7", Money(Decimal(7), "XAF")), ("lots", None), ("NaN", None), ("", None)):
        session.update(amount=told, currency="XAF")
        assert (await drive.look(collection, submission)).amount == amount


async def test_webhooks(drive: Drive, peer: WavePeer) -> None:
    collection, _, _ = await drive.captured()
    session = peer.server.session_of(collection.operation)
    reading = peer.gateway.read_callback(peer.server.webhook(session))
    assert (reading.authentic, reading.reference) == (True, collection.operation)
    foreign = peer.gateway.read_callback(peer.server.webhook({**session, "client_reference": "commande 7"}))
    assert (foreign.reference, foreign.handle) == (None, ("session", session["id"]))
    other = msgspec.json.encode({"id": "EV_1", "type": "merchant.payment_received", "data": {"id": "T_1"}})
    with pytest.raises(UnreadableCallback):
        peer.gateway.read_callback(peer.server.signed(other))


def test_a_signature_of_waves_form(peer: WavePeer) -> None:
    secret, body = Secret("whsec"), b'{"id":"EV_1"}'
    at = int(peer.now.timestamp())
    good = signature(secret, str(at), body)

    def holds(header: str) -> bool:
        return signed(header, body, secret, received_at=peer.now, age_seconds=300)

    assert holds(f"t={at},v1={good}")
    assert holds(f"t={at}, v1={'0' * 64}, v1={good}")
    assert not holds(f"t={at},v0={good}")
    assert not holds(f"v1={good}")
    assert not holds(f"t={at},v1={good[:-1]}é")
    assert not holds(f"t=-{at},v1={good}")
    assert not holds(f"t={at - 301},v1={signature(secret, str(at - 301), body)}")
    assert holds(f"t={at - 299},v1={signature(secret, str(at - 299), body)}")
