"""The simulator as a server, where real connections matter: lost answers, silence, callbacks over the network."""

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.adapters.operators.simulator_process import simulator
from tests.operators import Operators, number, said


class Origin:
    """Where a running simulator is, and its log."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    """A running simulator."""
    log = tmp_path_factory.mktemp("simulator") / "log"
    with simulator(log=log) as url:
        yield Origin(url, log)


class Remote(Operators):
    """A simulator over the network."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        super().__init__(client, type("Nothing", (), {"simulation": None}), [])

    async def move(self, seconds: float) -> None:
        """Move the clock."""
        await self.control("clock", {"seconds": seconds})


@pytest.fixture
async def remote(origin: Origin) -> AsyncIterator[Remote]:
    """A client of the running simulator, which starts anew."""
    async with httpx2.AsyncClient(base_url=origin.url, timeout=10, trust_env=False) as client:
        running = Remote(client)
        await running.control("reset")
        yield running


@pytest.fixture
def merchant() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A merchant's server: its address, and the callbacks that it got."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


async def test_08_cuts_the_connection_and_the_payment_lives(remote: Remote, origin: Origin) -> None:
    reference = str(uuid.uuid4())
    with pytest.raises(httpx2.RemoteProtocolError):
        await remote.mtn_send(number("08"), reference=reference)
    with pytest.raises(httpx2.RemoteProtocolError):
        await remote.push(f"+{number('08')}", "PAY1")
    await remote.move(2)
    assert (await remote.mtn_status(reference))["status"] == "SUCCESSFUL"
    assert said(await remote.asked("getTransactionStatus", transid="PAY1"))["status"] == "0"
    for operator, name in (("mtn", reference), ("moov", "PAY1")):
        assert await remote.moved(operator, name) == [("debit", "500")]
    assert "Traceback" not in origin.log.read_text()


async def test_an_answer_hangs_past_the_clients_deadline(remote: Remote) -> None:
    await remote.switch("moov", lose_next=1, lost="hang")
    remote.client.timeout = httpx2.Timeout(0.5)
    with pytest.raises(httpx2.ReadTimeout):
        await remote.push(f"+{number('10')}", "PAY1")
    remote.client.timeout = httpx2.Timeout(10)
    await remote.move(2)
    assert await remote.moved("moov", "PAY1") == [("debit", "500")]
    (entry,) = (await remote.control("log?operator=moov&reference=PAY1", method="GET"))["entries"]
    assert (entry["status"], entry["error"]) == (0, "answer lost")


@pytest.mark.parametrize(("down", "error"), [("cut", httpx2.RemoteProtocolError), ("hang", httpx2.ReadTimeout)])
async def test_an_operator_that_does_not_answer(remote: Remote, down: str, error: type[Exception]) -> None:
    await remote.switch("moov", down=down)
    remote.client.timeout = httpx2.Timeout(0.5)
    with pytest.raises(error):
        await remote.push(f"+{number('10')}", "PAY1")
    remote.client.timeout = httpx2.Timeout(10)
    await remote.switch("moov", down="", refuse_address=True)
    with pytest.raises(httpx2.RemoteProtocolError):
        await remote.push(f"+{number('10')}", "PAY1")
    assert await remote.transactions("moov", "PAY1") == []


async def test_callbacks_go_over_the_network(remote: Remote, merchant: tuple[str, list[tuple[str, bytes]]]) -> None:
    address, got = merchant
    reference, _ = await remote.mtn_send(number("06"), callback=f"{address}/early")
    assert [path for path, _ in got] == ["/early"]
    late, _ = await remote.mtn_send(number("03"), callback="http://127.0.0.1:1/nobody")
    await remote.control("approve", {"operator": "mtn", "reference": late})
    sent = await remote.control("callbacks", {"operator": "mtn", "reference": late})
    assert [each["error"] for each in sent["entries"]] == ["ConnectError"]
    sent = await remote.control("callbacks", {"operator": "mtn", "reference": late, "url": f"{address}/again"})
    assert [each["status"] for each in sent["entries"]] == [200]
    assert [path for path, _ in got] == ["/early", "/again"]
    assert (await remote.mtn_status(reference))["status"] == "SUCCESSFUL"


async def test_a_payment_confirms_by_itself(remote: Remote, merchant: tuple[str, list[tuple[str, bytes]]]) -> None:
    address, got = merchant
    reference, _ = await remote.mtn_send(number("10"), callback=f"{address}/x")
    for _ in range(200):
        if got:
            break
        await asyncio.sleep(0.05)
    assert (await remote.mtn_status(reference))["status"] == "SUCCESSFUL"


async def test_a_strict_server_is_strict() -> None:
    with simulator(strict=True) as url:
        async with httpx2.AsyncClient(base_url=url, timeout=10, trust_env=False) as client:
            _, answer = await Remote(client).mtn_send(number("10"))
            assert answer.json()["code"] == "INVALID_CALLBACK_URL_HOST"
