"""Refunds take the benefits away: exactly what the money had bought."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from plugins.spotvibe.subscriptions.domain import ORDER_TYPE
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.happenings import made
from tests.plugins.spotvibe.subscribers import Desk, desk_on
from tests.scene import Person

REFUNDS = "/api/payments/refunds/"


@pytest.fixture(scope="module")
async def desk(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk of this module's own."""
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk")) as made_desk:
        yield made_desk


@pytest.fixture
async def ama(desk: Desk) -> Person:
    """Somebody without a subscription."""
    return await desk.scene.person()


async def end_of(desk: Desk, person: Person) -> datetime:
    """The end of somebody's newest subscription."""
    return datetime.fromisoformat((await desk.subscriptions(person))[0]["date_fin"])


async def paid(desk: Desk, person: Person, what: str, **body: int) -> str:
    """A renewal or an upgrade that is paid; its payment."""
    payment: str = (await desk.ask(person, what, **body))["payment_uuid"]
    assert await desk.confirm(payment) == "succeeded"
    return payment


async def test_a_refunded_subscription_is_over(desk: Desk, ama: Person) -> None:
    payment = await desk.begun(ama, "Gold")
    await desk.confirm(payment)
    await desk.refund(payment)
    assert await desk.refunds(payment) == [("requested", "done")]
    assert await desk.statuts(ama) == [("Gold", "ANNULE")]
    await desk.read(ama, "current/", 404)
    assert (await desk.read(ama, "usage/"))["max_evenements_par_mois"] == 3
    assert await desk.history(ama) == ["ANNULATION", "SOUSCRIPTION"]
    assert (await desk.subscribed(ama))["statut"] == "ACTIF"


async def test_a_refunded_renewal_takes_its_month(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    payment = await paid(desk, ama, "renew")
    await desk.refund(payment)
    (after,) = await desk.subscriptions(ama)
    assert (after["statut"], after["prix_paye"]) == ("ACTIF", "10000.00")
    assert datetime.fromisoformat(after["date_fin"]) - datetime.fromisoformat(mine["date_fin"]) == timedelta()


async def test_a_refunded_first_month_leaves_the_one_that_was_renewed(desk: Desk, ama: Person) -> None:
    first = await desk.begun(ama)
    await desk.confirm(first)
    month = await end_of(desk, ama)
    await paid(desk, ama, "renew")
    await desk.refund(first)
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]
    assert abs((await end_of(desk, ama) - month).days) <= 2


async def test_a_refunded_upgrade_brings_the_plan_before_back(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    payment = await paid(desk, ama, "upgrade", new_plan_id=desk.plans["Gold"])
    await desk.refund(payment)
    assert await desk.statuts(ama) == [("Gold", "ANNULE"), ("Standard", "ACTIF")]
    assert (await desk.read(ama, "current/"))["id"] == mine["id"]


async def test_a_refunded_upgrade_of_what_is_over_leaves_nothing(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    payment = await paid(desk, ama, "upgrade", new_plan_id=desk.plans["Gold"])
    await desk.is_over(mine["id"])
    await desk.refund(payment)
    assert await desk.statuts(ama) == [("Gold", "ANNULE"), ("Standard", "REMPLACE")]
    await desk.read(ama, "current/", 404)


async def test_the_refunded_plan_before_takes_what_its_credit_paid(desk: Desk, ama: Person) -> None:
    first = await desk.begun(ama)
    await desk.confirm(first)
    await desk.ends((await desk.subscriptions(ama))[0]["id"], desk.end_in(30))
    await paid(desk, ama, "upgrade", new_plan_id=desk.plans["Gold"])
    before = await end_of(desk, ama)
    await desk.refund(first)
    assert await desk.statuts(ama) == [("Gold", "ACTIF"), ("Standard", "REMPLACE")]
    # the credit was 10000 of 50000: a fifth of a month goes
    assert timedelta(days=5) <= before - await end_of(desk, ama) <= timedelta(days=7)


async def test_a_holder_may_ask_for_what_he_has_not_used(desk: Desk, ama: Person) -> None:
    payment = await desk.begun(ama)
    body = {"payment_uuid": payment, "raison": "DEMANDE_CLIENT", "description": ""}
    assert (await ama.client.post(REFUNDS, json=body)).status_code == 400, "nothing is paid"
    await desk.confirm(payment)
    renewal = await paid(desk, ama, "renew")
    await made(ama)
    assert (await ama.client.post(REFUNDS, json=body)).status_code == 400, "an event was created"
    ahead = await ama.client.post(REFUNDS, json={**body, "payment_uuid": renewal})
    assert ahead.status_code == 201, ahead.text
    kofi = await desk.scene.person()
    unused = await desk.begun(kofi)
    await desk.confirm(unused)
    asked = await kofi.client.post(REFUNDS, json={**body, "payment_uuid": unused})
    assert asked.status_code == 201, asked.text
    assert await desk.statuts(kofi) == [("Standard", "ACTIF")], "not before the money is back"


async def test_what_was_refunded_is_not_renewed(desk: Desk, ama: Person) -> None:
    first = await desk.begun(ama)
    await desk.confirm(first)
    renewal = (await desk.ask(ama, "renew"))["payment_uuid"]
    await desk.refund(first)
    await desk.confirm(renewal)
    await desk.wake()
    assert await desk.statuts(ama) == [("Standard", "ANNULE")]
    assert await desk.refunds(renewal) == [("late", "done")]


async def test_a_purchase_is_delivered_once_and_taken_back_once(desk: Desk, ama: Person) -> None:
    """Whatever the kernel asks a second time."""
    payment = await desk.begun(ama)
    await desk.confirm(payment)
    kernel = desk.scene.kernel
    orders = kernel.payments.orders.get(ORDER_TYPE)
    async with kernel.works.everywhere(SYSTEM) as work:
        found = await kernel.payments.get(work, UUID(payment))
        assert await orders.honour(work, found) is False
        assert await orders.reserve(work, found) is False
        await orders.release(work, found)
        await work.commit()
    assert await desk.history(ama) == ["SOUSCRIPTION"]
    await desk.refund(payment)
    async with kernel.works.everywhere(SYSTEM) as work:
        await orders.refunded(work, found, None)
        assert await orders.honour(work, found) is False
        await work.commit()
    assert await desk.history(ama) == ["ANNULATION", "SOUSCRIPTION"]
