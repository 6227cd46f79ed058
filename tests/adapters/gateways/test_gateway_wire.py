"""HTTP to an operator: whatever the network does ends in time, as trouble, with one log line."""

import asyncio
import gzip
import ssl
import time
import zlib
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from adapters.gateways.trouble import Trouble, within
from adapters.gateways.wire import MAX_ANSWER, Answer, Wire
from tests.adapters.gateways.line import Talk, head, line
from tests.adapters.gateways.stage import OPERATION, unread
from tests.adapters.notify.smtp_peer import _certificate

DEADLINE = 0.6


def said(content: bytes) -> Talk:
    """A peer that says these bytes and hangs up."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return talk


async def ask(address: str, deadline: float = DEADLINE, **options: Any) -> Answer:
    """One call."""
    wire = Wire("mtn", base_url=address, deadline=deadline, **options)
    try:
        return await wire.call("status", "GET", "/x", operation=OPERATION, headers={})
    finally:
        await wire.close()


async def test_an_answer_comes_whatever_its_status() -> None:
    """Status, media type and body are told; nothing is decided."""
    reply = b"HTTP/1.1 503 Down\r\nContent-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"
    async with line(said(reply)) as address:
        assert await ask(address) == Answer(503, "application/json", b"{}")


async def _hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(1_000))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(None))
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (_hang, "timeout"),
        (_drip, "timeout"),
        (_endless, "answer too long"),
        (said(b""), "RemoteProtocolError"),
        (said(head(100) + b"{"), "RemoteProtocolError"),
        (said(b"\x00\x01 garbage\r\n\r\n"), "RemoteProtocolError"),
        (said(head(3, "application/json", "Content-Encoding: br") + b"abc"), "answer packed in an unknown way"),
        (said(head(3, "application/json", "Content-Encoding: gzip") + b"abc"), "answer packed wrongly"),
    ],
    ids=["hangs", "drips", "endless", "hangs up", "cut off", "garbage", "brotli", "no gzip"],
)
async def test_what_is_no_answer_is_trouble_in_time(talk: Talk, code: str) -> None:
    """Silence, drips, floods and cut connections end as trouble within the deadline."""
    started = time.monotonic()
    async with line(talk) as address:
        with pytest.raises(Trouble) as caught:
            await ask(address)
        assert caught.value.code == code
        assert time.monotonic() - started < DEADLINE + 0.5


async def test_nobody_listens() -> None:
    """A refused connection is trouble."""
    async with line(_hang) as address:
        pass
    with pytest.raises(Trouble) as caught:
        await ask(address)
    assert caught.value.code == "ConnectError"


async def test_an_answer_of_exactly_the_limit_is_read() -> None:
    """The bound is on what is beyond it."""
    async with line(said(head(MAX_ANSWER) + b"x" * MAX_ANSWER)) as address:
        assert len((await ask(address, 5)).body) == MAX_ANSWER
    async with line(said(head(MAX_ANSWER + 1) + b"x" * (MAX_ANSWER + 1))) as address:
        with pytest.raises(Trouble, match="too long"):
            await ask(address, 5)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_packed_answer_is_unpacked_within_bounds(pack: Callable[[bytes], bytes]) -> None:
    """We ask for plain answers; a proxy may pack them all the same. A bomb is not unpacked."""
    coding = "Content-Encoding: " + ("gzip" if pack is gzip.compress else "deflate")
    small, bomb = pack(b'{"a":1}'), pack(b"0" * 50_000_000)
    assert len(bomb) < MAX_ANSWER
    async with line(said(head(len(small), "application/json", coding) + small)) as address:
        assert (await ask(address)).body == b'{"a":1}'
    cut = small[:-4]
    async with line(said(head(len(cut), "application/json", coding) + cut)) as address:
        with pytest.raises(Trouble, match="cut off"):
            await ask(address)
    async with line(said(head(len(bomb), "application/json", coding) + bomb)) as address:
        with pytest.raises(Trouble, match="too long"):
            await ask(address, 5)


async def test_redirects_are_not_followed() -> None:
    """Credentials go nowhere but where they were sent."""
    calls: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        calls.append(request)
        return unread(httpx2.Response(307, headers={"location": "https://elsewhere.example/"}))

    assert (await ask("https://operator.example", transport=httpx2.MockTransport(answer))).status == 307
    assert len(calls) == 1


async def test_cookies_are_not_kept() -> None:
    """What an operator's balancer sets is not sent again."""
    seen: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers.get("cookie"))
        return unread(httpx2.Response(200, headers={"set-cookie": "a=b; Path=/"}))

    wire = Wire("mtn", base_url="https://operator.example", deadline=1, transport=httpx2.MockTransport(answer))
    for _ in range(2):
        await wire.call("x", "GET", "/", operation=None, headers={})
    await wire.close()
    assert seen == [None, None]


async def test_an_empty_post_says_its_length() -> None:
    """MTN's token call answers 411 without (mobile-money.md section 2.3)."""
    seen: list[httpx2.Headers] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers)
        return unread(httpx2.Response(200))

    wire = Wire("mtn", base_url="https://operator.example", deadline=1, transport=httpx2.MockTransport(answer))
    await wire.call("token", "POST", "/", operation=None, headers={})
    await wire.close()
    assert seen[0]["content-length"] == "0"
    assert seen[0]["accept-encoding"] == "identity"


async def test_certificates_are_always_checked() -> None:
    """A self-signed server is refused, unless its certificate is the `ca_file`."""
    certificate = _certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head(2) + b"{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(Trouble, match="ConnectError"):
            await ask(address, 5)
        assert (await ask(address, 5, ca_file=str(certificate))).body == b"{}"
    finally:
        server.close()


async def test_each_call_is_one_line_of_the_log() -> None:
    """Operator, operation, call, status, milliseconds; no address, no header."""
    async with line(said(head(2) + b"{}")) as address:
        with capture_logs() as logs:
            await ask(address)
    (entry,) = logs
    assert entry.pop("ms") >= 0
    assert entry == {
        "event": "operator_call",
        "log_level": "info",
        "operator": "mtn",
        "operation": str(OPERATION),
        "call": "status",
        "status": 200,
    }


async def test_a_cancelled_call_is_logged_and_stays_cancelled() -> None:
    """Being cancelled is the only way out of a call."""
    async with line(_hang) as address:
        with capture_logs() as logs:
            task = asyncio.create_task(ask(address, 5))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert [entry["trouble"] for entry in logs] == ["cancelled"]


async def test_the_end_of_several_calls_together() -> None:
    """A gateway's method is bounded as a whole."""
    with pytest.raises(Trouble) as caught:
        async with within(0.05):
            await asyncio.sleep(5)
    assert caught.value.code == "timeout"


def test_a_wire_serves_one_loop_after_another() -> None:
    """Composed in one loop, used in another, and in a third."""
    wire = Wire(
        "mtn",
        base_url="https://operator.example",
        deadline=1,
        transport=httpx2.MockTransport(lambda _: unread(httpx2.Response(200))),
    )

    async def call() -> int:
        return (await wire.call("x", "GET", "/", operation=None, headers={})).status

    assert [asyncio.run(call()) for _ in range(2)] == [200, 200]
