"""Limits of bodies and of time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar, Request, post

from adapters.http.edge.body import BodyRefused
from tests.adapters.http.edge.drive import HOST, answering, ask, echo, edged

SMALL = {"max_body_bytes": 100, "max_multipart_bytes": 200, "body_seconds": 0.2}
MULTIPART = (b"content-type", b"Multipart/form-data; boundary=x")


async def pieces(size: int, count: int, pause: float = 0.0) -> AsyncIterator[bytes]:
    """A body in pieces."""
    for _ in range(count):
        await asyncio.sleep(pause)
        yield b"x" * size


async def endless() -> AsyncIterator[bytes]:
    """A body that never ends."""
    yield b"x"
    await asyncio.Event().wait()


@post("/")
async def litestar_echo(request: Request[Any, Any, Any]) -> str:
    """Read the whole body."""
    return str(len(await request.body()))


LITESTAR = Litestar([litestar_echo], openapi_config=None)
READERS = pytest.mark.parametrize("reader", [echo, LITESTAR], ids=["plain", "litestar"])


@READERS
async def test_a_body_within_the_limit_passes(reader: Any) -> None:
    answer = await ask(edged(reader, **SMALL), method="POST", body=b"x" * 100)
    assert answer.body == b"100"
    assert (await ask(edged(reader, **SMALL), method="POST", body=pieces(10, 10))).body == b"100"


@READERS
async def test_a_declared_length_over_the_limit_is_refused_at_once(reader: Any) -> None:
    headers = [HOST, (b"content-length", b"101")]
    answer = await ask(edged(reader, **SMALL), method="POST", headers=headers, body=endless())
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert answer.header("connection") == "close"


@READERS
async def test_a_streamed_body_over_the_limit_is_refused(reader: Any) -> None:
    answer = await ask(edged(reader, **SMALL), method="POST", body=pieces(10, 11))
    assert (answer.status, answer.code) == (413, "body_too_large")


async def test_a_declared_length_does_not_lift_the_limit() -> None:
    headers = [HOST, (b"content-length", b"5")]
    assert (await ask(edged(echo, **SMALL), method="POST", headers=headers, body=pieces(101, 1))).status == 413


async def test_multipart_has_its_own_limit() -> None:
    app = edged(echo, **SMALL)
    assert (await ask(app, method="POST", headers=[HOST, MULTIPART], body=b"x" * 200)).body == b"200"
    assert (await ask(app, method="POST", headers=[HOST, MULTIPART], body=b"x" * 201)).status == 413
    other = (b"content-type", b"multipart/form-dataX")
    assert (await ask(app, method="POST", headers=[HOST, other], body=b"x" * 101)).status == 413


@pytest.mark.parametrize("length", [b"-1", b"+1", b"1e3", b"0x10", b"", b" 1", b"9" * 20, b"\xb2"])
async def test_a_malformed_length_is_refused(length: bytes) -> None:
    answer = await ask(edged(echo, **SMALL), method="POST", headers=[HOST, (b"content-length", length)])
    assert (answer.status, answer.code) == (400, "bad_content_length")


@READERS
async def test_a_body_that_never_ends_is_refused(reader: Any) -> None:
    async with asyncio.timeout(2):
        answer = await ask(edged(reader, **SMALL), method="POST", body=endless())
    assert (answer.status, answer.code) == (408, "body_too_slow")


@READERS
async def test_a_body_that_trickles_is_refused(reader: Any) -> None:
    async with asyncio.timeout(2):
        answer = await ask(edged(reader, **SMALL), method="POST", body=pieces(1, 90, pause=0.05))
    assert (answer.status, answer.code) == (408, "body_too_slow")


async def test_what_an_application_does_between_two_pieces_is_not_cut_short() -> None:
    worked = False

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal worked
        await receive()
        await asyncio.sleep(0.4)
        worked = True
        await receive()

    answer = await ask(edged(app, **SMALL), method="POST", body=pieces(1, 3))
    assert worked
    assert (answer.status, answer.code) == (408, "body_too_slow")


async def test_a_body_and_its_request_that_are_late_together_are_refused_once() -> None:
    async def blocking() -> AsyncIterator[bytes]:
        time.sleep(0.5)  # noqa: ASYNC251 - both limits pass while nothing else can run
        await asyncio.Event().wait()
        yield b""

    limits = SMALL | {"request_seconds": 0.2}
    async with asyncio.timeout(3):
        answer = await ask(edged(echo, **limits), method="POST", body=blocking())
    assert answer.status in (408, 503)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_client_that_leaves_is_no_late_body() -> None:
    asking = asyncio.ensure_future(ask(edged(echo, **SMALL), method="POST", body=endless()))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_waiting_for_the_client_to_leave_is_not_waiting_for_a_body() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await receive()
        await answering()(scope, receive, send)

    assert (await ask(edged(app, **SMALL), method="POST", body=b"x")).status == 200


async def test_an_answer_given_without_reading_stands() -> None:
    assert (await ask(edged(answering(status=401), **SMALL), method="POST", body=endless())).status == 401


@pytest.mark.parametrize("compression", [True, False])
async def test_an_answer_under_way_is_not_replaced_by_a_refusal(compression: bool) -> None:
    async def begin(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/begun":
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await receive()

    app = edged(begin, compression=compression, **SMALL)
    assert (await ask(app, method="POST", body=pieces(101, 1))).status == 413
    with pytest.raises(BodyRefused):
        await ask(app, "/begun", method="POST", body=pieces(101, 1))


async def test_a_slow_request_is_cancelled_and_refused() -> None:
    rolled_back = False

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal rolled_back
        try:
            await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0)
            rolled_back = True

    async with asyncio.timeout(2):
        answer = await ask(edged(app, request_seconds=0.1))
    assert rolled_back
    assert (answer.status, answer.code, answer.header("retry-after")) == (503, "request_too_slow", "5")
    assert answer.header("x-request-id")


async def test_an_answer_that_has_started_may_take_its_time() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b""})

    answer = await ask(edged(app, request_seconds=0.1))
    assert (answer.status, answer.body) == (200, b"xxx")


async def test_a_timeout_of_the_application_itself_is_a_failure() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise TimeoutError

    assert (await ask(edged(app))).status == 500
