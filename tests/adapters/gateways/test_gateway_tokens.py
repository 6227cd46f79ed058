"""The token cache: one fetch for all, renewed in time, dropped when refused, failures not remembered."""

import asyncio

import httpx2
import pytest

from adapters.gateways.mtn.client import _margin
from adapters.gateways.tokens import UNTOLD_LIFETIME, Token, TokenCache, basic, read_token
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer
from core.payments.gateway import Outcome, Reason, State
from core.primitives.secret import Secret
from tests.adapters.gateways.stage import Peer, collection, inquiry, json_answer, mtn, orange, token_answer


class Source:
    """Gives tokens, counts them, fails when told to."""

    def __init__(self, lifetime: float = 100.0) -> None:
        self.fetched = 0
        self.fails = False
        self.lifetime = lifetime
        self.now = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.cache = TokenCache(self.fetch, now=lambda: self.now)

    async def fetch(self) -> Token:
        self.fetched += 1
        number = self.fetched
        await self.gate.wait()
        if self.fails:
            raise Trouble("token: HTTP 500")
        return Token(Secret(f"token-{number}"), self.lifetime)


async def test_one_fetch_serves_all_who_wait() -> None:
    """Twenty callers, one token call."""
    source = Source()
    tokens = await asyncio.gather(*(source.cache.get() for _ in range(20)))
    assert {token.reveal() for token in tokens} == {"token-1"}
    assert source.fetched == 1


async def test_a_token_is_renewed_before_its_end() -> None:
    """A tenth of its life before."""
    source = Source(lifetime=100)
    await source.cache.get()
    source.now = 89.9
    assert (await source.cache.get()).reveal() == "token-1"
    source.now = 90.0
    assert (await source.cache.get()).reveal() == "token-2"


def test_mtn_renews_ten_minutes_before_the_end() -> None:
    """As MTN asks; a shorter life than twenty minutes loses a tenth."""
    assert (_margin(3600), _margin(1200), _margin(60)) == (600, 120, 6)


async def test_a_failure_goes_to_all_and_is_not_remembered() -> None:
    """Who waited fails; who comes after tries again."""
    source = Source()
    source.fails = True
    outcomes = await asyncio.gather(*(source.cache.get() for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Trouble] * 5
    assert len({id(outcome) for outcome in outcomes}) == 5
    source.fails = False
    assert (await source.cache.get()).reveal() == "token-2"


async def test_who_leaves_does_not_end_the_fetch_of_others() -> None:
    """The first caller is cancelled while the fetch runs."""
    source = Source()
    source.gate.clear()
    first, second = (asyncio.create_task(source.cache.get()) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()
    assert (await second).reveal() == "token-1"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failure_that_nobody_waits_for_any_more_is_quiet() -> None:
    """No exception is left behind for the loop to complain of."""
    source = Source()
    source.gate.clear()
    source.fails = True
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    try:
        only = asyncio.create_task(source.cache.get())
        await asyncio.sleep(0)
        only.cancel()
        source.gate.set()
        await asyncio.gather(only, return_exceptions=True)
        await asyncio.sleep(0.01)
        source.cache._refresh = None
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert complaints == []


async def test_closing_ends_a_fetch_without_cancelling_who_waits() -> None:
    """They are told trouble; the cache works again afterwards."""
    source = Source()
    source.gate.clear()
    waiting = asyncio.create_task(source.cache.get())
    await asyncio.sleep(0.01)
    source.cache.close()
    with pytest.raises(Trouble, match="closed"):
        await waiting
    source.gate.set()
    assert (await source.cache.get()).reveal() == "token-2"


async def test_only_the_refused_token_is_dropped() -> None:
    """A 401 of an old token does not cost the new one."""
    source = Source()
    old = await source.cache.get()
    source.cache.drop(old)
    new = await source.cache.get()
    source.cache.drop(old)
    assert await source.cache.get() == new
    assert source.fetched == 2


def expiring(valid: list[str]) -> Peer:
    """MTN, which takes one token of those it gave out."""
    peer = Peer()

    def give(_: httpx2.Request) -> httpx2.Response:
        valid.append(f"given-{len(valid)}")
        return token_answer(valid[-1])

    def pay(request: httpx2.Request) -> httpx2.Response:
        if request.headers["authorization"] != f"Bearer {valid[-1]}":
            return json_answer(401, {"statusCode": 401, "message": "token"})
        return httpx2.Response(202)

    peer.routes = {"/token/": give, "/requesttopay": pay}
    return peer


async def test_twenty_calls_with_an_ended_token_make_one_refresh() -> None:
    """Each is refused, waits for the one refresh, and succeeds."""
    valid: list[str] = []
    peer = expiring(valid)
    gateway = mtn(peer)
    assert (await gateway.collect(collection())).outcome is Outcome.ACCEPTED
    valid.append("the operator ended it")
    answers = await asyncio.gather(*(gateway.collect(collection()) for _ in range(20)))
    await gateway.close()
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert len(peer.asked("/token/")) == 2


async def test_a_second_refusal_is_an_answer() -> None:
    """After a fresh token the credentials are wrong, and nothing was made."""
    refused = json_answer(401, {"statusCode": 401, "message": "no"})
    peer = Peer({"/requesttopay": refused})
    gateway = mtn(peer)
    said = await gateway.collect(collection())
    await gateway.close()
    assert (said.outcome, said.reason, said.code) == (Outcome.REJECTED, Reason.INVALID_CREDENTIALS, "HTTP 401")
    assert (len(peer.asked("/token/")), len(peer.asked("/requesttopay"))) == (2, 2)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, Reason.INVALID_CREDENTIALS), (403, Reason.NOT_ALLOWED), (500, Reason.OPERATOR_UNAVAILABLE)],
)
async def test_without_a_token_nothing_is_known(status: int, reason: Reason) -> None:
    """Commands and questions are unknown; the reason tells staff why."""
    peer = Peer({"/token/": json_answer(status, {"error": "x"})})
    gateway = mtn(peer)
    said, seen = await gateway.collect(collection()), await gateway.lookup(inquiry())
    await gateway.close()
    assert (said.outcome, said.reason) == (Outcome.UNKNOWN, reason)
    assert (seen.state, seen.reason, seen.found) == (State.UNKNOWN, reason, True)
    assert said.code == f"token: HTTP {status}"


@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [
        (3600, 3600.0),
        ("3600", 3600.0),
        (2496.5, 2496.5),
        ("soon", UNTOLD_LIFETIME),
        (None, UNTOLD_LIFETIME),
        ("NaN", UNTOLD_LIFETIME),
        (True, UNTOLD_LIFETIME),
        ([], UNTOLD_LIFETIME),
        (-5, 0.0),
        ("1E+300", 7_776_000.0),
        (10**40, UNTOLD_LIFETIME),
    ],
)
def test_lifetimes_are_read_whatever_their_type(expires_in: object, lifetime: float) -> None:
    """A number, or a text (mobile-money.md section 3A.1)."""
    answer = token_answer("abc", expires_in)
    assert read_token(Answer(200, "application/json", answer.content)) == Token(Secret("abc"), lifetime)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"access_token":1}',
        b'{"access_token":"a b"}',
        b'{"access_token":"a\\nb"}',
        b'{"access_token":"' + b"a" * 9_000 + b'"}',
        '{"access_token":"é"}'.encode(),
    ],
)
def test_what_is_no_token_is_trouble(body: bytes) -> None:
    """A token goes into a header: it has no spaces, no line breaks, no letters outside ASCII."""
    with pytest.raises(Trouble):
        read_token(Answer(200, "application/json", body))


def test_basic_credentials() -> None:
    """RFC 7617's own example."""
    assert basic("Aladdin", Secret("open sesame")).reveal() == "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


async def test_orange_asks_for_its_token_as_documented() -> None:
    """Form body, Accept, Basic; obeyed until a tenth before its end."""
    peer = Peer({"/webpayment": httpx2.Response(503)})
    gateway = orange(peer)
    await gateway.collect(collection())
    await gateway.collect(collection())
    await gateway.close()
    (request,) = peer.asked("/oauth/v3/token")
    assert request.content == b"grant_type=client_credentials"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept"] == "application/json"
