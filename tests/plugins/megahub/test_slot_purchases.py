"""Slots that are bought: there when the money is confirmed, once, and gone with it (issue 7, "paid upgrade")."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from tests.cluster import TestCluster
from tests.hub import Hub, HubCompany, hub_of_worker
from tests.installation import unique

PRICES = {"megahub_slots": {"brand_slot_price": 1000, "user_slot_price": 500}}


@pytest.fixture(scope="module")
async def shop(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """A hub that sells slots, with the method `fake`."""
    async with hub_of_worker(cluster, tmp_path_factory, "hub_shop", settings=PRICES) as running:
        assert running.operator
        yield running


def wish(**fields: Any) -> dict[str, Any]:
    """The body of a purchase."""
    return {"brands_increment": 2, "payment_method": "fake", "phone_number": "+22997000000", **fields}


async def bought(company: HubCompany, **fields: Any) -> str:
    """Begin a purchase; the payment."""
    answer = await company.admin.post(f"{company.slots_path}/purchase/", json=wish(**fields))
    assert answer.status_code == 201, answer.text
    payment: str = answer.json()["payment_uuid"]
    return payment


async def slots_of(company: HubCompany) -> tuple[int, int]:
    """The slots of a company."""
    shown = await company.slots()
    return shown["brands_slots"], shown["users_slots"]


async def statuses(hub: Hub, company: HubCompany) -> list[str]:
    """How a company's purchases stand."""
    rows = await hub.owner.fetch(
        "select status from megahub_slot_purchase where organisation_number = $1 order by id", company.id
    )
    return [row["status"] for row in rows]


async def test_a_full_company_buys_slots_and_goes_on(shop: Hub) -> None:
    company = await shop.company()
    for _ in range(5):
        await company.brand()
    full = await company.admin.post(f"{company.path}/brands/", json={"name": "De trop"})
    assert full.json()["error"] == "Limite de marques atteinte (5/5)"
    payment = await bought(company, users_increment=1)
    amount = await shop.owner.fetchrow("select amount, currency from payment where id = $1", UUID(payment))
    assert (int(amount["amount"]), amount["currency"]) == (2500, "XOF")
    assert await slots_of(company) == (5, 10)
    assert (await company.admin.post(f"{company.path}/brands/", json={"name": "Encore trop"})).status_code == 400
    await shop.settle(payment)
    assert await slots_of(company) == (7, 11)
    assert await statuses(shop, company) == ["delivered"]
    await company.brand()
    # what the operator says again changes nothing
    await asyncio.gather(*(shop.kernel.payments.verify(UUID(payment)) for _ in range(4)))
    await shop.installed.drain()
    assert await slots_of(company) == (7, 11)


async def test_a_payer_who_declines_gets_nothing(shop: Hub) -> None:
    company = await shop.company()
    await shop.decline(await bought(company))
    assert (await slots_of(company), await statuses(shop, company)) == ((5, 10), ["failed"])


async def test_two_purchases_confirmed_at_once_are_both_there(shop: Hub) -> None:
    company = await shop.company()
    payments = [await bought(company, brands_increment=each) for each in (1, 2, 3)]
    await shop.installed.drain()
    for payment in payments:
        await shop.operator.settle(await shop.attempt(payment))
    await asyncio.gather(*(shop.kernel.payments.verify(UUID(payment)) for payment in payments * 2))
    await shop.installed.drain()
    assert await slots_of(company) == (11, 10)


async def test_while_slots_are_sold_a_superuser_alone_gives_them(shop: Hub) -> None:
    company = await shop.company()
    increase = f"{company.slots_path}/increase-slots/"
    refused = await company.admin.post(increase, json={"brands_increment": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "megahub_slots_are_sold")
    assert (await (await shop.superuser()).post(increase, json={"brands_increment": 1})).status_code == 200
    assert await slots_of(company) == (6, 10)


async def test_a_repeated_purchase_under_one_key_is_one(shop: Hub) -> None:
    company = await shop.company()
    headers = {"idempotency-key": unique("key")}
    answers = [
        await company.admin.post(f"{company.slots_path}/purchase/", json=wish(), headers=headers) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert await statuses(shop, company) == ["pending"]


async def test_money_that_comes_for_an_archived_company_goes_back(shop: Hub) -> None:
    company = await shop.company()
    payment = await bought(company)
    root = await shop.superuser()
    assert (await root.delete(f"{company.path}/")).status_code == 204
    await shop.settle(payment)
    assert await statuses(shop, company) != ["delivered"]
    kept = await shop.owner.fetchval(
        "select brands_slots from megahub_slots where organisation_number = $1", company.id
    )
    assert kept == 5
    assert await shop.owner.fetchval("select count(*) from refund where payment_id = $1", UUID(payment)) == 1


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"brands_increment": 0}, {"brands_increment"}),
        ({"brands_increment": -1}, {"brands_increment"}),
        ({"brands_increment": 10**30}, {"brands_increment"}),
        ({"payment_method": "troc"}, {"payment_method"}),
        ({"phone_number": "12\u0000"}, {"phone_number"}),
        ({"phone_number": "abc", "payment_method": ""}, {"phone_number", "payment_method"}),
    ],
)
async def test_what_cannot_be_bought_is_refused(shop: Hub, fields: dict[str, Any], failing: set[str]) -> None:
    company = await shop.company()
    refused = await company.admin.post(f"{company.slots_path}/purchase/", json=wish(**fields))
    assert refused.status_code == 400, refused.text
    assert set(refused.json()["details"]) <= failing
    assert await statuses(shop, company) == []


async def test_where_nothing_is_sold_nothing_can_be_bought(hub: Hub) -> None:
    company = await hub.company()
    assert hub.operator
    refused = await company.admin.post(f"{company.slots_path}/purchase/", json=wish(users_increment=1))
    assert refused.json()["details"] == {
        "brands_increment": ["Ces slots ne sont pas en vente"],
        "users_increment": ["Ces slots ne sont pas en vente"],
    }


async def test_slots_whose_money_goes_back_go_too_but_for_those_in_use(shop: Hub) -> None:
    company = await shop.company()
    payment = await bought(company, brands_increment=3, users_increment=4)
    await shop.settle(payment)
    for _ in range(6):
        await company.brand()
    order = shop.kernel.payments.orders.get("megahub_slots.purchase")
    async with shop.kernel.works.everywhere(SYSTEM) as work:
        paid = await shop.kernel.payments.get(work, UUID(payment))
        for _ in range(2):
            await order.refunded(work, paid, None)
        await work.commit()
    assert await slots_of(company) == (6, 10)
    assert await statuses(shop, company) == ["refunded"]
