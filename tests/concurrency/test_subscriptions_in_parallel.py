"""Real parallel transactions on subscriptions: whoever pays what at the same time, each payment is delivered once or
goes back, and nobody has two subscriptions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.db.stores.payments.ledger import CHECKS
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.happenings import CREATE, body
from tests.plugins.spotvibe.subscribers import BASE, Desk, desk_on
from tests.scene import Person

ROUNDS = 6


@pytest.fixture(scope="module")
async def desk(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk of this module's own; whatever is done there, the books agree at the end."""
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk")) as made:
        yield made
        await made.wake()
        faults = [(check, fault) for check, sql in CHECKS for fault in await made.scene.owner.fetch(sql)]
        assert faults == []


async def sent_back(desk: Desk, *payments: str) -> int:
    """How many of some payments went back because they came too late."""
    await desk.wake()
    return sum([len(await desk.refunds(payment)) for payment in payments])


async def delivered(desk: Desk, person: Person) -> list[Any]:
    """Nature and subscription of what somebody was delivered."""
    found: list[Any] = await desk.scene.owner.fetch(
        "select nature, abonnement_id from spotvibe_abonnement_achat where user_id = $1 and statut = 'PAYE'", person.id
    )
    return found


async def test_two_pays_confirmed_at_once_make_one_subscription(desk: Desk) -> None:
    for _ in range(ROUNDS):
        ama = await desk.scene.person()
        payments = [await desk.begun(ama, plan) for plan in ("Standard", "Gold", "Standard", "Premium")]
        states = await desk.confirm_at_once(*payments)
        assert states == ["failed", "failed", "failed", "succeeded"]
        ((_, statut),) = await desk.statuts(ama)
        assert statut == "ACTIF"
        assert await desk.history(ama) == ["SOUSCRIPTION"]
        assert await sent_back(desk, *payments) == 3
        assert len(await delivered(desk, ama)) == 1


async def test_two_upgrades_confirmed_at_once_replace_the_plan_once(desk: Desk) -> None:
    for _ in range(ROUNDS):
        ama = await desk.scene.person()
        await desk.subscribed(ama)
        begun = [await desk.ask(ama, "upgrade", new_plan_id=desk.plans[plan]) for plan in ("Premium", "Gold", "Gold")]
        payments = [each["payment_uuid"] for each in begun]
        assert await desk.confirm_at_once(*payments) == ["failed", "failed", "succeeded"]
        assert sorted(statut for _, statut in await desk.statuts(ama)) == ["ACTIF", "REMPLACE"]
        assert await desk.history(ama) == ["MISE_A_NIVEAU", "SOUSCRIPTION"]
        assert await sent_back(desk, *payments) == 2


async def test_an_upgrade_and_a_renewal_confirmed_at_once(desk: Desk) -> None:
    """Either the renewal comes first, and its month is worth days of the new plan; or it comes too late, and goes
    back."""
    for _ in range(ROUNDS):
        ama = await desk.scene.person()
        await desk.subscribed(ama)
        renewal = (await desk.ask(ama, "renew"))["payment_uuid"]
        upgrade = (await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Gold"]))["payment_uuid"]
        await desk.confirm_at_once(renewal, upgrade)
        assert await desk.statuts(ama) == [("Gold", "ACTIF"), ("Standard", "REMPLACE")]
        renewed = "RENOUVELLEMENT" in await desk.history(ama)
        end = datetime.fromisoformat((await desk.subscriptions(ama))[0]["date_fin"])
        assert (end > datetime.now(UTC) + timedelta(days=33)) is renewed
        assert await sent_back(desk, renewal, upgrade) == (0 if renewed else 1)


async def test_each_renewal_that_is_paid_adds_its_month(desk: Desk) -> None:
    for _ in range(ROUNDS):
        ama = await desk.scene.person()
        mine = await desk.subscribed(ama)
        payments = [(await desk.ask(ama, "renew"))["payment_uuid"] for _ in range(3)]
        assert await desk.confirm_at_once(*payments) == ["succeeded"] * 3
        (after,) = await desk.subscriptions(ama)
        added = datetime.fromisoformat(after["date_fin"]) - datetime.fromisoformat(mine["date_fin"])
        assert timedelta(days=89) <= added <= timedelta(days=92)
        assert after["prix_paye"] == "40000.00"


async def test_renewed_while_it_expires(desk: Desk) -> None:
    """Whichever comes first, the month that was paid holds."""
    for _ in range(ROUNDS):
        ama = await desk.scene.person()
        mine = await desk.subscribed(ama)
        payment = (await desk.ask(ama, "renew"))["payment_uuid"]
        await desk.is_over(mine["id"])
        # the operator has heard of the payment before anybody else runs what is due
        await desk.scene.installed.drain()
        await asyncio.gather(desk.confirm_at_once(payment), desk.run("expire"), desk.run("expire"))
        (after,) = await desk.subscriptions(ama)
        assert (after["statut"], after["id"]) == ("ACTIF", mine["id"])
        assert datetime.fromisoformat(after["date_fin"]) > datetime.now(UTC) + timedelta(days=26)
        assert sorted(await desk.history(ama)) == ["EXPIRATION", "RENOUVELLEMENT", "SOUSCRIPTION"]
        assert await sent_back(desk, payment) == 0


async def test_a_new_subscription_and_a_late_renewal_of_the_old_one(desk: Desk) -> None:
    for _ in range(ROUNDS):
        ama = await desk.scene.person()
        mine = await desk.subscribed(ama)
        renewal = (await desk.ask(ama, "renew"))["payment_uuid"]
        await desk.is_over(mine["id"])
        new = await desk.begun(ama, "Gold")
        assert sorted(await desk.confirm_at_once(renewal, new)) == ["failed", "succeeded"]
        active = [plan for plan, statut in await desk.statuts(ama) if statut == "ACTIF"]
        assert len(active) == 1
        assert await sent_back(desk, renewal, new) == 1


async def test_free_upgrades_asked_for_at_once(desk: Desk) -> None:
    ama = await desk.scene.person()
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], desk.end_in(200))
    asked = (ama.client.post(f"{BASE}/upgrade/", json={"new_plan_id": desk.plans["Premium"]}) for _ in range(8))
    answers = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(answers) == [200] + [400] * 7
    assert await desk.statuts(ama) == [("Premium", "ACTIF"), ("Standard", "REMPLACE")]


async def test_free_plans_taken_at_once(desk: Desk) -> None:
    free, other = await desk.plan(prix="0"), await desk.plan(prix="0")
    ama = await desk.scene.person()
    asked = (ama.client.post(f"{BASE}/pay/", json={"plan_id": plan["id"]}) for plan in (free, other) * 4)
    answers = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert set(answers) <= {201, 400}
    assert len([each for each in await desk.statuts(ama) if each[1] == "ACTIF"]) == 1
    assert (await desk.history(ama)).count("SOUSCRIPTION") == 1


async def test_a_payment_that_many_look_at_is_delivered_once(desk: Desk) -> None:
    ama = await desk.scene.person()
    payment = await desk.begun(ama)
    await desk.operator.settle(await desk.scene.attempt(payment))
    verify = desk.scene.kernel.payments.verify
    await asyncio.gather(*(verify(UUID(payment)) for _ in range(8)))
    await desk.scene.installed.drain()
    assert await desk.history(ama) == ["SOUSCRIPTION"]
    assert (await desk.subscriptions(ama))[0]["prix_paye"] == "10000.00"


async def test_two_schedulers_renew_and_remind_once(desk: Desk) -> None:
    people = [await desk.scene.person() for _ in range(4)]
    for person in people:
        await desk.ends((await desk.subscribed(person))["id"], datetime.now(UTC) + timedelta(hours=23))
    desk.news.clear()
    await asyncio.gather(*(desk.run(job) for job in ("renew", "renew", "remind", "remind")))
    for person in people:
        count = await desk.scene.owner.fetchval(
            "select count(*) from spotvibe_abonnement_achat where user_id = $1 and automatique", person.id
        )
        assert (count, desk.news_of(person)) == (1, ["subscription_expiring"])


async def test_the_quota_of_a_plan_holds_under_parallel_requests(desk: Desk) -> None:
    ama = await desk.scene.person()
    await desk.subscribed(ama, "Premium")
    asked = (ama.client.post(CREATE, json=body()) for _ in range(16))
    answers = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(answers) == [201] * 5 + [403] * 11
    assert (await desk.read(ama, "usage/"))["evenements_crees_ce_mois"] == 5


async def test_the_database_keeps_one_active_subscription(desk: Desk) -> None:
    ama = await desk.scene.person()
    mine = await desk.subscribed(ama)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_spotvibe_abonnement_actif"):
        await desk.scene.owner.execute(
            "insert into spotvibe_abonnement (user_id, plan_id, date_debut, date_fin, prix_paye, prix_periode,"
            " jours_periode) select user_id, plan_id, date_debut, date_fin, 0, 0, 1 from spotvibe_abonnement"
            " where id = $1",
            mine["id"],
        )
