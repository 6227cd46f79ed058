"""Request id, log line, client address."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from adapters.http.edge.failures import report_failure
from adapters.http.edge.logs import configure_logging
from tests.adapters.http.edge.drive import HOST, answering, ask, edged


@pytest.fixture
def lines() -> Iterator[Any]:
    """Log lines as production writes them; returns those written so far."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging(production=True, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("given", [b"abc-1._Z", b"x" * 64])
async def test_a_well_formed_request_id_is_kept(given: bytes) -> None:
    answer = await ask(edged(answering()), headers=[HOST, (b"x-request-id", given)])
    assert answer.header("x-request-id") == given.decode()


@pytest.mark.parametrize("given", [b"", b"x" * 65, b"a b", b"a\r\nb", b"\xc3\xa9", b"a;b", b"a\n"])
async def test_another_request_id_is_replaced(given: bytes) -> None:
    answer = await ask(edged(answering()), headers=[HOST, (b"x-request-id", given)])
    made = answer.header("x-request-id")
    assert made is not None
    assert len(made) == 32
    assert int(made, 16)


async def test_refusals_carry_the_request_id() -> None:
    answer = await ask(edged(answering()), headers=[(b"x-request-id", b"mine")])
    assert (answer.status, answer.header("x-request-id")) == (400, "mine")


async def test_the_request_id_stands_in_every_log_line_of_the_request_and_in_no_other(lines: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        structlog.get_logger("a.feature").info("from structlog")
        logging.getLogger("a.library").warning("from the standard library")
        await answering()(scope, receive, send)

    await ask(edged(app), headers=[HOST, (b"x-request-id", b"mine")])
    logging.getLogger("a.library").warning("afterwards")
    assert [(line["event"], line.get("request_id")) for line in lines()] == [
        ("from structlog", "mine"),
        ("from the standard library", "mine"),
        ("request", "mine"),
        ("afterwards", None),
    ]


async def test_the_log_line_tells_the_template_and_no_secret(lines: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["path_template"] = "/reset/{token}"
        scope["socle"]["account"] = 7
        await answering(b"body-secret")(scope, receive, send)

    headers = [HOST, (b"authorization", b"Bearer header-secret"), (b"cookie", b"a=cookie-secret")]
    await ask(edged(app), "/reset/path-secret?q=query-secret", headers=headers)
    (line,) = lines()
    assert "secret" not in json.dumps(line)
    assert line["path"] == "/reset/{token}"
    assert (line["method"], line["status"], line["bytes"], line["account"]) == ("GET", 200, 11, "7")
    assert line["address"] == "203.0.113.9"
    assert line["ms"] >= 0


async def test_an_unhandled_exception_is_logged_once_with_its_traceback_and_answered(lines: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("the reason")

    answer = await ask(edged(app))
    assert (answer.status, answer.code) == (500, "internal")
    failures = [line for line in lines() if line["event"] == "unhandled exception"]
    assert len(failures) == 1
    assert failures[0]["exception"][0]["exc_type"] == "LookupError"
    assert failures[0]["exception"][0]["frames"]
    assert "locals" not in failures[0]["exception"][0]["frames"][0]
    assert [line["status"] for line in lines() if line["event"] == "request"] == [500]


async def test_a_failure_that_the_application_reported_itself_is_not_logged_again(lines: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        error = LookupError("the reason")
        report_failure(scope, error)
        raise error

    await ask(edged(app))
    assert [line["event"] for line in lines()] == ["unhandled exception", "request"]


async def test_development_lines_are_readable_and_show_no_values_of_variables() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging(production=False, stream=stream)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        value = "".join(["loc", "al-secret"])
        raise LookupError(len(value))

    try:
        await ask(edged(app))
    finally:
        root.handlers[:], root.level = before
        structlog.reset_defaults()
    assert "Traceback" in stream.getvalue()
    assert "local-secret" not in stream.getvalue()


async def test_an_answer_that_has_started_is_not_replaced() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError

    with pytest.raises(LookupError):
        await ask(edged(app))


async def test_websockets_are_closed() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        sent.append(event)

    await edged(answering())({"type": "websocket", "path": "/", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


PROXY = ("10.0.0.1", 1)
TRUSTING = {"trusted_proxies": ("10.0.0.0/8", "fd00::/8")}


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (b"198.51.100.7", "198.51.100.7"),
        (b"1.2.3.4, 198.51.100.7", "198.51.100.7"),
        (b"1.2.3.4, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        (b"198.51.100.7:4711", "198.51.100.7"),
        (b"[2001:db8::1]:4711", "2001:db8::1"),
        (b"::ffff:198.51.100.7", "198.51.100.7"),
        (b"1.2.3.4, nonsense, 10.9.9.9", "10.9.9.9"),
        (b"unknown", "10.0.0.1"),
        (b"", "10.0.0.1"),
        (b"10.1.1.1, 10.2.2.2", "10.1.1.1"),
    ],
)
async def test_forwarded_addresses_of_a_trusted_proxy(forwarded: bytes, expected: str) -> None:
    app = edged(answering(), **TRUSTING)
    headers = [HOST, (b"x-forwarded-for", forwarded), (b"x-forwarded-proto", b"https")]
    scope = (await ask(app, headers=headers, client=PROXY)).scope
    assert scope["socle"]["address"] == expected
    assert scope["client"][0] == expected
    assert scope["scheme"] == "https"


async def test_several_forwarded_headers_are_one_list() -> None:
    headers = [HOST, (b"x-forwarded-for", b"1.2.3.4"), (b"x-forwarded-for", b"198.51.100.7")]
    assert (await ask(edged(answering(), **TRUSTING), headers=headers, client=PROXY)).scope["client"][0] == (
        "198.51.100.7"
    )


@pytest.mark.parametrize("settings", [{}, TRUSTING])
async def test_forwarded_headers_of_anybody_else_count_for_nothing(settings: Any) -> None:
    headers = [HOST, (b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-proto", b"https")]
    scope = (await ask(edged(answering(), **settings), headers=headers, client=("203.0.113.9", 1))).scope
    assert scope["socle"]["address"] == scope["client"][0] == "203.0.113.9"
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("proto", [b"ftp", b"javascript", b"https, ftp", b""])
async def test_an_unknown_forwarded_scheme_counts_for_nothing(proto: bytes) -> None:
    headers = [HOST, (b"x-forwarded-proto", proto)]
    assert (await ask(edged(answering(), **TRUSTING), headers=headers, client=PROXY)).scope["scheme"] == "http"


async def test_a_peer_without_address_is_no_proxy() -> None:
    headers = [HOST, (b"x-forwarded-for", b"198.51.100.7")]
    scope = (await ask(edged(answering(), **TRUSTING), headers=headers, client=None)).scope
    assert scope["socle"]["address"] == ""
