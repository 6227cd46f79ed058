"""The handsets and Orange's page in a real browser: prompts are confirmed and declined, no policy is violated, nothing
leaves the simulator but to the merchant."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.adapters.operators.chromium import Chromium
from tests.adapters.operators.simulator_process import simulator
from tests.adapters.operators.test_simulator_server import Remote
from tests.operators import number, said

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A running simulator."""
    with simulator() as url:
        yield url


@pytest.fixture
async def remote(origin: str) -> AsyncIterator[Remote]:
    """A client of the running simulator, which starts anew."""
    async with httpx2.AsyncClient(base_url=origin, timeout=10, trust_env=False) as client:
        running = Remote(client)
        await running.control("reset")
        yield running


@pytest.fixture(params=["fr", "en"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chromium]:
    """A browser of a reader of one language."""
    opened = Chromium(tmp_path / "profile", request.param)
    yield opened
    opened.close()


@pytest.fixture
def shop() -> Iterator[str]:
    """A merchant's site, of another origin, to which the payer comes back."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<title>shop</title><link rel=icon href=data:,>")

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def switched(remote: Remote, *, automatic: bool) -> bool:
    """Whether the simulator hears of the page's switch: the page sends it once it shows it."""
    for _ in range(100):
        if (await remote.control("switches", method="GET"))["mtn"]["automatic"] is automatic:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_person_confirms_and_declines(remote: Remote, origin: str, browser: Chromium) -> None:
    browser.open(f"{origin}/")
    browser.wait("document.querySelector('#prompts .empty') !== null")
    confirmed, _ = await remote.mtn_send(number("03"), callback=None, payerMessage="Riz 5 kg")
    await remote.push(f"+{number('03')}", "PAY1")
    browser.wait("document.querySelectorAll('.handset').length === 2")
    assert "Riz 5 kg" in browser.evaluate("document.querySelector('.handset.mtn').textContent")
    words = browser.evaluate("[...document.querySelectorAll('.handset.mtn button')].map(b => b.textContent).join()")
    assert words == (
        "Confirmer,Refuser" if browser.evaluate("document.documentElement.lang") == "fr" else "Confirm,Decline"
    )

    browser.click(".handset.mtn button.confirm")
    browser.wait("document.querySelectorAll('.handset').length === 1")
    assert (await remote.mtn_status(confirmed))["status"] == "SUCCESSFUL"
    browser.click(".handset.moov button.decline")
    browser.wait("document.querySelector('#prompts .empty') !== null")
    assert said(await remote.asked("getTransactionStatus", transid="PAY1"))["status"] == "92"
    assert browser.evaluate("document.querySelectorAll('#latest li').length") == 2

    browser.click("#manual")
    browser.wait("document.getElementById('manual').checked")
    assert await switched(remote, automatic=False)
    assert browser.complaints == []
    assert [url for url in browser.requested if not url.startswith((f"{origin}/", "data:", "about:"))] == []


@pytest.mark.parametrize(("action", "page"), [("pay", "merci"), ("cancel", "annule")])
async def test_a_payer_uses_oranges_page(
    remote: Remote, origin: str, browser: Chromium, shop: str, action: str, page: str
) -> None:
    created = await remote.orange_create("A1", return_url=f"{shop}/merci", cancel_url=f"{shop}/annule")
    browser.open(f"{origin}/")
    browser.click(".handset.orange a")
    browser.type("input[name=msisdn]", "2250700000010")
    browser.type("input[name=code]", "123456")
    assert browser.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    browser.click(f"button[value={action}]")
    browser.wait(f"location.href === '{shop}/{page}'")
    await remote.move(2)
    shown = (await remote.orange_read("A1", created.json()["pay_token"])).json()
    assert shown["status"] == ("SUCCESS" if action == "pay" else "INITIATED")
    assert browser.complaints == []
