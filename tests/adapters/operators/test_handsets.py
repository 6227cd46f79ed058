"""The page of simulated handsets, without a browser."""

from typing import Any

import pytest

from tests.operators import Operators, number, said


async def state(sim: Operators) -> dict[str, Any]:
    """What the page shows."""
    shown: dict[str, Any] = (await sim.client.get("/_handsets/state")).json()
    return shown


async def test_the_page_is_in_the_readers_language_and_asks_nobody_else(sim: Operators) -> None:
    for language, words in (("fr", "Téléphones simulés"), ("en", "Simulated handsets")):
        page = await sim.client.get("/", headers={"Accept-Language": language})
        assert words in page.text
        assert f'lang="{language}"' in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http://" not in page.text
        assert "https://" not in page.text
    for name, kind in (("handsets.js", "text/javascript"), ("handsets.css", "text/css")):
        asset = await sim.client.get(f"/_handsets/{name}")
        assert asset.status_code == 200
        assert asset.headers["content-type"].startswith(kind)
    assert (await sim.client.get("/_handsets/handsets.py")).status_code in (404, 405)


async def test_a_person_confirms_and_declines(sim: Operators) -> None:
    first, _ = await sim.mtn_send(number("03"))
    await sim.push(f"+{number('03')}", "PAY1")
    waiting = (await state(sim))["waiting"]
    assert [(each["operator"], each["amount"]) for each in waiting] == [("mtn", "500"), ("moov", "500")]
    one, two = (each["number"] for each in waiting)
    assert (await sim.client.post(f"/_handsets/{one}/confirm")).status_code == 200
    assert (await sim.client.post(f"/_handsets/{two}/decline")).status_code == 200
    assert (await sim.mtn_status(first))["status"] == "SUCCESSFUL"
    assert said(await sim.asked("getTransactionStatus", transid="PAY1"))["status"] == "92"
    assert (await sim.client.post(f"/_handsets/{one}/decline")).status_code == 409
    assert (await sim.client.post("/_handsets/99/confirm")).status_code == 404
    assert (await sim.client.post(f"/_handsets/{one}/refund")).status_code == 404
    shown = await state(sim)
    assert shown["waiting"] == []
    assert [each["standing"] for each in shown["latest"]] == ["failed", "succeeded"]


async def test_a_payer_without_money_cannot_confirm(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("02"))
    (prompt,) = (await state(sim))["waiting"]
    await sim.client.post(f"/_handsets/{prompt['number']}/confirm")
    assert (await sim.mtn_status(reference))["reason"] == "NOT_ENOUGH_FUNDS"


async def test_by_hand_every_prompt_waits(sim: Operators) -> None:
    assert (await sim.client.post("/_handsets/manual/on")).json() == {"manual": True}
    assert (await state(sim))["manual"] is True
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(299)
    assert (await sim.mtn_status(reference))["status"] == "PENDING"
    await sim.move(1)
    assert (await sim.mtn_status(reference))["reason"] == "EXPIRED"
    await sim.client.post("/_handsets/manual/off")
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(2)
    assert (await sim.mtn_status(reference))["status"] == "SUCCESSFUL"
    assert (await sim.client.post("/_handsets/manual/maybe")).status_code == 404


async def test_orange_shows_its_page_until_a_number_is_entered(sim: Operators) -> None:
    created = (await sim.orange_create("A1")).json()
    (open_page,) = (await state(sim))["waiting"]
    assert open_page["page"] == f"/orange/payment/pay_token/{created['pay_token']}"
    await sim.control("orange/A1/pay", {"msisdn": "2250700000003"})
    (prompt,) = (await state(sim))["waiting"]
    assert "page" not in prompt
    await sim.client.post(f"/_handsets/{prompt['number']}/confirm")
    await sim.simulation.callbacks.drain()
    assert sim.bodies()[0]["status"] == "SUCCESS"


@pytest.mark.parametrize("path", ["{number}/confirm", "manual/on"])
async def test_another_sites_page_cannot_answer(sim: Operators, path: str) -> None:
    await sim.mtn_send(number("03"))
    (prompt,) = (await state(sim))["waiting"]
    url = f"/_handsets/{path.format(number=prompt['number'])}"
    for site in ("cross-site", "same-site"):
        assert (await sim.client.post(url, headers={"Sec-Fetch-Site": site})).status_code == 403
    assert (await sim.client.post(url, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200
