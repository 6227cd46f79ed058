"""The page behind a quote's link in a real browser of a telephone's size: it tells that it is seen, its forms work, its
policy is not violated, and it asks nobody else."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.operators.chromium import Chromium
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import unique
from tests.plugins.crm.quotes import quote_for, send, sent_quote
from tests.running import database_of_worker
from tests.sales import Sales, sales_on
from tests.server import serving

pytestmark = pytest.mark.peers

WIDTH, HEIGHT = 390, 844


@pytest.fixture(scope="module")
def floor(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[DatabaseUrls, Path]:
    """A database, and a home, that a server and the test's own installation share."""
    return database_of_worker(cluster, tmp_path_factory, "page")


@pytest.fixture(scope="module")
def origin(floor: tuple[DatabaseUrls, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a server of crm."""
    with serving(tmp_path_factory.mktemp("served"), floor[0], SOCLE_EDITION="crm") as server:
        yield server.base_url


@pytest.fixture
async def shop(floor: tuple[DatabaseUrls, Path]) -> AsyncIterator[Sales]:
    """The sales floor that quotes come from."""
    async with sales_on(*floor) as running:
        yield running


@pytest.fixture(params=["fr", "en"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chromium]:
    """A telephone of a reader of one language."""
    opened = Chromium(tmp_path / "profile", request.param)
    opened._call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=2, mobile=True)
    yield opened
    opened.close()


def state(shop: Sales, quote: dict[str, Any]) -> Any:
    """The state of a quote."""
    return shop.owner.fetchval("select statut from crm_devis where id = $1", quote["id"])


def looked_at(browser: Chromium, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    folder = os.environ.get("SOCLE_PICTURES")
    if folder:
        browser.picture(Path(folder) / f"{name}.png")


async def test_a_client_reads_and_accepts_on_a_telephone(shop: Sales, origin: str, browser: Chromium) -> None:
    team = await shop.team()
    quote, link = await sent_quote(shop, team, contenu="Maquettes\n" + "MotSansFin" * 30)
    browser.open(f"{origin}{link}")
    browser.wait("document.readyState === 'complete' && !!document.querySelector('.oui button')")
    for _ in range(100):
        if await state(shop, quote) == "Consulté":
            break
        await asyncio.sleep(0.05)
    assert await state(shop, quote) == "Consulté"
    assert browser.evaluate("document.documentElement.scrollWidth") == WIDTH
    looked_at(browser, f"page-{browser.evaluate('document.documentElement.lang')}")
    browser.click(".oui button")
    assert await state(shop, quote) == "Consulté", "the box must be ticked first"
    browser.click(".oui input")
    browser.click(".oui button")
    browser.wait("!!document.querySelector('.etat.oui')")
    assert await state(shop, quote) == "Accepté"
    assert browser.evaluate("location.pathname") == link
    assert browser.evaluate("document.forms.length") == 0
    looked_at(browser, f"accepted-{browser.evaluate('document.documentElement.lang')}")
    assert browser.complaints == []
    asked = [url for url in browser.requested if not url.startswith("data:")]
    assert {url.removeprefix(f"{origin}{link}") for url in asked} <= {"", "/vu", "/accepter"}


async def test_a_client_declines_and_says_why(shop: Sales, origin: str, browser: Chromium) -> None:
    team = await shop.team()
    quote, link = await sent_quote(shop, team)
    browser.open(f"{origin}{link}")
    browser.click("details summary")
    browser.type("#motif", "Trop cher : 20 % de moins ?")
    looked_at(browser, f"declining-{browser.evaluate('document.documentElement.lang')}")
    browser.click("details button")
    browser.wait("!!document.querySelector('.etat.non')")
    kept = await shop.owner.fetchrow("select statut, motif_refus from crm_devis where id = $1", quote["id"])
    assert tuple(kept) == ("Refusé", "Trop cher : 20 % de moins ?")
    assert browser.complaints == []


async def test_a_quote_that_runs_code_runs_none(shop: Sales, origin: str, browser: Chromium) -> None:
    team = await shop.team()
    hostile = "<script>document.title='taken'</script>\n<img src=x onerror=\"document.title='taken'\">"
    quote, _ = await quote_for(team, contenu=hostile)
    await shop.owner.execute("update organisation set name = $1 where id = $2", f"Ocean {hostile}", team.organisation)
    await send(team, quote)
    token = unique("jeton")
    digest = "update crm_devis set lien_hash = sha256($1::bytea) where id = $2"
    await shop.owner.execute(digest, token.encode(), quote["id"])
    browser.open(f"{origin}/devis/{token}")
    browser.wait("document.readyState === 'complete' && document.querySelectorAll('li').length === 2")
    assert browser.evaluate("document.title") != "taken"
    assert browser.evaluate("document.images.length") == 0
    assert browser.complaints == []
