"""Google and Facebook as providers of identities, against what they answer (their own documentation: `tokeninfo`,
`userinfo`; `debug_token`, `me`). They are outside: a transport answers in their place."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest

from adapters.identity.facebook import FacebookTokens
from adapters.identity.google import GoogleTokens
from adapters.identity.provider_calls import MAX_ANSWER, ProviderCalls
from adapters.identity.simulated_tokens import SimulatedTokens
from core.accounts.social import VerifiedIdentity
from core.primitives.errors import DomainError, Kind
from core.primitives.secret import Secret

ISSUED = {"aud": "our-client", "azp": "our-client", "sub": "1234567890", "expires_in": "1234", "scope": "openid email"}
PERSON = {
    "sub": "1234567890",
    "name": "Afi Dossou",
    "given_name": "Afi",
    "family_name": "Dossou",
    "picture": "https://lh3.example.com/a/photo",
    "email": "afi@gmail.com",
    "email_verified": True,
}
DEBUGGED = {"app_id": "42", "type": "USER", "is_valid": True, "user_id": "987", "expires_at": 1_900_000_000}
FRIEND = {
    "id": "987",
    "name": "Afi Dossou",
    "first_name": "Afi",
    "last_name": "Dossou",
    "email": "afi@example.com",
    "picture": {"data": {"url": "https://scontent.example.com/p.jpg", "is_silhouette": False}},
}

Answers = Mapping[str, Any]


def transport(answers: Answers, heard: list[httpx2.Request] | None = None) -> httpx2.MockTransport:
    """Answers by path: an object with 200, or a whole response."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if heard is not None:
            heard.append(request)
        given = answers[request.url.path.rpartition("/")[2]]
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, httpx2.Response) else httpx2.Response(200, json=given)

    return httpx2.MockTransport(answer)


def google(answers: Answers, heard: list[httpx2.Request] | None = None) -> GoogleTokens:
    """Google, answering so."""
    return GoogleTokens(["our-client", "our-other-client"], ProviderCalls(transport(answers, heard)))


def facebook(answers: Answers, heard: list[httpx2.Request] | None = None) -> FacebookTokens:
    """Facebook, answering so."""
    return FacebookTokens("42", Secret("app-secret"), "v23.0", ProviderCalls(transport(answers, heard)))


async def test_google_tells_whom_a_token_of_ours_was_issued_to() -> None:
    heard: list[httpx2.Request] = []
    found = await google({"tokeninfo": ISSUED, "userinfo": PERSON}, heard).verify("ya29.token")
    assert found == VerifiedIdentity(
        subject="1234567890",
        email="afi@gmail.com",
        email_verified=True,
        name="Afi Dossou",
        first_name="Afi",
        last_name="Dossou",
        picture="https://lh3.example.com/a/photo",
    )
    assert [request.method for request in heard] == ["POST", "GET"]
    assert all("ya29" not in str(request.url) for request in heard)
    assert heard[1].headers["authorization"] == "Bearer ya29.token"


@pytest.mark.parametrize(
    "changed",
    [{"aud": "another-client"}, {"aud": ""}, {"aud": ["our-client"]}, {"sub": "somebody-else"}, {"sub": None}],
)
async def test_google_proves_nothing_by_the_token_of_another_client_or_person(changed: dict[str, Any]) -> None:
    assert await google({"tokeninfo": {**ISSUED, **changed}, "userinfo": PERSON}).verify("ya29.token") is None


@pytest.mark.parametrize("verified", [False, "false", None, 1, "yes"])
async def test_google_does_not_verify_every_address(verified: Any) -> None:
    shown = {**PERSON, "email_verified": verified}
    found = await google({"tokeninfo": ISSUED, "userinfo": shown}).verify("ya29.token")
    assert found is not None
    assert (found.email, found.email_verified) == ("afi@gmail.com", False)


async def test_google_refuses_a_token_that_is_not_good() -> None:
    refusal = httpx2.Response(400, json={"error": "invalid_token"})
    assert await google({"tokeninfo": refusal, "userinfo": PERSON}).verify("ya29.token") is None
    refusal = httpx2.Response(401, json={"error": "invalid_token"})
    assert await google({"tokeninfo": ISSUED, "userinfo": refusal}).verify("ya29.token") is None


async def test_facebook_tells_whom_a_token_of_ours_was_issued_to() -> None:
    heard: list[httpx2.Request] = []
    found = await facebook({"debug_token": {"data": DEBUGGED}, "me": FRIEND}, heard).verify("EAAB")
    assert found == VerifiedIdentity(
        subject="987",
        email="afi@example.com",
        email_verified=False,
        name="Afi Dossou",
        first_name="Afi",
        last_name="Dossou",
        picture="https://scontent.example.com/p.jpg",
    )
    debug, me = heard
    assert (debug.url.path, debug.url.params["input_token"]) == ("/v23.0/debug_token", "EAAB")
    assert debug.headers["authorization"] == "Bearer 42|app-secret"
    proof = hmac.new(b"app-secret", b"EAAB", hashlib.sha256).hexdigest()
    assert (me.headers["authorization"], me.url.params["appsecret_proof"]) == ("Bearer EAAB", proof)


@pytest.mark.parametrize(
    "changed",
    [
        {"app_id": "43"},
        {"app_id": None},
        {"is_valid": False},
        {"is_valid": "true"},
        {"user_id": "1"},
        {"user_id": None},
    ],
)
async def test_facebook_proves_nothing_by_the_token_of_another_application_or_person(changed: dict[str, Any]) -> None:
    answers = {"debug_token": {"data": {**DEBUGGED, **changed}}, "me": FRIEND}
    assert await facebook(answers).verify("EAAB") is None


async def test_facebook_may_tell_no_address() -> None:
    friend = {name: value for name, value in FRIEND.items() if name not in ("email", "picture")}
    found = await facebook({"debug_token": {"data": DEBUGGED}, "me": friend}).verify("EAAB")
    assert found is not None
    assert (found.email, found.picture) == (None, None)


FAILURES: dict[str, Any] = {
    "500": httpx2.Response(500, text="oops"),
    "429": httpx2.Response(429),
    "redirect": httpx2.Response(302, headers={"location": "https://evil.example.com"}),
    "no JSON": httpx2.Response(200, text="<html>"),
    "no object": httpx2.Response(200, json=[1]),
    "deep": httpx2.Response(200, content=b"[" * 60_000),
    "too long": httpx2.Response(200, content=b'"' + b"a" * MAX_ANSWER + b'"'),
    "timeout": httpx2.ReadTimeout("slow"),
    "refused": httpx2.ConnectError("refused"),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("provider", [google, facebook])
async def test_a_provider_that_cannot_tell_is_unavailable(
    provider: Callable[[Answers], GoogleTokens | FacebookTokens], failure: str
) -> None:
    verifier = provider({"tokeninfo": FAILURES[failure], "debug_token": FAILURES[failure]})
    with pytest.raises(DomainError) as raised:
        await verifier.verify("token")
    assert raised.value.kind is Kind.UNAVAILABLE
    assert raised.value.retry_after


async def test_hostile_fields_are_nothing() -> None:
    shown = {**PERSON, "name": "a\0b", "given_name": ["x"], "family_name": "n" * 257, "email": "é" * 255, "picture": 4}
    found = await google({"tokeninfo": ISSUED, "userinfo": shown}).verify("ya29.token")
    assert found == VerifiedIdentity(subject="1234567890")


async def test_a_simulated_token_says_itself_whom_it_was_issued_to() -> None:
    found = await SimulatedTokens().verify("simulated:afi:afi@example.com:true")
    assert found is not None
    assert (found.subject, found.email, found.email_verified) == ("afi", "afi@example.com", True)
    for token in ("ya29.token", "simulated:afi:afi@example.com:oui", "simulated::a@b.c:true", "simulated:a:b", ""):
        assert await SimulatedTokens().verify(token) is None
    without = await SimulatedTokens().verify("simulated:afi::true")
    assert without is not None
    assert (without.email, without.email_verified) == (None, False)
