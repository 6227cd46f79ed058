"""Host, sizes and forms of a request's head."""

from typing import Any

import pytest

from adapters.http.edge.settings import EdgeSettings
from tests.adapters.http.edge.drive import HOST, answering, ask, edged

PRODUCTION = {"production": True, "allowed_hosts": ("api.example.com", "*.example.org", "[2001:db8::1]")}


@pytest.mark.parametrize(
    "host", [b"localhost", b"127.0.0.1:8000", b"[::1]:8000", b"testserver", b"LOCALHOST", b"localhost."]
)
async def test_development_answers_to_loopback(host: bytes) -> None:
    assert (await ask(edged(answering()), headers=[(b"host", host)])).status == 200


@pytest.mark.parametrize(
    "host", [b"api.example.com", b"API.example.com:443", b"a.example.org", b"a.b.example.org", b"[2001:db8::1]"]
)
async def test_production_answers_to_its_hosts(host: bytes) -> None:
    app = edged(answering(), **PRODUCTION)
    assert (await ask(app, headers=[(b"host", host)])).status == 200
    assert (await ask(app, headers=[(b"host", host)])).status == 200


@pytest.mark.parametrize(
    "hosts",
    [
        [b"evil.example"],
        [b"localhost"],
        [b"example.org"],
        [b"evilexample.org"],
        [b"api.example.com.evil.example"],
        [b"api.example.com@evil.example"],
        [b"api.example.com:80:80"],
        [b"api.example.com/a"],
        [b"x y.example.org"],
        [b"..example.org"],
        [b""],
        [b"\xff"],
        [],
        [b"api.example.com", b"api.example.com"],
    ],
)
async def test_any_other_host_is_refused(hosts: list[bytes]) -> None:
    answer = await ask(edged(answering(), **PRODUCTION), headers=[(b"host", host) for host in hosts])
    assert (answer.status, answer.code) == (400, "bad_host")


def test_production_needs_hosts() -> None:
    with pytest.raises(ValueError, match="allowed_hosts"):
        EdgeSettings(production=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_hosts": ("*",)},
        {"allowed_hosts": ("https://a.example",)},
        {"trusted_proxies": ("anywhere",)},
        {"cors_origins": ("*",), "cors_credentials": True},
        {"cors_origins": ("a.example",)},
        {"cors_origins": ("https://a.example/",)},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        EdgeSettings(**wrong)


async def test_header_limits() -> None:
    app = edged(answering())
    just = [HOST, *((b"x-%d" % n, b"v") for n in range(99))]
    assert (await ask(app, headers=just)).status == 200
    answer = await ask(app, headers=[*just, (b"x-more", b"v")])
    assert (answer.status, answer.code) == (431, "headers_too_large")
    size = 32 * 1024 - len(b"hosttestserver") - 1
    assert (await ask(app, headers=[HOST, (b"x", b"v" * size)])).status == 200
    assert (await ask(app, headers=[HOST, (b"x", b"v" * (size + 1))])).status == 431


async def test_path_and_query_limits() -> None:
    app = edged(answering())
    assert (await ask(app, "/" + "a" * 8191)).status == 200
    assert (await ask(app, "/" + "a" * 8192)).status == 414
    assert (await ask(app, "/?" + "a" * 8192)).status == 200
    assert (await ask(app, "/?" + "a" * 8193)).status == 414


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"/", 200),
        (b"/api/ventes/", 200),
        (b"/api/ventes/0190-aa", 200),
        (b"/swagger.json", 200),
        (b"/%75/1", 200),
        (b"/caf%C3%A9", 200),
        (b"/a%20b", 200),
        (b"/a/.well-known", 200),
        (b"//u/1", 404),
        (b"/u//1", 404),
        (b"/u/1//", 404),
        (b"/u%2F1", 404),
        (b"/u%2f1", 404),
        (b"/u/%2F1", 404),
        (b"/../etc", 404),
        (b"/a/%2e%2e/b", 404),
        (b"/a/./b", 404),
        (b"/a/..", 404),
        (b"/u%00", 404),
        (b"/u/%ff%fe", 404),
        (b"/u/\xff", 404),
        (b"/u/%", 400),
        (b"/u/%2", 400),
        (b"/u/%zz", 400),
        (b"/u/%u0041", 400),
        (b"u/1", 404),
        (b"*", 404),
    ],
)
async def test_forms_of_paths(raw: bytes, status: int) -> None:
    assert (await ask(edged(answering()), raw_path=raw)).status == status


async def test_a_query_with_nul_is_refused() -> None:
    assert (await ask(edged(answering()), "/?search=a%00b")).status == 400
    assert (await ask(edged(answering()), "/?search=a%2500b")).status == 200


async def test_a_refusal_of_head_has_no_body() -> None:
    answer = await ask(edged(answering()), raw_path=b"//", method="HEAD")
    assert (answer.status, answer.body) == (404, b"")
    assert int(answer.header("content-length") or 0) > 0


async def test_security_headers_stand_on_answers_and_refusals() -> None:
    for answer in (await ask(edged(answering())), await ask(edged(answering()), headers=[])):
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'"
        assert answer.header("strict-transport-security") is None
        assert answer.header("cache-control") is None


async def test_a_handlers_own_headers_stand() -> None:
    own = [(b"content-security-policy", b"default-src 'self'"), (b"cache-control", b"private, max-age=5")]
    answer = await ask(edged(answering(headers=own)), headers=[HOST, (b"cookie", b"a=b")])
    assert answer.header("content-security-policy") == "default-src 'self'"
    assert answer.header("cache-control") == "private, max-age=5"


@pytest.mark.parametrize(
    ("production", "scheme", "expected"), [(True, "https", True), (True, "http", False), (False, "https", False)]
)
async def test_strict_transport_security(production: bool, scheme: str, expected: bool) -> None:
    app = edged(answering(), production=production, allowed_hosts=("testserver",))
    answer = await ask(app, scheme=scheme)
    assert (answer.header("strict-transport-security") is not None) is expected


@pytest.mark.parametrize("header", [(b"authorization", b"Bearer x"), (b"cookie", b"a=b")])
async def test_answers_to_credentials_are_not_stored(header: tuple[bytes, bytes]) -> None:
    assert (await ask(edged(answering()), headers=[HOST, header])).header("cache-control") == "no-store"


async def test_an_answer_that_sets_a_cookie_is_not_stored() -> None:
    answer = await ask(edged(answering(headers=[(b"set-cookie", b"a=b")])))
    assert answer.header("cache-control") == "no-store"


ORIGIN = (b"origin", b"https://app.example.com")
PREFLIGHT = (b"access-control-request-method", b"PUT")


async def test_cors_is_off_by_default() -> None:
    answer = await ask(edged(answering(status=405)), method="OPTIONS", headers=[HOST, ORIGIN, PREFLIGHT])
    assert answer.status == 405
    assert not [name for name, _ in answer.raw_headers if name.startswith(b"access-control")]


async def test_a_listed_origin_may_read_answers_and_refusals() -> None:
    app = edged(answering(), cors_origins=("https://app.example.com",), cors_credentials=True)
    for answer in (await ask(app, headers=[HOST, ORIGIN]), await ask(app, headers=[ORIGIN])):
        assert answer.header("access-control-allow-origin") == "https://app.example.com"
        assert answer.header("access-control-allow-credentials") == "true"
        assert "X-Request-ID" in (answer.header("access-control-expose-headers") or "")
        assert (b"vary", b"Origin") in answer.raw_headers


async def test_a_preflight_of_a_listed_origin_is_answered() -> None:
    app = edged(answering(status=405), cors_origins=("https://app.example.com",))
    answer = await ask(app, method="OPTIONS", headers=[HOST, ORIGIN, PREFLIGHT])
    assert answer.status == 204
    assert "PUT" in (answer.header("access-control-allow-methods") or "")
    assert "Idempotency-Key" in (answer.header("access-control-allow-headers") or "")
    assert answer.header("access-control-allow-credentials") is None
    assert (await ask(app, method="OPTIONS", headers=[ORIGIN, PREFLIGHT])).status == 400
    assert (await ask(app, method="OPTIONS", headers=[HOST, ORIGIN])).status == 405


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"https://app.example.com.evil.example"])
async def test_another_origin_gets_nothing(origin: bytes) -> None:
    app = edged(answering(), cors_origins=("https://app.example.com",))
    for method in ("GET", "OPTIONS"):
        answer = await ask(app, method=method, headers=[HOST, (b"origin", origin), PREFLIGHT])
        assert answer.status == 200
        assert not [name for name, _ in answer.raw_headers if name.startswith(b"access-control")]
        assert (b"vary", b"Origin") in answer.raw_headers


async def test_any_origin() -> None:
    answer = await ask(edged(answering(), cors_origins=("*",)), headers=[HOST, ORIGIN])
    assert answer.header("access-control-allow-origin") == "*"
