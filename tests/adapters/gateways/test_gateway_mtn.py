"""MTN's gateway: what is sent, what each documented answer means, what callbacks say."""

import itertools
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from adapters.gateways.mtn.settings import PRODUCTION_URL, SANDBOX_URL, MtnSettings
from core.payments.gateway import (
    CallbackTrust,
    Flow,
    Observation,
    Outcome,
    Reason,
    RefundMode,
    State,
    Submission,
)
from core.primitives.money import Money
from tests.adapters.gateways.stage import (
    HOST,
    MTN_TOKEN,
    OPERATION,
    SUBSCRIPTION_KEY,
    URLS,
    Peer,
    collection,
    inquiry,
    json_answer,
    mtn,
    xof,
)

HTML = httpx2.Response(200, html="<html>Request rejected</html>")


async def collected(answer: Any, **changes: Any) -> Submission:
    """What a collection with this answer says."""
    gateway = mtn(Peer({"/requesttopay": answer}))
    said = await gateway.collect(collection(**changes))
    await gateway.close()
    return said


async def looked_up(answer: Any, settings: MtnSettings | None = None, **changes: Any) -> Observation:
    """What a look-up with this answer says."""
    gateway = mtn(Peer({f"/{OPERATION}": answer}), settings)
    said = await gateway.lookup(inquiry(**changes))
    await gateway.close()
    return said


def shown(status: str, **more: Any) -> httpx2.Response:
    """A status body."""
    return json_answer(
        200,
        {
            "externalId": str(OPERATION),
            "amount": "500",
            "currency": "XOF",
            "payer": {"partyIdType": "MSISDN", "partyId": "2290197000000"},
            "status": status,
            **more,
        },
    )


async def test_a_request_to_pay_as_documented() -> None:
    """Headers and body of section 2.4: the operation is the reference, text is plain, the number has no plus."""
    peer = Peer({"/requesttopay": httpx2.Response(202)})
    gateway = mtn(peer)
    said = await gateway.collect(collection(description="Billet « Été » d'Awa <&> 100 % — n°7_x" + "y" * 500))
    await gateway.close()
    assert said == Submission(outcome=Outcome.ACCEPTED)
    (request,) = peer.asked("/collection/v1_0/requesttopay")
    assert request.headers["authorization"] == f"Bearer {MTN_TOKEN}"
    assert request.headers["x-reference-id"] == str(OPERATION)
    assert request.headers["x-target-environment"] == "mtnbenin"
    assert request.headers["ocp-apim-subscription-key"] == SUBSCRIPTION_KEY
    assert request.headers["x-callback-url"] == URLS["callback_url"]
    body = peer.body("/requesttopay")
    note = body.pop("payerMessage")
    assert note == body.pop("payeeNote")
    assert note.startswith("Billet Ete d Awa 100 n 7 xyyy")
    assert len(note) == 128
    assert body == {
        "amount": "500",
        "currency": "XOF",
        "externalId": str(OPERATION),
        "payer": {"partyIdType": "MSISDN", "partyId": "2290197000000"},
    }
    (token,) = peer.asked("/collection/token/")
    assert token.headers["ocp-apim-subscription-key"] == SUBSCRIPTION_KEY


async def test_contracts_differ() -> None:
    """No callback, the number's old form, another environment, an empty description: by settings."""
    peer = Peer({"/requesttopay": httpx2.Response(202)})
    settings = MtnSettings(
        base_url=f"{HOST}/mtn/",
        target_environment="mtnivorycoast",
        callbacks=False,
        number_form="old_digits",
        deadline=2,
    )
    gateway = mtn(peer, settings)
    await gateway.collect(collection(description="« ! »"))
    await gateway.close()
    (request,) = peer.asked("/mtn/collection/v1_0/requesttopay")
    assert "x-callback-url" not in request.headers
    assert request.headers["x-target-environment"] == "mtnivorycoast"
    body = peer.body("/requesttopay")
    assert body["payer"]["partyId"] == "22997000000"
    assert body["payerMessage"] == "Payment"


@pytest.mark.parametrize(
    ("answer", "outcome", "reason", "code"),
    [
        (httpx2.Response(202), Outcome.ACCEPTED, None, ""),
        (json_answer(409, {"code": "RESOURCE_ALREADY_EXIST"}), Outcome.ACCEPTED, None, "RESOURCE_ALREADY_EXIST"),
        (httpx2.Response(409), Outcome.ACCEPTED, None, "HTTP 409"),
        (httpx2.Response(400), Outcome.REJECTED, Reason.INVALID_AMOUNT, "HTTP 400"),
        (
            json_answer(400, {"code": "VALIDATION_ERROR"}),
            Outcome.REJECTED,
            Reason.INVALID_AMOUNT,
            "VALIDATION_ERROR",
        ),
        (json_answer(400, {"code": "PAYER_NOT_FOUND"}), Outcome.REJECTED, Reason.PAYER_NOT_FOUND, "PAYER_NOT_FOUND"),
        (
            json_answer(403, {"statusCode": 403, "message": "Forbidden"}),
            Outcome.REJECTED,
            Reason.NOT_ALLOWED,
            "HTTP 403",
        ),
        *(
            (json_answer(500, {"code": code, "message": "x"}), Outcome.REJECTED, reason, code)
            for code, reason in {
                "NOT_ALLOWED": Reason.NOT_ALLOWED,
                "NOT_ALLOWED_TARGET_ENVIRONMENT": Reason.NOT_ALLOWED,
                "INVALID_CALLBACK_URL_HOST": Reason.NOT_ALLOWED,
                "INVALID_CURRENCY": Reason.INVALID_AMOUNT,
            }.items()
        ),
        *(
            (json_answer(status, {"code": code}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, code)
            for status, code in [
                (500, "INTERNAL_PROCESSING_ERROR"),
                (503, "SERVICE_UNAVAILABLE"),
                (400, "INTERNAL_PROCESSING_ERROR"),
                (500, "SOMETHING_NEW"),
                (409, "SOMETHING_NEW"),
            ]
        ),
        *(
            (httpx2.Response(status), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, f"HTTP {status}")
            for status in (200, 201, 302, 404, 408, 429, 500, 502, 503, 504)
        ),
        (HTML, Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "HTTP 200, unreadable"),
        *(
            (
                httpx2.Response(status, html="<html>"),
                Outcome.UNKNOWN,
                Reason.OPERATOR_UNAVAILABLE,
                f"HTTP {status}, unreadable",
            )
            for status in (202, 400, 403, 409, 500)
        ),
        (httpx2.ReadTimeout("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "timeout"),
        (httpx2.ReadError("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "ReadError"),
    ],
)
async def test_answers_to_a_command(answer: Any, outcome: Outcome, reason: Reason | None, code: str) -> None:
    """Section 2.4: what makes no transaction is rejected, everything ambiguous is unknown."""
    said = await collected(answer)
    assert (said.outcome, said.reason, said.code) == (outcome, reason, code)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(Decimal(500), "GHS")},
        {"amount": xof("12.5")},
        {"amount": xof(0)},
        {"amount": xof("NaN")},
        {"payer": None},
        {"payer": "97000000"},
        {"payer": "+229 01 97"},
    ],
)
async def test_what_has_no_form_is_not_sent(changes: dict[str, Any]) -> None:
    """A currency that is not the contract's, a fraction, no number."""
    peer = Peer()
    gateway = mtn(peer)
    said = await gateway.collect(collection(**changes))
    assert said.outcome is Outcome.REJECTED
    assert peer.requests == []


FAILURES = {
    "NOT_ENOUGH_FUNDS": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "TARGET_AUTHORIZATION_ERROR": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "INTERNAL_PROCESSING_ERROR": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
    "PAYER_NOT_FOUND": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "PAYEE_NOT_FOUND": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "ACCOUNTHOLDER_WITH_FRI_NOT_FOUND": (State.FAILED, Reason.PAYER_NOT_FOUND),
    "APPROVAL_REJECTED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "PAYMENT_NOT_APPROVED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "TRANSACTION_CANCELED": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
    "EXPIRED": (State.EXPIRED, Reason.TIMEOUT),
    "COULD_NOT_PERFORM_TRANSACTION": (State.EXPIRED, Reason.TIMEOUT),
    "PAYER_LIMIT_REACHED": (State.FAILED, Reason.LIMIT_REACHED),
    "PAYEE_LIMIT_REACHED": (State.FAILED, Reason.LIMIT_REACHED),
    "RESOURCE_ALREADY_EXIST": (State.FAILED, Reason.DUPLICATE_REFERENCE),
    "SERVICE_UNAVAILABLE": (State.FAILED, Reason.OPERATOR_UNAVAILABLE),
    "VALIDATION_ERROR": (State.FAILED, Reason.INVALID_AMOUNT),
    "INVALID_CURRENCY": (State.FAILED, Reason.INVALID_AMOUNT),
    "NOT_ALLOWED": (State.FAILED, Reason.NOT_ALLOWED),
    "NOT_ALLOWED_TARGET_ENVIRONMENT": (State.FAILED, Reason.NOT_ALLOWED),
    "INVALID_CALLBACK_URL_HOST": (State.FAILED, Reason.NOT_ALLOWED),
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": (State.FAILED, Reason.NOT_ALLOWED),
    "SENDER_ACCOUNT_NOT_ACTIVE": (State.FAILED, Reason.NOT_ALLOWED),
    "RESOURCE_NOT_FOUND": (State.FAILED, Reason.UNSPECIFIED),
    "TRANSACTION_NOT_FOUND": (State.FAILED, Reason.UNSPECIFIED),
    "TRANSFER_TYPE_UNKNOWN": (State.FAILED, Reason.UNSPECIFIED),
    "SOMETHING_NEW": (State.FAILED, Reason.UNSPECIFIED),
}


@pytest.mark.parametrize(("code", "as_object"), list(itertools.product(FAILURES, (False, True))))
async def test_failures_with_their_reasons(code: str, as_object: bool) -> None:
    """Section 2.9 and 7; the reason is a text or an object, the raw code is kept."""
    reason = {"code": code, "message": "x"} if as_object else code
    seen = await looked_up(shown("FAILED", reason=reason))
    assert (seen.state, seen.reason) == FAILURES[code]
    assert seen.code == code


@pytest.mark.parametrize("reason", [None, 7, [], {}, {"code": 7}, "", True])
async def test_a_failure_whose_reason_cannot_be_read(reason: Any) -> None:
    """Failed all the same; nobody knows why."""
    seen = await looked_up(shown("FAILED", reason=reason))
    assert (seen.state, seen.reason, seen.code) == (State.FAILED, Reason.UNSPECIFIED, "FAILED")


@pytest.mark.parametrize("status", ["PENDING", "CREATED", "ONGOING", "REJECTED", "TIMEOUT", "successful", "NEW"])
async def test_open_and_unknown_statuses_are_pending(status: str) -> None:
    """CREATED is seen before SUCCESSFUL; what MTN does not publish is no end."""
    seen = await looked_up(shown(status))
    assert (seen.state, seen.reason, seen.code) == (State.PENDING, None, status)


async def test_a_success_tells_what_to_compare() -> None:
    """Amount as a decimal, our reference, MTN's."""
    seen = await looked_up(shown("SUCCESSFUL", financialTransactionId="1000000001"))
    assert seen == Observation(
        state=State.SUCCEEDED,
        amount=xof(500),
        reference=OPERATION,
        operator_reference="1000000001",
        code="SUCCESSFUL",
    )


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        ("12.5", Decimal("12.5")),
        (500, Decimal(500)),
        (12.5, Decimal("12.5")),
        ("5e2", None),
        ("-5", None),
        ("٥٠٠", None),
        ("NaN", None),
        (1e300, None),
        (None, None),
        ([500], None),
    ],
)
async def test_amounts_are_read_or_left_out(amount: Any, read: Decimal | None) -> None:
    """A success without an amount that can be read is one that the kernel does not believe."""
    seen = await looked_up(shown("SUCCESSFUL", amount=amount))
    assert seen.state is State.SUCCEEDED
    assert seen.amount == (None if read is None else Money(read, "XOF"))


@pytest.mark.parametrize(
    ("answer", "reason", "code", "found"),
    [
        (json_answer(404, {"code": "RESOURCE_NOT_FOUND"}), None, "RESOURCE_NOT_FOUND", False),
        (json_answer(404, {"code": "TRANSACTION_NOT_FOUND"}), None, "TRANSACTION_NOT_FOUND", False),
        # the gateway before the platform knows no such path: nothing is said of the operation
        (json_answer(404, {"statusCode": 404}), Reason.OPERATOR_UNAVAILABLE, "HTTP 404", True),
        (httpx2.Response(404, html="<html>"), Reason.OPERATOR_UNAVAILABLE, "HTTP 404, unreadable", True),
        (httpx2.Response(404), Reason.OPERATOR_UNAVAILABLE, "HTTP 404", True),
        (json_answer(401, {"statusCode": 401}), Reason.INVALID_CREDENTIALS, "HTTP 401", True),
        (json_answer(403, {"statusCode": 403}), Reason.NOT_ALLOWED, "HTTP 403", True),
        (json_answer(500, {"code": "NOT_ALLOWED"}), Reason.NOT_ALLOWED, "NOT_ALLOWED", True),
        (
            json_answer(500, {"code": "INTERNAL_PROCESSING_ERROR"}),
            Reason.OPERATOR_UNAVAILABLE,
            "INTERNAL_PROCESSING_ERROR",
            True,
        ),
        (json_answer(500, {"code": "PAYER_NOT_FOUND"}), Reason.OPERATOR_UNAVAILABLE, "PAYER_NOT_FOUND", True),
        (json_answer(503, {"code": "SERVICE_UNAVAILABLE"}), Reason.OPERATOR_UNAVAILABLE, "SERVICE_UNAVAILABLE", True),
        (HTML, Reason.OPERATOR_UNAVAILABLE, "HTTP 200, unreadable", True),
        (httpx2.Response(200), Reason.OPERATOR_UNAVAILABLE, "HTTP 200, unreadable", True),
        (json_answer(200, []), Reason.OPERATOR_UNAVAILABLE, "HTTP 200, unreadable", True),
        (json_answer(200, {}), Reason.OPERATOR_UNAVAILABLE, "no status", True),
        (json_answer(200, {"status": 1}), Reason.OPERATOR_UNAVAILABLE, "no status", True),
        (json_answer(202, {"status": "SUCCESSFUL"}), Reason.OPERATOR_UNAVAILABLE, "HTTP 202", True),
        (httpx2.ConnectError("x"), Reason.OPERATOR_UNAVAILABLE, "ConnectError", True),
    ],
)
async def test_questions_without_an_answer(answer: Any, reason: Reason | None, code: str, found: bool) -> None:
    """Unknown, never failed; only MTN's own word means that it does not know the operation."""
    seen = await looked_up(answer)
    assert (seen.state, seen.reason, seen.code, seen.found) == (State.UNKNOWN, reason, code, found)


SANDBOX = MtnSettings(base_url=HOST, target_environment="sandbox", currencies=("XOF", "GHS"), deadline=2)


@pytest.mark.parametrize(
    ("amount", "written", "echoed"),
    [(xof(500), "5.00", "5"), (xof(12_345), "123.45", "123.45"), (Money(Decimal("12.50"), "GHS"), "12.50", "12.5")],
)
async def test_the_sandbox_speaks_euro_on_the_wire_only(amount: Money, written: str, echoed: str) -> None:
    """As many of the smallest units; the way back is exact."""
    peer = Peer(
        {
            "/requesttopay": httpx2.Response(202),
            f"/{OPERATION}": shown("SUCCESSFUL", amount=echoed, currency="EUR"),
        }
    )
    gateway = mtn(peer, SANDBOX)
    await gateway.collect(collection(amount=amount))
    seen = await gateway.lookup(inquiry(amount=amount))
    await gateway.close()
    body = peer.body("/requesttopay")
    assert (body["amount"], body["currency"]) == (written, "EUR")
    assert seen.amount is not None
    assert seen.amount.same(amount)
    assert "E" not in str(seen.amount.amount)


async def test_a_foreign_currency_is_told_as_it_is() -> None:
    """Outside the sandbox EUR is EUR, so that the kernel sees the mismatch."""
    assert (await looked_up(shown("SUCCESSFUL", currency="EUR"))).amount == Money(Decimal(500), "EUR")


async def test_the_probe() -> None:
    """Tokens and balances of both products; what is wrong is said."""
    peer = Peer({"/account/balance": json_answer(200, {"availableBalance": "1", "currency": "XOF"})})
    gateway = mtn(peer)
    assert (await gateway.probe()).ok
    assert len(peer.asked("/account/balance")) == 2
    peer.routes["/disbursement/v1_0/account/balance"] = json_answer(403, {"statusCode": 403})
    assert (await gateway.probe()).detail == "disbursement: HTTP 403"
    await gateway.close()
    wrong = mtn(Peer({"/token/": json_answer(401, {"error": "x"})}))
    probe = await wrong.probe()
    await wrong.close()
    assert (probe.ok, probe.detail) == (False, "token: HTTP 401")


def test_what_the_contract_offers() -> None:
    """The capabilities follow the settings."""
    capabilities = mtn(
        Peer(), MtnSettings(maximum=Decimal(10), currencies=("XAF",), window=60, polls=(1,))
    ).capabilities
    assert capabilities.flow is Flow.PUSH
    assert (capabilities.resend, capabilities.answer_needed, capabilities.reports_amount) == (True, False, True)
    assert (capabilities.currencies, capabilities.maximum) == (frozenset({"XAF"}), Decimal(10))
    assert (capabilities.callback, capabilities.refunds) == (CallbackTrust.NONE, RefundMode.AUTOMATIC)
    assert [capabilities.window.total_seconds(), *(each.total_seconds() for each in capabilities.polls)] == [60, 1]


def test_the_documented_hosts() -> None:
    """By the target environment, unless one is set."""
    assert MtnSettings().url == PRODUCTION_URL
    assert MtnSettings(target_environment="sandbox").url == SANDBOX_URL
    assert MtnSettings(base_url=HOST).url == HOST
