"""The operators' own rules about callback addresses and numbers, which `strict` enforces."""

import msgspec
import pytest

from adapters.operators.demo import DEMO_MTN
from adapters.operators.settings import OperatorSettings
from tests.operators import Operators, number, operators, said


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x",
        "https://127.0.0.1/x",
        "http://localhost/x",
        "https://localhost/x",
        "https://shop.example/x",
        "https://10.0.0.1/x",
        "not a url",
    ],
)
async def test_mtn_takes_https_of_the_users_own_domain_alone(strict: Operators, url: str) -> None:
    reference, answer = await strict.mtn_send(number("10"), callback=url)
    assert (answer.status_code, answer.json()["code"]) == (500, "INVALID_CALLBACK_URL_HOST")
    assert await strict.transactions("mtn", reference) == []


async def test_mtn_calls_a_domain_over_https() -> None:
    user = msgspec.structs.replace(DEMO_MTN, callback_host="shop.example")
    async with operators(OperatorSettings(strict=True, mtn=user)) as sim:
        for url, status in (
            ("https://shop.example/x", 202),
            ("https://shop.example:443/x", 202),
            ("https://shop.example:8443/x", 500),
            ("http://shop.example/x", 500),
            ("https://other.example/x", 500),
        ):
            assert (await sim.mtn_send(number("10"), callback=url))[1].status_code == status
        await sim.move(2)
        assert {str(each.url) for each in sim.received} == {"https://shop.example/x"}


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("http://127.0.0.1:8000/x", False),
        ("http://localhost:8000/x", False),
        ("http://shop.example/x", False),
        ("https://10.0.0.1/x", False),
        ("https://shop.example/x", True),
    ],
)
async def test_orange_takes_any_address_and_calls_public_ones_alone(
    strict: Operators, url: str, *, called: bool
) -> None:
    created = await strict.orange_create("A1", notif_url=url)
    assert created.status_code == 201
    await strict.control("orange/A1/pay", {"msisdn": "2250700000010"})
    await strict.move(2)
    assert len(strict.received) == called
    assert await strict.moved("orange", "A1") == [("debit", "500")]


async def test_otherwise_loopback_alone_is_free(sim: Operators) -> None:
    for url, status in (("http://127.0.0.1:9/x", 202), ("http://localhost:9/x", 202), ("http://shop.example/x", 500)):
        assert (await sim.mtn_send(number("10"), callback=url))[1].status_code == status
    await sim.orange_create("A1", notif_url="http://shop.example/x")
    await sim.control("orange/A1/pay", {"msisdn": "2250700000010"})
    sim.received.clear()
    await sim.move(2)
    assert all(str(each.url) != "http://shop.example/x" for each in sim.received)


async def test_moovs_numbers_need_their_plus(strict: Operators, sim: Operators) -> None:
    for running, status in ((strict, "8"), (sim, "100")):
        assert said(await running.push(number("10"), "PAY1"))["status"] == status
    assert said(await strict.push(f"+{number('10')}", "PAY2"))["status"] == "100"
