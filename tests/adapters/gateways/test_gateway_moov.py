"""Moov's gateway: the token, SOAP calls, the code table, refunds by transfer, nothing ever sent twice."""

from typing import Any

import httpx2
import pytest

from adapters.gateways.moov.credentials import merchant_token
from adapters.gateways.moov.settings import PRODUCTION_URL, MoovSettings
from core.payments.gateway import (
    CallbackTrust,
    Observation,
    OperationKind,
    Outcome,
    Reason,
    RefundMode,
    State,
    Submission,
    UnreadableCallback,
    compact_reference,
)
from core.primitives.secret import Secret
from tests.adapters.gateways.stage import (
    HOST,
    MOOV_TOKEN,
    OPERATION,
    ORIGINAL,
    Peer,
    callback,
    collection,
    inquiry,
    moov,
    moov_result,
    refund_order,
    soap,
    soap_call,
    xml_answer,
    xof,
)

REFERENCE = compact_reference(OPERATION)


async def collected(answer: Any) -> Submission:
    """What a collection with this answer says."""
    gateway = moov(Peer({"/UssdPush": answer}))
    said = await gateway.collect(collection())
    await gateway.close()
    return said


async def refunded(answer: Any) -> Submission:
    """What a refund with this answer says."""
    gateway = moov(Peer({"/UssdPush": answer}))
    said = await gateway.refund(refund_order())
    await gateway.close()
    return said


async def looked_up(answer: Any) -> Observation:
    """What a look-up with this answer says."""
    gateway = moov(Peer({"/UssdPush": answer}))
    said = await gateway.lookup(inquiry())
    await gateway.close()
    return said


def test_the_documented_token() -> None:
    """The test vector of section 4A.2."""
    token = merchant_token(Secret("simulator-key-0123456789-abcdefg"), "demo_user", Secret("demo_pass"))
    assert token.reveal() == "aPAr9Spzyh6X82XHp0Dv3kYyRnueU4N3Z4cPmNAI5Rg="


def test_shorter_keys_are_filled_up_and_others_refused() -> None:
    """16 and 24 bytes by zeros."""
    short, whole = Secret("k" * 16), Secret("k" * 16 + "\0" * 16)
    assert merchant_token(short, "u", Secret("p")) == merchant_token(whole, "u", Secret("p"))
    for length in (0, 15, 31, 33):
        with pytest.raises(ValueError, match="32, 24 nor 16"):
            merchant_token(Secret("k" * length), "u", Secret("p"))


async def test_a_push_as_documented() -> None:
    """Section 4A.3: our reference as externaldata1, a whole amount, E.164, short plain text."""
    peer = Peer({"/UssdPush": moov_result(status=100, description="pending")})
    gateway = moov(peer)
    said = await gateway.collect(collection(description="Billet « Été » <&> " + "x" * 200))
    await gateway.close()
    assert said == Submission(
        outcome=Outcome.ACCEPTED,
        observation=Observation(state=State.PENDING, reference=OPERATION, code="100"),
    )
    (request,) = peer.asked("/com.tlc.merchant.api/UssdPush")
    assert request.headers["content-type"] == "text/xml; charset=utf-8"
    assert request.headers["soapaction"] == '""'
    name, fields = soap_call(peer)
    message = fields.pop("message")
    assert message.startswith("Billet Ete xxx")
    assert len(message) == 60
    assert (name, fields) == (
        "PushWithPending",
        {
            "token": MOOV_TOKEN,
            "msisdn": "+2290197000000",
            "amount": "500",
            "externaldata1": REFERENCE,
            "externaldata2": "",
            "fee": "0",
        },
    )


@pytest.mark.parametrize(
    ("form", "number"), [("digits", "2290197000000"), ("old_digits", "22997000000"), ("national", "0197000000")]
)
async def test_the_numbers_form_is_a_setting(form: Any, number: str) -> None:
    """Moov's papers disagree (section 4A.8)."""
    peer = Peer({"/UssdPush": moov_result(status=100)})
    gateway = moov(peer, MoovSettings(base_url=HOST, number_form=form, deadline=2))
    await gateway.collect(collection())
    await gateway.close()
    assert soap_call(peer)[1]["msisdn"] == number


FINAL = {
    3: Reason.PAYER_NOT_FOUND,
    6: Reason.NOT_ALLOWED,
    7: Reason.NOT_ALLOWED,
    9: Reason.PAYER_NOT_FOUND,
    10: Reason.INSUFFICIENT_FUNDS,
    11: Reason.LIMIT_REACHED,
    12: Reason.INVALID_AMOUNT,
    13: Reason.LIMIT_REACHED,
    14: Reason.LIMIT_REACHED,
    15: Reason.LIMIT_REACHED,
    16: Reason.LIMIT_REACHED,
    17: Reason.INVALID_AMOUNT,
    18: Reason.LIMIT_REACHED,
    19: Reason.LIMIT_REACHED,
    20: Reason.LIMIT_REACHED,
    101: Reason.LIMIT_REACHED,
    555: Reason.PAYER_NOT_FOUND,
}
OF_THE_CALLER = {
    1: Reason.NOT_ALLOWED,
    2: Reason.NOT_ALLOWED,
    4: Reason.NOT_ALLOWED,
    91: Reason.INVALID_AMOUNT,
    98: Reason.INVALID_CREDENTIALS,
}


@pytest.mark.parametrize(("code", "reason"), list((FINAL | OF_THE_CALLER).items()))
async def test_codes_that_make_no_transaction(code: int, reason: Reason) -> None:
    """A push or a transfer is refused for good (section 4A.6)."""
    for said in (await collected(moov_result(status=code, description="x")), await refunded(moov_result(status=code))):
        assert (said.outcome, said.reason, said.code) == (Outcome.REJECTED, reason, str(code))


@pytest.mark.parametrize(("code", "reason"), list(FINAL.items()))
async def test_codes_that_end_a_payment(code: int, reason: Reason) -> None:
    """As the answer to a status read they are the payment's."""
    seen = await looked_up(moov_result(status=code, description="x", transid=REFERENCE))
    assert (seen.state, seen.reason, seen.code, seen.reference) == (State.FAILED, reason, str(code), OPERATION)


@pytest.mark.parametrize(("code", "reason"), list(OF_THE_CALLER.items()))
async def test_codes_that_refuse_the_question(code: int, reason: Reason) -> None:
    """A status read that is refused (a wrong token, no permission) says nothing of the payment."""
    seen = await looked_up(moov_result(status=code, description="x"))
    assert (seen.state, seen.reason, seen.found) == (State.UNKNOWN, reason, True)


@pytest.mark.parametrize(
    ("fields", "state", "reason", "code"),
    [
        ({"status": 0, "referenceid": "2026031500001"}, State.SUCCEEDED, None, "0"),
        ({"status": " 0 "}, State.SUCCEEDED, None, "0"),
        ({"status": 100}, State.PENDING, None, "100"),
        ({"status": 92}, State.EXPIRED, Reason.TIMEOUT, "92"),
        ({"status": 95, "description": "Transaction is PENDING"}, State.PENDING, None, "95 Transaction is PENDING"),
        ({"status": 95, "description": "failed"}, State.FAILED, Reason.UNSPECIFIED, "95 failed"),
        ({"status": 95}, State.FAILED, Reason.UNSPECIFIED, "95"),
        ({"status": 8, "description": "Balance insufficient"}, State.UNKNOWN, Reason.INSUFFICIENT_FUNDS, None),
        (
            {"status": 8, "description": "Username or password error"},
            State.UNKNOWN,
            Reason.INVALID_CREDENTIALS,
            "8 Username or password error",
        ),
        ({"status": 99}, State.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "99"),
        ({"status": -1}, State.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "-1"),
        ({"status": 777, "description": "news"}, State.PENDING, None, "777 news"),
    ],
)
async def test_other_codes_of_a_status(
    fields: dict[str, Any], state: State, reason: Reason | None, code: str | None
) -> None:
    """Section 4A.6; a code that is not in the list is no end."""
    seen = await looked_up(moov_result(**fields))
    assert (seen.state, seen.reason, seen.found) == (state, reason, True)
    assert code is None or seen.code == code
    assert seen.operator_reference == fields.get("referenceid")
    assert seen.amount is None


async def test_what_moov_does_not_know() -> None:
    """94: perhaps not yet."""
    seen = await looked_up(moov_result(status=94, description="Transaction does not exist"))
    assert (seen.state, seen.found, seen.code) == (State.UNKNOWN, False, "94")


@pytest.mark.parametrize(
    ("fields", "outcome", "state", "reason"),
    [
        ({"status": 0, "transid": REFERENCE, "referenceid": "77"}, Outcome.ACCEPTED, State.SUCCEEDED, None),
        ({"status": 95, "description": "pending"}, Outcome.ACCEPTED, State.PENDING, None),
        ({"status": 92}, Outcome.ACCEPTED, State.EXPIRED, None),
        ({"status": 95, "description": "failed"}, Outcome.ACCEPTED, State.FAILED, None),
        ({"status": 0, "transid": "another"}, Outcome.UNKNOWN, None, Reason.UNSPECIFIED),
        ({"status": 0, "transid": compact_reference(ORIGINAL)}, Outcome.UNKNOWN, None, Reason.UNSPECIFIED),
        ({"status": 8, "description": "solde"}, Outcome.UNKNOWN, None, Reason.INSUFFICIENT_FUNDS),
        ({"status": 94}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
        ({"status": 99}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
        ({"status": -1}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
        ({"status": 777}, Outcome.UNKNOWN, None, Reason.OPERATOR_UNAVAILABLE),
    ],
)
async def test_other_answers_to_a_push(
    fields: dict[str, Any], outcome: Outcome, state: State | None, reason: Reason | None
) -> None:
    """What may have made a transaction is unknown; what has ended says so."""
    said = await collected(moov_result(**fields))
    assert (said.outcome, said.reason) == (outcome, reason)
    assert (said.observation.state if said.observation else None) == state


LOST = [
    httpx2.ReadTimeout("x"),
    httpx2.ReadError("x"),
    httpx2.ConnectError("x"),
    httpx2.Response(502, html="<html>"),
    httpx2.Response(200, html="<html>"),
    httpx2.Response(401),
    xml_answer(soap({"status": 99})),
]


@pytest.mark.parametrize("answer", LOST)
async def test_nothing_is_ever_sent_twice(answer: Any) -> None:
    """Uniqueness is not promised: a second push is a second debit (section 4A.8). The gateway asks once, and the
    kernel is told not to ask again."""
    peer = Peer({"/UssdPush": answer})
    gateway = moov(peer)
    assert (await gateway.collect(collection())).outcome is Outcome.UNKNOWN
    assert (await gateway.refund(refund_order())).outcome is Outcome.UNKNOWN
    await gateway.close()
    assert len(peer.requests) == 2
    assert not gateway.capabilities.resend


@pytest.mark.parametrize("kind", list(OperationKind))
async def test_both_kinds_are_looked_up_by_our_reference(kind: OperationKind) -> None:
    """A pending push has no other (section 4A.3)."""
    peer = Peer({"/UssdPush": xml_answer(soap({"status": 0, "transid": REFERENCE}, inner="response"))})
    gateway = moov(peer)
    seen = await gateway.lookup(inquiry(kind, operator_reference="77"))
    await gateway.close()
    assert (seen.state, seen.reference) == (State.SUCCEEDED, OPERATION)
    assert soap_call(peer) == ("getTransactionStatus", {"token": MOOV_TOKEN, "transid": REFERENCE})


async def test_another_operation_is_shown_as_such() -> None:
    """The kernel compares the reference; a number of Moov's is none of ours."""
    assert (await looked_up(moov_result(status=0, transid=compact_reference(ORIGINAL)))).reference == ORIGINAL
    assert (await looked_up(moov_result(status=0, transid="202603150000123"))).reference is None


def test_there_are_no_callbacks() -> None:
    """Section 4A.5."""
    gateway = moov(Peer())
    assert gateway.capabilities.callback is CallbackTrust.NONE
    with pytest.raises(UnreadableCallback):
        gateway.read_callback(callback(soap({"status": 0})))


@pytest.mark.parametrize(
    ("answer", "ok", "detail"),
    [
        (moov_result(status=94), True, ""),
        (moov_result(status=98), False, "status 98"),
        (moov_result(status=8, description="password"), False, "status 8"),
        (moov_result(status=99), False, "status 99"),
        (httpx2.ConnectError("x"), False, "ConnectError"),
        (httpx2.Response(502, html="<p>"), False, "HTTP 502, unreadable"),
    ],
)
async def test_the_probe(answer: Any, ok: bool, detail: str) -> None:
    """Asks after what was never sent."""
    peer = Peer({"/UssdPush": answer})
    gateway = moov(peer)
    probe = await gateway.probe()
    await gateway.close()
    assert (probe.ok, probe.detail) == (ok, detail)
    assert soap_call(peer)[0] == "getTransactionStatus"


async def test_what_has_no_form_is_not_sent() -> None:
    """A decimal point raises a fault at Moov's; no number is nobody."""
    peer = Peer()
    gateway = moov(peer)
    assert (await gateway.collect(collection(amount=xof("12.5")))).reason is Reason.INVALID_AMOUNT
    assert (await gateway.collect(collection(payer=None))).outcome is Outcome.REJECTED
    assert (await gateway.refund(refund_order(payee=None))).outcome is Outcome.REJECTED
    assert peer.requests == []


def test_what_the_contract_offers() -> None:
    """The capabilities of a push without callbacks."""
    capabilities = moov(Peer(), MoovSettings()).capabilities
    assert (capabilities.refunds, capabilities.payee_needed) == (RefundMode.AUTOMATIC, True)
    assert (capabilities.reports_amount, capabilities.answer_needed) == (False, False)
    assert [each.total_seconds() for each in capabilities.polls] == [5, 10, 20, 30, 60]
    assert capabilities.deadline.total_seconds() == 90
    assert MoovSettings().url == PRODUCTION_URL
