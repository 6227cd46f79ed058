"""Subscriptions as their holders live them: bought, used, upgraded, cancelled (contracts/spotvibe.md section 5)."""

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal

import pytest

from core.access.principal import SYSTEM
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.happenings import CREATE, body
from tests.plugins.spotvibe.subscribers import BASE, Desk, desk_on
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


async def create(person: Person) -> int:
    """Try to create an event; the status of the answer."""
    return (await person.client.post(CREATE, json=body())).status_code


async def test_subscribe_use_up_the_quota_upgrade_and_go_on(desk: Desk, ama: Person) -> None:
    """The story of issue 6: a subscription is bought, its quota used up, the plan upgraded, and more events follow."""
    payment = await desk.begun(ama, "Standard")
    assert await desk.read(ama, "current/", 404) == {
        "error": "Aucun abonnement actif.",
        "code": "spotvibe_no_subscription",
    }
    assert await desk.confirm(payment) == "succeeded"
    current = await desk.read(ama, "current/")
    assert (current["plan"], current["statut"]) == ({"id": desk.plans["Standard"], "nom": "Standard"}, "ACTIF")
    assert 27 <= current["days_remaining"] <= 30

    assert await create(ama) == 201
    assert await create(ama) == 403
    assert await desk.read(ama, "usage/") == {
        "evenements_crees_ce_mois": 1,
        "max_evenements_par_mois": 1,
        "days_remaining": current["days_remaining"],
    }

    # a whole period of 30 days of which 15 are unused: 25000 - 10000 x 15 / 30
    await desk.ends(current["id"], desk.end_in(15))
    upgrade = await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Premium"])
    assert upgrade["message"] == "Abonnement mis à niveau avec succès."
    assert upgrade["new_plan"] == {"id": desk.plans["Premium"], "nom": "Premium"}
    assert (upgrade["montant"], upgrade["next_action"]) == ("20000.00", {"type": "prompt", "url": None})
    assert await create(ama) == 403, "an upgrade takes effect when it is paid"
    assert await desk.confirm(upgrade["payment_uuid"]) == "succeeded"

    assert await desk.statuts(ama) == [("Premium", "ACTIF"), ("Standard", "REMPLACE")]
    assert [await create(ama) for _ in range(5)] == [201, 201, 201, 201, 403]
    used = await desk.read(ama, "usage/")
    assert (used["evenements_crees_ce_mois"], used["max_evenements_par_mois"]) == (5, 5)
    assert await desk.history(ama) == ["MISE_A_NIVEAU", "SOUSCRIPTION"]
    assert desk.news_of(ama) == ["subscription_activated"] * 2


async def test_what_a_subscription_shows(desk: Desk, ama: Person) -> None:
    begun = await desk.ask(
        ama, "pay", 201, plan_id=desk.plans["Premium"], payment_method="MOMO_FAKE", phone_number="97000000"
    )
    assert begun == {
        "message": "Paiement d'abonnement initié. Veuillez confirmer sur votre téléphone.",
        "payment_uuid": begun["payment_uuid"],
        "next_action": {"type": "prompt", "url": None},
    }
    shown = (await ama.client.get(f"/api/payments/{begun['payment_uuid']}/")).json()
    assert (shown["type_paiement"], shown["montant"], shown["frais"], shown["statut"]) == (
        "ABONNEMENT",
        "25000.00",
        "0.00",
        "EN_ATTENTE",
    )
    assert shown["telephone_paiement"] == "+2290197000000"
    assert await desk.subscriptions(ama) == []
    await desk.confirm(begun["payment_uuid"])
    (listed,) = await desk.subscriptions(ama)
    zone = desk.scene.kernel.installation.time_zone
    end = datetime.fromisoformat(listed["date_fin"]).astimezone(zone)
    assert (end.hour, end.minute, end.second) == (23, 59, 59)
    assert listed["date_debut"].endswith("Z")
    assert {key: listed[key] for key in ("plan_nom", "statut", "prix_paye")} == {
        "plan_nom": "Premium",
        "statut": "ACTIF",
        "prix_paye": "25000.00",
    }
    detail = await desk.read(ama, f"{listed['id']}/")
    assert detail == {
        "id": listed["id"],
        "plan": {"id": desk.plans["Premium"], "nom": "Premium"},
        "date_debut": listed["date_debut"],
        "date_fin": listed["date_fin"],
        "statut": "ACTIF",
        "prix_paye": "25000.00",
        "renouvellement_automatique": True,
        "evenements_crees_ce_mois": 0,
    }
    assert await desk.read(ama, "benefits/") == [
        {
            "nom": "Création d'événements",
            "description": "Le nombre d'événements que vous pouvez créer. (5 par mois)",
            "inclus": True,
        },
        {
            "nom": "Commission réduite",
            "description": "Ce que la plateforme retient de chaque billet vendu. (8 %)",
            "inclus": True,
        },
        {"nom": "Support prioritaire", "description": "Accès direct à notre équipe de support.", "inclus": True},
    ]
    (entry,) = await desk.read(ama, "history/")
    assert (entry["action"], entry["plan_nom"]) == ("SOUSCRIPTION", "Premium")


async def test_nobody_sees_anothers_subscription(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    kofi = await desk.scene.person()
    staff = await desk.scene.person(staff=True)
    for other in (kofi, staff):
        await desk.read(other, f"{mine['id']}/", 404)
        assert await desk.subscriptions(other) == await desk.read(other, "history/") == []
    for malformed in ("0", "abc", str(2**63), str(2**62), "-1", "1.0"):
        await desk.read(ama, f"{malformed}/", 404)


async def test_without_a_subscription_there_is_the_free_quota(desk: Desk, ama: Person) -> None:
    assert await desk.read(ama, "usage/") == {
        "evenements_crees_ce_mois": 0,
        "max_evenements_par_mois": 3,
        "days_remaining": None,
    }
    assert await desk.read(ama, "benefits/") == []
    assert [await create(ama) for _ in range(4)] == [201, 201, 201, 403]
    assert (await desk.read(ama, "usage/"))["evenements_crees_ce_mois"] == 3


async def test_what_was_used_before_counts_in_the_months_quota(desk: Desk, ama: Person) -> None:
    assert await create(ama) == 201
    await desk.subscribed(ama, "Standard")
    assert await create(ama) == 403
    gold = await desk.scene.person()
    await desk.subscribed(gold, "Gold")
    assert [await create(gold) for _ in range(7)] == [201] * 7
    assert (await desk.read(gold, "usage/"))["max_evenements_par_mois"] is None


async def test_cancelled_benefits_last_to_the_end(desk: Desk, ama: Person) -> None:
    await desk.ask(ama, "cancel", 400)
    mine = await desk.subscribed(ama, "Gold")
    assert await desk.ask(ama, "cancel") == {"message": "Abonnement annulé avec succès."}
    detail = await desk.read(ama, f"{mine['id']}/")
    assert (detail["statut"], detail["renouvellement_automatique"]) == ("ACTIF", False)
    assert [await create(ama) for _ in range(4)] == [201] * 4
    refused = await desk.ask(ama, "cancel", 400)
    assert refused["code"] == "spotvibe_subscription_cancelled"
    assert await desk.history(ama) == ["ANNULATION", "SOUSCRIPTION"]
    await desk.is_over(mine["id"])
    await desk.read(ama, "current/", 404)
    assert await create(ama) == 403, "the free quota of 3 was passed"
    await desk.ask(ama, "cancel", 400)


async def test_what_is_over_gives_nothing_before_its_job_has_run(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama, "Gold")
    await desk.is_over(mine["id"])
    assert await desk.read(ama, "benefits/") == []
    assert (await desk.read(ama, "usage/"))["max_evenements_par_mois"] == 3
    async with desk.scene.kernel.works.everywhere(SYSTEM) as work:
        assert await desk.api.commission_of(work, ama.id) is None
    await desk.ask(ama, "renew", 400)
    await desk.ask(ama, "upgrade", 400, new_plan_id=desk.plans["Gold"])


async def test_what_other_slices_are_told(desk: Desk, ama: Person) -> None:
    async with desk.scene.kernel.works.everywhere(SYSTEM) as work:
        before = await desk.api.active_count(work)
        assert await desk.api.commission_of(work, ama.id) is None
    await desk.subscribed(ama, "Premium")
    async with desk.scene.kernel.works.everywhere(SYSTEM) as work:
        assert await desk.api.commission_of(work, ama.id) == Decimal(8)
        assert await desk.api.active_count(work) == before + 1


async def test_a_superuser_without_a_profile_may_subscribe(desk: Desk) -> None:
    chief = await desk.scene.person(profile=False, superuser=True)
    assert (await desk.subscribed(chief))["statut"] == "ACTIF"


async def test_lists_are_cut_and_counted(desk: Desk, ama: Person) -> None:
    payment = await desk.begun(ama)
    await desk.confirm(payment)
    renewal = await desk.ask(ama, "renew")
    await desk.confirm(renewal["payment_uuid"])
    first = await ama.client.get(f"{BASE}/history/", params={"limit": 1})
    assert (first.headers["x-total-count"], [each["action"] for each in first.json()]) == ("2", ["RENOUVELLEMENT"])
    past = await ama.client.get(f"{BASE}/history/", params={"offset": 9})
    assert (past.headers["x-total-count"], past.json()) == ("2", [])
    one = await ama.client.get(f"{BASE}/", params={"offset": 1})
    assert (one.headers["x-total-count"], one.json()) == ("1", [])


async def test_figures_are_for_staff_and_at_most_a_minute_old(desk: Desk, ama: Person) -> None:
    await desk.read(ama, "stats/", 403)
    staff = await desk.scene.person(staff=True)
    await desk.is_over((await desk.subscribed(await desk.scene.person()))["id"])
    refunded = await desk.scene.person()
    payment = await desk.begun(refunded, "Gold")
    await desk.confirm(payment)
    await desk.refund(payment)
    counted = await desk.scene.owner.fetchrow(
        "select count(*) as total, count(*) filter (where statut = 'ACTIF' and date_fin > now()) as active,"
        " count(*) filter (where date_fin <= now() and statut in ('ACTIF', 'EXPIRE')) as expired,"
        " (select sum(amount - refunded) from payment where honoured is not null) as revenue from spotvibe_abonnement"
    )
    before = await desk.read(staff, "stats/")
    assert before == {
        "total_subscriptions": counted["total"],
        "active_subscriptions": counted["active"],
        "expired_subscriptions": counted["expired"],
        "revenue_from_subscriptions": float(counted["revenue"]),
    }
    assert counted["expired"] > 0
    await desk.subscribed(ama, "Gold")
    assert await desk.read(staff, "stats/") == before
