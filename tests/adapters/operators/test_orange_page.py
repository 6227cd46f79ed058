"""Orange's page, as a browser uses it (row 11)."""

import httpx2
import pytest

from tests.operators import Operators

PAYER = "225 07 00 00 00 10"


async def page_of(sim: Operators) -> str:
    """The path of a payment's page."""
    return httpx2.URL((await sim.orange_create("A1")).json()["payment_url"]).path


async def test_the_page_is_in_the_readers_language(sim: Operators) -> None:
    path = await page_of(sim)
    for language, word in (("fr", "Payer"), ("en", "Pay<")):
        shown = await sim.client.get(path, headers={"Accept-Language": language})
        assert shown.status_code == 200
        assert f'lang="{language}"' in shown.text
        assert word in shown.text
        assert "500 XOF" in shown.text
        assert "default-src 'none'" in shown.headers["content-security-policy"]


async def test_a_payer_pays(sim: Operators) -> None:
    path = await page_of(sim)
    answer = await sim.client.post(path, data={"action": "pay", "msisdn": PAYER, "code": "123456"})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:8000/merci")
    await sim.move(2)
    assert await sim.moved("orange", "A1") == [("debit", "500")]
    assert "SUCCESS" in (await sim.client.get(path)).text


@pytest.mark.parametrize("entry", [{"msisdn": "97", "code": "123456"}, {"msisdn": PAYER, "code": "12"}, {}])
async def test_a_wrong_entry_is_told(sim: Operators, entry: dict[str, str]) -> None:
    path = await page_of(sim)
    answer = await sim.client.post(path, data={"action": "pay", **entry})
    assert answer.status_code == 422
    assert "invalide" in answer.text
    await sim.move(10)
    assert await sim.moved("orange", "A1") == []


async def test_a_payer_cancels_or_abandons(sim: Operators) -> None:
    path = await page_of(sim)
    cancelled = await sim.client.post(path, data={"action": "cancel"})
    assert (cancelled.status_code, cancelled.headers["location"]) == (303, "http://127.0.0.1:8000/annule")
    abandoned = await sim.client.post(path, data={"action": "abandon"})
    assert abandoned.status_code == 200
    await sim.move(900)
    (kept,) = await sim.transactions("orange", "A1")
    assert kept["standing"] == "initiated"
    assert sim.received == []


async def test_an_unknown_page(sim: Operators) -> None:
    assert (await sim.client.get("/orange/payment/pay_token/x")).status_code == 404
    assert (await sim.client.post("/orange/payment/pay_token/x", data={"action": "pay"})).status_code == 404


async def test_names_of_merchants_are_text(sim: Operators) -> None:
    path = httpx2.URL((await sim.orange_create("A1", reference="<b>Shop</b>")).json()["payment_url"]).path
    assert "<b>" not in (await sim.client.get(path)).text
