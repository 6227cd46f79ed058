"""Orange Web Payment's wire (rows 9, 10, 12, 13, 21)."""

from typing import Any

import pytest

from adapters.operators.demo import DEMO_ORANGE
from tests.operators import CALLBACK, WEBPAY, Operators, basic

DEV = "/orange/orange-money-webpay/dev/v1"
PAYER = "2250700000010"


async def test_a_token_lives_as_long_as_it_says(sim: Operators) -> None:
    assert (await sim.orange_token()).json()["expires_in"] == 3600
    assert (await sim.orange_create("A1")).status_code == 201
    await sim.move(3600)
    expired = await sim.orange_create("A2")
    assert (expired.status_code, expired.json()["code"]) == (401, 42)
    await sim.switch("orange", expires_in=7_776_000, expires_in_text=True)
    assert (await sim.orange_token()).json()["expires_in"] == "7776000"


async def test_who_gets_no_token(sim: Operators) -> None:
    assert (await sim.orange_token(Accept="text/html")).status_code == 406
    wrong = await sim.orange_token(Authorization=basic(DEMO_ORANGE.client_id, "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert (await sim.orange_token(Authorization="")).json()["code"] == 40


async def test_fifty_tokens_a_minute(sim: Operators) -> None:
    statuses = [(await sim.orange_token()).status_code for _ in range(51)]
    assert statuses == [200] * 50 + [429]
    await sim.move(60)
    assert (await sim.orange_token()).status_code == 200


async def test_a_payment_is_created(sim: Operators) -> None:
    answer = await sim.orange_create("A1")
    assert answer.status_code == 201
    created = answer.json()
    assert (created["status"], created["message"]) == (201, "OK")
    assert (len(created["pay_token"]), len(created["notif_token"])) == (64, 32)
    assert created["payment_url"] == f"http://127.0.0.1:8001/orange/payment/pay_token/{created['pay_token']}"


@pytest.mark.parametrize(
    "name", ["merchant_key", "order_id", "amount", "return_url", "cancel_url", "notif_url", "lang"]
)
async def test_a_missing_field_is_named(sim: Operators, name: str) -> None:
    answer = await sim.orange_create("A1", **{name: None})
    assert (answer.status_code, answer.json()["code"], answer.json()["description"]) == (400, 23, name)


@pytest.mark.parametrize(
    "change",
    [
        {"order_id": "A" * 31},
        {"amount": "500"},
        {"amount": 500.5},
        {"amount": 0},
        {"return_url": "http://127.0.0.1/" + "x" * 120},
        {"notif_url": "ftp://shop.example"},
        {"lang": "de"},
        {"reference": "Café"},
        {"reference": "Boutique – Cotonou"},
    ],
)
async def test_an_invalid_field_is_named(sim: Operators, change: dict[str, Any]) -> None:
    answer = await sim.orange_create("A1", **change)
    assert (answer.status_code, answer.json()["code"]) == (400, 24)
    assert answer.json()["description"] == next(iter(change))
    assert await sim.transactions("orange", "A1") == []


async def test_thirty_characters_are_an_order(sim: Operators) -> None:
    assert (await sim.orange_create("A" * 30)).status_code == 201


async def test_an_order_exists_once(sim: Operators) -> None:
    created = (await sim.orange_create("A1")).json()
    again = await sim.orange_create("A1", amount=700)
    assert (again.status_code, again.json()["code"]) == (403, 1204)
    assert (await sim.orange_read("A1", created["pay_token"])).json()["status"] == "INITIATED"


async def test_keys_and_currencies(sim: Operators) -> None:
    wrong = await sim.orange_create("A1", merchant_key="wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (403, 1202)
    for path, currency, code in (
        (WEBPAY, "OUV", 1203),
        (DEV, "XOF", 1203),
        (WEBPAY.replace("/ci/", "/sn/"), "XOF", 50),
    ):
        answer = await sim.orange_create("A1", path=path, currency=currency)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert (await sim.orange_create("A1", path=DEV, currency="OUV")).status_code == 201


async def test_credentials_and_addresses(sim: Operators) -> None:
    for header, code in ((None, 40), ("Bearer x", 41)):
        headers = {"Authorization": header} if header else {}
        answer = await sim.client.post(f"{WEBPAY}/webpayment", headers=headers, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    await sim.orange_headers()
    await sim.switch("orange", refuse_address=True)
    assert (await sim.orange_create("A1")).status_code == 403


async def test_the_status_needs_all_three(sim: Operators) -> None:
    created = (await sim.orange_create("A1")).json()
    headers = await sim.orange_headers()
    whole = {"order_id": "A1", "amount": 500, "pay_token": created["pay_token"]}
    for name in whole:
        body = {key: value for key, value in whole.items() if key != name}
        answer = await sim.client.post(f"{WEBPAY}/transactionstatus", headers=headers, json=body)
        assert (answer.status_code, answer.json()["code"], answer.json()["description"]) == (400, 23, name)
    shown = await sim.orange_read("A1", created["pay_token"])
    assert (shown.status_code, shown.json()) == (201, {"status": "INITIATED", "order_id": "A1"})
    assert (await sim.orange_read("A2", created["pay_token"])).json()["code"] == 60
    assert (await sim.orange_read("A1", "0" * 64)).json()["code"] == 60
    assert (await sim.orange_read("A1", created["pay_token"], 501)).json()["code"] == 24


async def test_an_abandoned_payment_stays_initiated(sim: Operators) -> None:
    created = (await sim.orange_create("A1")).json()
    await sim.control("orange/A1/abandon")
    await sim.move(900)
    assert (await sim.orange_read("A1", created["pay_token"])).json()["status"] == "INITIATED"
    await sim.control("orange/A1/pay", {"msisdn": PAYER})
    late = (await sim.orange_read("A1", created["pay_token"])).json()
    assert late == {"status": "EXPIRED", "order_id": "A1"}
    await sim.move(10)
    assert await sim.moved("orange", "A1") == []
    assert sim.received == []


async def test_a_success_has_a_transaction_id_and_one_debit(sim: Operators) -> None:
    created = await sim.orange_pay("A1", PAYER)
    again = await sim.client.post(f"/_control/orange/{created['pay_token']}/pay", json={"msisdn": PAYER})
    assert again.status_code == 409
    await sim.move(2)
    shown = (await sim.orange_read("A1", created["pay_token"])).json()
    assert shown["txnid"].startswith("MP")
    assert await sim.moved("orange", "A1") == [("debit", "500")]


async def test_a_wrong_notification_token(sim: Operators) -> None:
    await sim.switch("orange", wrong_notif_token=True)
    created = await sim.orange_pay("A1", PAYER)
    await sim.move(2)
    (body,) = sim.bodies()
    assert body["notif_token"] != created["notif_token"]
    assert [str(each.url) for each in sim.received] == [CALLBACK]
