"""What happens to subscriptions by itself: they expire, are reminded of, and are renewed (DECISIONS.md section 2)."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.primitives.ids import new_id
from core.work import Delivery
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.subscribers import Desk, desk_on
from tests.scene import Person


@pytest.fixture(scope="module")
async def desk(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk of this module's own."""
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture
async def ama(desk: Desk) -> Person:
    """Somebody without a subscription."""
    return await desk.scene.person()


def ahead(**span: float) -> datetime:
    """A moment ahead of now."""
    return datetime.now(UTC) + timedelta(**span)


async def payments_of(desk: Desk, person: Person) -> list[Any]:
    """Somebody's payments, the oldest first."""
    found: list[Any] = await desk.scene.owner.fetch(
        "select p.id::text as id, p.state, p.amount, p.locale, o.automatique from payment p"
        " join spotvibe_abonnement_achat o on o.payment_id = p.id where o.user_id = $1 order by p.number",
        person.id,
    )
    return found


async def test_what_is_over_expires_once(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    kofi = await desk.scene.person()
    await desk.subscribed(kofi)
    await desk.is_over(mine["id"])
    await desk.run("expire")
    await desk.run("expire")
    assert await desk.statuts(ama) == [("Standard", "EXPIRE")]
    assert await desk.statuts(kofi) == [("Standard", "ACTIF")]
    assert await desk.history(ama) == ["EXPIRATION", "SOUSCRIPTION"]
    assert desk.news_of(ama) == ["subscription_activated", "subscription_expired"]
    again = await desk.subscribed(ama, "Premium")
    assert again["statut"] == "ACTIF"
    assert await desk.statuts(ama) == [("Premium", "ACTIF"), ("Standard", "EXPIRE")]


async def test_reminders_come_seven_days_and_one_day_before_once_each(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    told: list[list[str]] = []
    for when in (ahead(days=7, minutes=5), ahead(days=7, minutes=-5), ahead(days=3), ahead(hours=23), ahead(hours=2)):
        await desk.ends(mine["id"], when)
        desk.news.clear()
        await desk.run("remind")
        await desk.run("remind")
        told.append(desk.news_of(ama))
    expiring = ["subscription_expiring"]
    assert told == [[], expiring, [], expiring, []]
    assert desk.news == []


async def test_a_reminder_says_what_ends_and_when(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama, "Gold")
    end = ahead(days=2).replace(microsecond=0)
    await desk.ends(mine["id"], end)
    desk.news.clear()
    await desk.run("remind")
    ((topic, payload),) = [each for each in desk.news if each[1]["user"] == ama.id]
    assert (topic, payload["plan"]) == ("spotvibe.subscription_expiring", "Gold")
    assert datetime.fromisoformat(payload["date_fin"]) == end


async def test_a_missed_reminder_is_made_up_for_by_the_nearest_alone(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], ahead(hours=5))
    desk.news.clear()
    await desk.run("remind")
    assert desk.news_of(ama) == ["subscription_expiring"]


async def test_what_is_renewed_is_reminded_of_again(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], ahead(hours=5))
    await desk.run("remind")
    await desk.confirm((await desk.ask(ama, "renew"))["payment_uuid"])
    await desk.ends(mine["id"], ahead(hours=5))
    desk.news.clear()
    await desk.run("remind")
    assert desk.news_of(ama) == ["subscription_expiring"]


async def test_the_phone_is_prompted_a_day_before_the_end_once(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama, "Premium")
    await desk.ends(mine["id"], ahead(hours=25))
    await desk.run("renew")
    assert len(await payments_of(desk, ama)) == 1
    await desk.ends(mine["id"], ahead(hours=23))
    await desk.run("renew")
    await desk.run("renew")
    first, renewal = await payments_of(desk, ama)
    assert (first["automatique"], renewal["automatique"], renewal["amount"]) == (False, True, 25000)
    received = desk.operator.received(await desk.scene.attempt(renewal["id"]))
    assert (received.payer, received.text) == ("+2290197000000", "Abonnement SpotVibe Premium")
    shown = await ama.client.get(f"/api/payments/{renewal['id']}/")
    assert shown.json()["statut"] == "EN_ATTENTE", "it is its holder's payment"
    await desk.confirm(renewal["id"])
    (after,) = await desk.subscriptions(ama)
    assert datetime.fromisoformat(after["date_fin"]) > ahead(days=27)
    assert await desk.history(ama) == ["RENOUVELLEMENT", "SOUSCRIPTION"]
    await desk.ends(mine["id"], ahead(hours=22))
    await desk.run("renew")
    assert len(await payments_of(desk, ama)) == 3, "the next end is renewed again"


async def test_a_declined_renewal_is_not_asked_for_again(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], ahead(hours=23))
    await desk.run("renew")
    await desk.decline((await payments_of(desk, ama))[-1]["id"])
    await desk.run("renew")
    assert len(await payments_of(desk, ama)) == 2
    await desk.is_over(mine["id"])
    await desk.run("expire")
    assert await desk.statuts(ama) == [("Standard", "EXPIRE")]


async def test_what_was_cancelled_is_not_renewed(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ask(ama, "cancel")
    await desk.ends(mine["id"], ahead(hours=23))
    await desk.run("renew")
    assert len(await payments_of(desk, ama)) == 1


async def test_a_renewal_by_hand_resumes_the_automatic_one(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ask(ama, "cancel")
    await desk.confirm((await desk.ask(ama, "renew"))["payment_uuid"])
    assert (await desk.read(ama, f"{mine['id']}/"))["renouvellement_automatique"] is True


async def test_cancelled_while_the_prompt_is_out_and_paid_all_the_same(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], ahead(hours=23))
    await desk.run("renew")
    await desk.ask(ama, "cancel")
    await desk.confirm((await payments_of(desk, ama))[-1]["id"])
    detail = await desk.read(ama, f"{mine['id']}/")
    assert datetime.fromisoformat(detail["date_fin"]) > ahead(days=27)
    assert detail["renouvellement_automatique"] is False


async def test_who_renews_by_hand_is_not_prompted_twice(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], ahead(hours=23))
    await desk.ask(ama, "renew")
    await desk.run("renew")
    assert [each["automatique"] for each in await payments_of(desk, ama)] == [False, False]


async def test_an_operator_with_a_page_has_its_link_sent(desk: Desk, ama: Person) -> None:
    begun = await desk.ask(ama, "pay", 201, plan_id=desk.plans["Gold"], payment_method="MOMO_PAGE")
    await desk.confirm(begun["payment_uuid"], desk.page)
    mine = (await desk.subscriptions(ama))[0]
    await desk.ends(mine["id"], ahead(hours=23))
    desk.news.clear()
    await desk.run("renew")
    ((topic, payload),) = [each for each in desk.news if each[1]["user"] == ama.id]
    assert topic == "spotvibe.renewal_link"
    assert (payload["plan"], payload["url"][:29]) == ("Gold", "https://operator.example/pay/")
    renewal = (await payments_of(desk, ama))[-1]["id"]
    await desk.confirm(renewal, desk.page)
    assert datetime.fromisoformat((await desk.subscriptions(ama))[0]["date_fin"]) > ahead(days=27)


async def test_a_link_is_sent_for_what_is_still_to_be_paid_alone(desk: Desk, ama: Person) -> None:
    begun = await desk.ask(ama, "pay", 201, plan_id=desk.plans["Gold"], payment_method="MOMO_PAGE")
    await desk.confirm(begun["payment_uuid"], desk.page)
    desk.news.clear()
    handler = desk.scene.installed.composition.handlers["spotvibe_subscriptions.send_link"]
    name = "spotvibe_subscriptions.send_link"
    key = new_id()
    payload = {"payment": begun["payment_uuid"], "user": ama.id, "plan": "Gold"}
    await desk.scene.owner.execute(
        "insert into outbox (id, topic, subscriber, payload) values ($1, 'job', $2, $3)",
        key,
        name,
        json.dumps(payload),
    )
    await handler(Delivery(key, "job", name, payload))
    await desk.scene.installed.drain()
    assert desk.news_of(ama) == []


async def test_a_free_plan_is_renewed_at_once(desk: Desk, ama: Person) -> None:
    free = await desk.plan(prix="0")
    await desk.ask(ama, "pay", 201, plan_id=free["id"])
    mine = (await desk.subscriptions(ama))[0]
    await desk.ends(mine["id"], ahead(hours=23))
    await desk.run("renew")
    assert datetime.fromisoformat((await desk.subscriptions(ama))[0]["date_fin"]) > ahead(days=27)
    assert await desk.history(ama) == ["RENOUVELLEMENT", "SOUSCRIPTION"]


async def test_a_method_that_is_gone_hinders_nobody_else(desk: Desk, ama: Person) -> None:
    kofi = await desk.scene.person()
    for person in (ama, kofi):
        await desk.ends((await desk.subscribed(person))["id"], ahead(hours=23))
    await desk.scene.owner.execute("update spotvibe_abonnement set methode = 'MOMO_DISPARU' where user_id = $1", ama.id)
    await desk.run("renew")
    assert (len(await payments_of(desk, ama)), len(await payments_of(desk, kofi))) == (1, 2)
    open_jobs = await desk.scene.owner.fetchval(
        "select count(*) from outbox where subscriber = 'spotvibe_subscriptions.renew_one' and done_at is null"
    )
    assert open_jobs == 0


async def test_the_payer_is_spoken_to_in_his_language(desk: Desk) -> None:
    ama = await desk.scene.person()
    await desk.ends((await desk.subscribed(ama))["id"], ahead(hours=23))
    await desk.scene.owner.execute("update account set language = 'en' where number = $1", ama.id)
    await desk.run("renew")
    renewal = (await payments_of(desk, ama))[-1]
    assert renewal["locale"] == "en"
    assert desk.operator.received(await desk.scene.attempt(renewal["id"])).text == "SpotVibe subscription Standard"


async def test_an_account_that_is_gone_is_not_prompted(desk: Desk, ama: Person) -> None:
    await desk.ends((await desk.subscribed(ama))["id"], ahead(hours=23))
    await desk.scene.owner.execute("update account set is_active = false where number = $1", ama.id)
    await desk.run("renew")
    assert len(await payments_of(desk, ama)) == 1
