"""Orange's gateway: the payment page, statuses without reasons, notifications by token."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from adapters.gateways.orange.settings import WEB_PAYMENT_URL, OrangeSettings
from core.payments.gateway import (
    CallbackTrust,
    Flow,
    Observation,
    Outcome,
    Reason,
    State,
    Submission,
    UnreadableCallback,
    compact_reference,
)
from core.primitives.locale import Locale
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.clock import FakeClock
from tests.adapters.gateways.stage import (
    HOST,
    MERCHANT_KEY,
    OPERATION,
    ORANGE_TOKEN,
    ORIGINAL,
    URLS,
    Peer,
    callback,
    collection,
    inquiry,
    json_answer,
    orange,
)

ORDER = compact_reference(OPERATION)
HANDLES = {"pay_token": "p" * 64, "notif_token": "n" * 32}
PAGE = "https://webpayment.orange-money.com/payment/pay_token/abc"
CREATED = {"status": 201, "message": "OK", "payment_url": PAGE, **HANDLES}


async def collected(answer: Any, settings: OrangeSettings | None = None, **changes: Any) -> Submission:
    """What a collection with this answer says."""
    gateway = orange(Peer({"/webpayment": answer}), settings, payout=False)
    said = await gateway.collect(collection(**changes))
    await gateway.close()
    return said


async def looked_up(answer: Any, *, age: float = 0, **changes: Any) -> Observation:
    """What a look-up with this answer says, so many seconds after the creation."""
    clock = FakeClock()
    clock.advance(timedelta(seconds=age))
    gateway = orange(Peer({"/transactionstatus": answer}), payout=False, clock=clock)
    said = await gateway.lookup(inquiry(**({"handles": HANDLES} | changes)))
    await gateway.close()
    return said


def shown(status: str, **more: Any) -> httpx2.Response:
    """A status body."""
    return json_answer(201, {"status": status, "order_id": ORDER, **more})


async def test_a_page_as_documented() -> None:
    """Section 3A.2: a short order_id, a whole number, plain text; the answer's tokens are kept, its page is told."""
    peer = Peer({"/webpayment": json_answer(201, CREATED)})
    gateway = orange(peer, payout=False)
    said = await gateway.collect(collection(payer=None, locale=Locale.EN, description="Été — " + "x" * 90))
    await gateway.close()
    assert said == Submission(outcome=Outcome.ACTION_REQUIRED, url=PAGE, handles=HANDLES)
    (request,) = peer.asked("/orange-money-webpay/ci/v1/webpayment")
    assert request.headers["authorization"] == f"Bearer {ORANGE_TOKEN}"
    assert request.headers["accept"] == "application/json"
    assert peer.body("/webpayment") == {
        "merchant_key": MERCHANT_KEY,
        "currency": "XOF",
        "order_id": ORDER,
        "amount": 500,
        "return_url": URLS["return_url"],
        "cancel_url": URLS["cancel_url"],
        "notif_url": URLS["callback_url"],
        "lang": "en",
        "reference": "Ete " + "x" * 26,
    }
    assert len(ORDER) <= 30


async def test_the_sandbox_takes_its_own_unit() -> None:
    """OUV on the wire only; the name on the page is the merchant's."""
    peer = Peer({"/webpayment": json_answer(201, CREATED)})
    settings = OrangeSettings(base_url=HOST, environment="dev", merchant_name="Exemple SARL", deadline=2)
    gateway = orange(peer, settings, payout=False)
    await gateway.collect(collection(payer=None))
    await gateway.close()
    assert len(peer.asked("/orange-money-webpay/dev/v1/webpayment")) == 1
    body = peer.body("/webpayment")
    assert (body["currency"], body["amount"], body["reference"], body["lang"]) == ("OUV", 500, "Exemple SARL", "fr")


async def test_amounts_with_decimals_are_numbers() -> None:
    """Not a text, not multiplied."""
    peer = Peer({"/webpayment": json_answer(201, CREATED)})
    settings = OrangeSettings(base_url=HOST, currencies=("MGA",), deadline=2)
    gateway = orange(peer, settings, payout=False)
    await gateway.collect(collection(payer=None, amount=Money(Decimal("12.50"), "MGA")))
    await gateway.close()
    assert peer.body("/webpayment")["amount"] == 12.5


@pytest.mark.parametrize(
    ("answer", "outcome", "reason", "code"),
    [
        # an earlier answer was lost, and its page with it
        (json_answer(403, {"code": 1204}), Outcome.UNKNOWN, Reason.DUPLICATE_REFERENCE, "1204"),
        (json_answer(403, {"code": "1204"}), Outcome.UNKNOWN, Reason.DUPLICATE_REFERENCE, "1204"),
        *(
            (json_answer(status, {"code": code}), Outcome.REJECTED, reason, str(code))
            for status, code, reason in [
                (400, 23, Reason.INVALID_AMOUNT),
                (400, 24, Reason.INVALID_AMOUNT),
                (401, 40, Reason.INVALID_CREDENTIALS),
                (401, 41, Reason.INVALID_CREDENTIALS),
                (401, 42, Reason.INVALID_CREDENTIALS),
                (403, 50, Reason.NOT_ALLOWED),
                (403, 53, Reason.OPERATOR_UNAVAILABLE),
                (403, 1201, Reason.NOT_ALLOWED),
                (403, 1202, Reason.INVALID_CREDENTIALS),
                (403, 1203, Reason.INVALID_AMOUNT),
                (404, 60, Reason.NOT_ALLOWED),
                (403, 9999, Reason.NOT_ALLOWED),
            ]
        ),
        (httpx2.Response(400), Outcome.REJECTED, Reason.INVALID_AMOUNT, "HTTP 400"),
        (json_answer(503, {"code": 5}), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "5"),
        *(
            (httpx2.Response(status), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, f"HTTP {status}")
            for status in (204, 302, 404, 429, 500, 502)
        ),
        *(
            (
                httpx2.Response(status, html="<p>"),
                Outcome.UNKNOWN,
                Reason.OPERATOR_UNAVAILABLE,
                f"HTTP {status}, unreadable",
            )
            for status in (200, 201, 400, 403, 404)
        ),
        *(
            (json_answer(201, CREATED | changes), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "no page in the answer")
            for changes in (
                {"pay_token": ""},
                {"notif_token": None},
                {"payment_url": None},
                {"payment_url": "javascript:alert(1)"},
                {"payment_url": "http://plain.example/"},
                {"payment_url": "https://"},
                {"payment_url": "https://[/"},
                {"payment_url": "https://a.example/\r\nx"},
            )
        ),
        (httpx2.ReadTimeout("x"), Outcome.UNKNOWN, Reason.OPERATOR_UNAVAILABLE, "timeout"),
    ],
)
async def test_answers_to_a_creation(answer: Any, outcome: Outcome, reason: Reason, code: str) -> None:
    """Section 3A.6 and 7."""
    said = await collected(answer)
    assert (said.outcome, said.reason, said.code, said.url, said.handles) == (outcome, reason, code, "", {})


async def test_a_plain_page_where_orange_itself_is_plain() -> None:
    """The simulator's, on this machine."""
    page = "http://127.0.0.1:8001/orange/payment"
    settings = OrangeSettings(base_url="http://127.0.0.1:8001/orange", deadline=2)
    assert (await collected(json_answer(201, CREATED | {"payment_url": page}), settings)).url == page


@pytest.mark.parametrize("name", ["return_url", "cancel_url", "callback_url"])
async def test_an_address_that_is_too_long_is_not_sent(name: str) -> None:
    """120 characters are taken, 121 are not."""
    peer = Peer({"/webpayment": json_answer(201, CREATED)})
    gateway = orange(peer, payout=False)
    longest = "https://socle.example/".ljust(120, "x")
    assert (await gateway.collect(collection(**{name: longest}))).outcome is Outcome.ACTION_REQUIRED
    said = await gateway.collect(collection(**{name: longest + "x"}))
    await gateway.close()
    assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.NOT_ALLOWED)
    assert len(peer.asked("/webpayment")) == 1


async def test_a_status_is_asked_for_with_what_was_sent() -> None:
    """order_id, the amount of the creation, the pay_token (section 3A.4)."""
    peer = Peer({"/transactionstatus": shown("SUCCESS", txnid="MP260315.1200.A1")})
    gateway = orange(peer, payout=False)
    seen = await gateway.lookup(inquiry(handles=HANDLES))
    await gateway.close()
    assert peer.body("/v1/transactionstatus") == {"order_id": ORDER, "amount": 500, "pay_token": "p" * 64}
    assert seen == Observation(
        state=State.SUCCEEDED, reference=OPERATION, operator_reference="MP260315.1200.A1", code="SUCCESS"
    )


@pytest.mark.parametrize(
    ("status", "age", "state", "reason"),
    [
        ("INITIATED", 0, State.PENDING, None),
        ("INITIATED", 900, State.PENDING, None),
        ("INITIATED", 901, State.EXPIRED, Reason.TIMEOUT),
        ("PENDING", 0, State.PENDING, None),
        ("PENDING", 5_000, State.PENDING, None),
        ("EXPIRED", 0, State.EXPIRED, Reason.TIMEOUT),
        ("SUCCESS", 0, State.SUCCEEDED, None),
        ("SUCCESS", 50_000, State.SUCCEEDED, None),
        ("FAILED", 0, State.FAILED, Reason.UNSPECIFIED),
        ("SOMETHING_NEW", 0, State.PENDING, None),
        ("SOMETHING_NEW", 5_000, State.PENDING, None),
        ("success", 0, State.PENDING, None),
    ],
)
async def test_statuses(status: str, age: float, state: State, reason: Reason | None) -> None:
    """Section 3A.4: a page that nobody used expires by our own clock; no failure says why."""
    seen = await looked_up(shown(status), age=age)
    assert (seen.state, seen.reason, seen.code, seen.amount) == (state, reason, status, None)


@pytest.mark.parametrize(
    ("answer", "reason", "found"),
    [
        (json_answer(404, {"code": 60}), None, False),
        (httpx2.Response(404), Reason.OPERATOR_UNAVAILABLE, True),
        (json_answer(400, {"code": 24}), Reason.OPERATOR_UNAVAILABLE, True),
        (json_answer(401, {"code": 42}), Reason.INVALID_CREDENTIALS, True),
        (json_answer(403, {"code": 50}), Reason.NOT_ALLOWED, True),
        (json_answer(503, {"code": 5}), Reason.OPERATOR_UNAVAILABLE, True),
        (json_answer(201, {}), Reason.OPERATOR_UNAVAILABLE, True),
        (json_answer(201, {"status": 1}), Reason.OPERATOR_UNAVAILABLE, True),
        (json_answer(201, {"status": "SUCCESS", "order_id": "ORDER-7"}), Reason.OPERATOR_UNAVAILABLE, True),
        (json_answer(201, {"status": "SUCCESS", "order_id": 7}), Reason.OPERATOR_UNAVAILABLE, True),
        (httpx2.Response(200, html="<p>SUCCESS"), Reason.OPERATOR_UNAVAILABLE, True),
        (httpx2.ReadError("x"), Reason.OPERATOR_UNAVAILABLE, True),
    ],
)
async def test_questions_without_an_answer(answer: Any, reason: Reason | None, found: bool) -> None:
    """Unknown, never failed."""
    seen = await looked_up(answer)
    assert (seen.state, seen.reason, seen.found) == (State.UNKNOWN, reason, found)


async def test_another_order_of_ours_is_shown_as_such() -> None:
    """The kernel compares the reference."""
    seen = await looked_up(json_answer(201, {"status": "SUCCESS", "order_id": compact_reference(ORIGINAL)}))
    assert seen.reference == ORIGINAL


async def test_without_the_creations_answer_there_is_nothing_to_ask() -> None:
    """The pay_token is lost, and cannot be had again (section 3A.8)."""
    peer = Peer()
    gateway = orange(peer, payout=False)
    seen = await gateway.lookup(inquiry())
    assert (seen.state, seen.code, seen.found) == (State.UNKNOWN, "no pay_token kept", True)
    assert peer.requests == []


def test_a_notification_is_known_by_its_token() -> None:
    """It names no order; its token is to be compared (section 3A.5)."""
    reading = orange(Peer()).read_callback(callback(b'{"status":"SUCCESS","notif_token":"abc","txnid":"MP1"}'))
    assert (reading.handle, reading.reference, reading.authentic) == (("notif_token", "abc"), None, False)
    assert reading.token == Secret("abc")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b'{"notif_token":7}',
        b'{"notif_token":""}',
        b"notif_token=abc",
        b'{"notif_token":"\xff"}',
        b'{"notif_token":"' + b"a" * 300 + b'"}',
        b"[" * 200_000,
    ],
)
def test_what_is_no_notification(body: bytes) -> None:
    """Another form."""
    with pytest.raises(UnreadableCallback):
        orange(Peer()).read_callback(callback(body))


def test_what_the_contract_offers() -> None:
    """The capabilities of a page."""
    capabilities = orange(Peer(), payout=False).capabilities
    assert (capabilities.flow, capabilities.callback) == (Flow.REDIRECT, CallbackTrust.TOKEN)
    assert capabilities.callback_token == "notif_token"
    assert (capabilities.needs_payer, capabilities.answer_needed, capabilities.reports_amount) == (False, True, False)
    assert not capabilities.resend


async def test_the_probe() -> None:
    """A new token of each contract."""
    peer = Peer()
    gateway = orange(peer)
    assert (await gateway.probe()).ok
    assert (await gateway.probe()).ok
    assert len(peer.asked("/token")) == 4
    peer.routes["/oauth/v3/token"] = json_answer(401, {"code": 41})
    probe = await gateway.probe()
    await gateway.close()
    assert (probe.ok, probe.detail) == (False, "token: HTTP 401")


def test_the_documented_host() -> None:
    """Unless one is set; the payout follows a Web Payment that is elsewhere."""
    assert OrangeSettings().url == WEB_PAYMENT_URL
    assert OrangeSettings().payout_url == "https://api-s1.orange.cm"
    assert OrangeSettings(base_url=HOST).payout_url == HOST
