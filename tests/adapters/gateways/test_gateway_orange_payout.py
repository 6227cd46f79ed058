"""Orange's refunds by the payout contract: an init moves nothing and brings the token, a pay moves once by it."""

import asyncio
import base64
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from core.payments.gateway import (
    Observation,
    OperationKind,
    Outcome,
    Reason,
    RefundMode,
    State,
    Submission,
    compact_reference,
)
from core.primitives.money import Money
from tests.adapters.gateways.stage import (
    OPERATION,
    ORANGE_TOKEN,
    PAYOUT_PASSWORD,
    PAYOUT_PIN,
    Peer,
    inquiry,
    json_answer,
    orange,
    refund_order,
    xof,
)

TOKEN = "CI/26 03?"
HANDLES = {"payout_token": TOKEN}
INIT = json_answer(200, {"message": "ok", "data": {"payToken": TOKEN}})


def data(status: str, *, init: Any = "200", http: int = 200, message: str = "x", **more: Any) -> httpx2.Response:
    """A payment as section 3B shows it."""
    whole = {"payToken": TOKEN, "amount": 300, "txnid": "CI260315.1200.B1", "inittxnstatus": init, "status": status}
    return json_answer(http, {"message": message, "data": whole | more})


async def prepared(init: Any) -> tuple[Submission, Peer]:
    """What a refund's preparation with this answer says."""
    peer = Peer({"/cashin/init": init})
    gateway = orange(peer)
    said = await gateway.prepare_refund(refund_order())
    await gateway.close()
    return said, peer


async def refunded(pay: Any) -> tuple[Submission, Peer]:
    """What a refund with this answer says."""
    peer = Peer({"/cashin/pay": pay})
    gateway = orange(peer)
    said = await gateway.refund(refund_order(prepared=HANDLES))
    await gateway.close()
    return said, peer


async def looked_up(answer: Any, **changes: Any) -> Observation:
    """What a look-up of a refund with this answer says."""
    gateway = orange(Peer({"/omcoreapis/1.0.2/cashin/paymentstatus/CI/26 03?": answer}))
    said = await gateway.lookup(inquiry(OperationKind.REFUND, **({"amount": xof(300), "handles": HANDLES} | changes)))
    await gateway.close()
    return said


async def test_a_payout_as_documented() -> None:
    """init, then pay with its token, the PIN, the number and the amount as texts (section 3B)."""
    made, peer = await prepared(INIT)
    assert made == Submission(outcome=Outcome.ACCEPTED, handles=HANDLES)
    (init,) = peer.asked("/omcoreapis/1.0.2/cashin/init")
    assert init.headers["authorization"] == f"Bearer {ORANGE_TOKEN}"
    assert base64.b64decode(init.headers["x-auth-token"]).decode() == f"marchand:{PAYOUT_PASSWORD}"
    assert peer.asked("/cashin/pay") == []
    said, peer = await refunded(data("PENDING"))
    assert said.outcome is Outcome.ACCEPTED
    assert said.observation is not None
    assert said.observation.state is State.PENDING
    body = peer.body("/cashin/pay")
    assert body == {
        "payToken": TOKEN,
        "subscriberMsisdn": "2290197000000",
        "channelUserMsisdn": "699000000",
        "pin": PAYOUT_PIN,
        "amount": "300",
        "orderId": compact_reference(OPERATION)[:20],
        "description": "Remboursement",
    }


@pytest.mark.parametrize(
    ("pay", "outcome", "reason", "code"),
    [
        (data("SUCCESSFULL"), Outcome.ACCEPTED, None, ""),
        (data("SUCCESSFULL", init=200), Outcome.ACCEPTED, None, ""),
        (data("FAILED", init="0066111"), Outcome.REJECTED, Reason.PAYER_NOT_FOUND, "0066111"),
        (data("FAILED", init="99033"), Outcome.REJECTED, Reason.INVALID_CREDENTIALS, "99033"),
        (data("FAILED", init="777"), Outcome.REJECTED, Reason.UNSPECIFIED, "777"),
        (
            data("FAILED", init="60019", http=400, message="60019 :: solde insuffisant"),
            Outcome.REJECTED,
            Reason.INSUFFICIENT_FUNDS,
            "60019",
        ),
        (data("FAILED", init="60019", http=417), Outcome.REJECTED, Reason.INSUFFICIENT_FUNDS, "60019"),
        (json_answer(400, {"message": "bad"}), Outcome.REJECTED, Reason.INVALID_AMOUNT, "HTTP 400"),
        (json_answer(401, {"message": "pin"}), Outcome.REJECTED, Reason.INVALID_CREDENTIALS, "HTTP 401"),
        (json_answer(403, {"code": 50}), Outcome.REJECTED, Reason.NOT_ALLOWED, "50"),
        # this token was paid before: only a status read can say more
        (json_answer(422, {"message": "used"}), Outcome.UNKNOWN, Reason.DUPLICATE_REFERENCE, "HTTP 422"),
        (data("PENDING", init="555"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "555"),
        (data("SUCCESSFULL", init=None), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 200"),
        (data("SUCCESSFULL", payToken="another"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 200"),
        (data("SUCCESSFULL", http=400), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 400"),
        (json_answer(200, {}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 200"),
        (json_answer(500, {}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 500"),
        (httpx2.Response(200, html="<p>"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 200, unreadable"),
        (httpx2.ReadTimeout("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "timeout"),
        (httpx2.ReadError("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "ReadError"),
    ],
)
async def test_answers_to_a_pay(pay: Any, outcome: Outcome, reason: Reason | None, code: str) -> None:
    """Accepted is HTTP 200 with inittxnstatus 200. Whatever comes, the gateway sends nothing again by itself."""
    said, peer = await refunded(pay)
    assert (said.outcome, said.reason, said.code) == (outcome, reason, code)
    # not even after a 401: a PIN that is wrong twice may lock the merchant out
    assert len(peer.asked("/cashin/pay")) == 1
    assert peer.asked("/cashin/init") == []


@pytest.mark.parametrize(
    ("init", "outcome", "reason"),
    [
        (httpx2.ConnectError("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (httpx2.ReadTimeout("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (httpx2.Response(200, html="<p>"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (json_answer(200, {"data": {}}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (json_answer(200, {"data": None}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (json_answer(404, {}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (json_answer(503, {}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (json_answer(400, {}), Outcome.REJECTED, Reason.INVALID_AMOUNT),
        (json_answer(401, {"code": 41}), Outcome.REJECTED, Reason.INVALID_CREDENTIALS),
        (json_answer(403, {"code": 50}), Outcome.REJECTED, Reason.NOT_ALLOWED),
    ],
)
async def test_without_a_token_there_is_a_refusal_or_no_answer(init: Any, outcome: Outcome, reason: Reason) -> None:
    """Orange's refusal rejects the refund; where it did not answer, it is tried again."""
    said, peer = await prepared(init)
    assert (said.outcome, said.reason, said.handles) == (outcome, reason, {})
    assert peer.asked("/cashin/pay") == []


@pytest.mark.parametrize(
    ("token", "outcome", "reason"),
    [
        (json_answer(401, {}), Outcome.REJECTED, Reason.INVALID_CREDENTIALS),
        (json_answer(503, {}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
        (httpx2.ConnectError("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE),
    ],
)
async def test_a_preparation_needs_an_access_token(token: Any, outcome: Outcome, reason: Reason) -> None:
    """Refused credentials refuse the refund; staff hear of it."""
    peer = Peer({"/token": token, "/cashin/init": INIT})
    said = await orange(peer).prepare_refund(refund_order())
    assert (said.outcome, said.reason) == (outcome, reason)
    assert peer.asked("/cashin/init") == []


async def test_what_was_not_prepared_is_not_sent() -> None:
    """There is no token to pay with, and none is fetched."""
    peer = Peer({"/cashin/init": INIT, "/cashin/pay": data("SUCCESSFULL")})
    said = await orange(peer).refund(refund_order(handles={"pay_token": "the collection's"}))
    assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.NOT_ALLOWED)
    assert peer.requests == []


@pytest.mark.parametrize("call", ["prepare_refund", "refund"])
async def test_each_call_has_a_deadline(call: str) -> None:
    """Silence is unknown."""

    async def never(_: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        return INIT

    gateway = orange(Peer({"/cashin/init": never, "/cashin/pay": never}))
    started = asyncio.get_running_loop().time()
    said = await getattr(gateway, call)(refund_order(prepared=HANDLES))
    assert asyncio.get_running_loop().time() - started < 2.5
    assert (said.outcome, said.code) == (Outcome.UNKNOWN, "timeout")


@pytest.mark.parametrize(
    ("status", "init", "state", "reason"),
    [
        ("PENDING", "200", State.PENDING, None),
        ("INITIATED", "200", State.PENDING, None),
        ("SOMETHING_NEW", "200", State.PENDING, None),
        ("SUCCESSFULL", "200", State.SUCCEEDED, None),
        ("SUCCESSFUL", "200", State.SUCCEEDED, None),
        ("SUCCESS", "200", State.SUCCEEDED, None),
        ("CANCELLED", "200", State.CANCELLED, Reason.DECLINED_BY_PAYER),
        ("EXPIRED", "200", State.EXPIRED, Reason.TIMEOUT),
        ("FAILED", "200", State.FAILED, Reason.UNSPECIFIED),
        ("FAILED", "60019", State.FAILED, Reason.INSUFFICIENT_FUNDS),
        ("FAILED", "0066111", State.FAILED, Reason.PAYER_NOT_FOUND),
    ],
)
async def test_statuses(status: str, init: str, state: State, reason: Reason | None) -> None:
    """Read by the token; the amount is compared."""
    seen = await looked_up(data(status, init=init))
    assert seen == Observation(
        state=state, reason=reason, amount=xof(300), operator_reference="CI260315.1200.B1", code=status
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx2.Response(404, html="<p>"), Reason.OPERATOR_UNAVAILABLE),
        (json_answer(401, {}), Reason.INVALID_CREDENTIALS),
        (json_answer(403, {}), Reason.NOT_ALLOWED),
        (json_answer(500, {}), Reason.OPERATOR_UNAVAILABLE),
        (json_answer(200, {"data": {}}), Reason.OPERATOR_UNAVAILABLE),
        (data("SUCCESSFULL", payToken="another"), Reason.OPERATOR_UNAVAILABLE),
        (httpx2.Response(200, html="<p>"), Reason.OPERATOR_UNAVAILABLE),
    ],
)
async def test_questions_without_an_answer(answer: Any, reason: Reason) -> None:
    """Unknown, never failed, and never taken for what was not sent."""
    seen = await looked_up(answer)
    assert (seen.state, seen.reason, seen.found) == (State.UNKNOWN, reason, True)


async def test_a_token_that_orange_does_not_know_was_not_paid() -> None:
    """Not found: it may still arrive, and the same token may be paid again."""
    seen = await looked_up(json_answer(404, {"message": "payToken unknown", "data": None}))
    assert (seen.state, seen.found, seen.code) == (State.UNKNOWN, False, "HTTP 404")


async def test_without_its_token_nothing_is_read() -> None:
    """The collection's token is another one."""
    seen = await looked_up(data("SUCCESSFULL"), handles={"pay_token": "the collection's"})
    assert (seen.state, seen.code, seen.found) == (State.UNKNOWN, "no payout_token kept", True)


async def test_without_a_contract_refunds_are_manual() -> None:
    """Web Payment has no refund (section 3A.7)."""
    peer = Peer()
    gateway = orange(peer, payout=False)
    assert gateway.capabilities.refunds is RefundMode.MANUAL
    assert not gateway.capabilities.prepares_refunds
    for call in (gateway.prepare_refund, gateway.refund):
        assert (await call(refund_order(prepared=HANDLES))).outcome is Outcome.REJECTED
    seen = await gateway.lookup(inquiry(OperationKind.REFUND, handles=HANDLES))
    assert (seen.state, seen.found) == (State.UNKNOWN, True)
    assert peer.requests == []


async def test_a_payee_is_needed() -> None:
    """There is nobody to pay to otherwise."""
    peer = Peer()
    gateway = orange(peer)
    assert gateway.capabilities.refunds is RefundMode.AUTOMATIC
    assert gateway.capabilities.prepares_refunds
    for call in (gateway.prepare_refund, gateway.refund):
        said = await call(refund_order(payee=None, prepared=HANDLES))
        assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.PAYER_NOT_FOUND)
    assert peer.requests == []


@pytest.mark.parametrize("changes", [{"amount": xof(501)}, {"captured": Money(Decimal(500), "EUR")}])
async def test_more_than_was_captured_is_not_sent(changes: dict[str, Any]) -> None:
    """The kernel refuses before; the gateway does not rely on it."""
    peer = Peer()
    gateway = orange(peer)
    for call in (gateway.prepare_refund, gateway.refund):
        said = await call(refund_order(prepared=HANDLES, **changes))
        assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.INVALID_AMOUNT)
    assert peer.requests == []
