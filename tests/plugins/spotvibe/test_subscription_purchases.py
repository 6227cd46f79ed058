"""What is bought, and what is not: renewals, upgrades, what is free, what goes back (DECISIONS.md section 2, "Renew and
upgrade", "initiate")."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from core.payments.gateway import Reason
from plugins.spotvibe.subscriptions.domain import Duree, extension, period_end
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.subscribers import BASE, PHONE, Desk, desk_on
from tests.scene import Person

INITIATE = "/api/payments/initiate/"


@pytest.fixture(scope="module")
async def desk(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk of this module's own."""
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture
async def ama(desk: Desk) -> Person:
    """Somebody without a subscription."""
    return await desk.scene.person()


def moment(text: str) -> datetime:
    """A time of the wire."""
    return datetime.fromisoformat(text)


async def renewed_end(desk: Desk, end: str) -> datetime:
    """The end after one more month."""
    zone = desk.scene.kernel.installation.time_zone
    return extension(moment(end), Duree.MENSUEL, desk.scene.kernel.clock.now(), zone)[1]


async def test_renewed_by_the_last_method_and_number(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    renewal = await desk.ask(ama, "renew")
    expected = await renewed_end(desk, mine["date_fin"])
    assert renewal["message"] == "Abonnement renouvelé avec succès."
    assert moment(renewal["new_end_date"]) == expected
    assert renewal["next_action"] == {"type": "prompt", "url": None}
    assert (await desk.subscriptions(ama))[0]["date_fin"] == mine["date_fin"], "not before it is paid"
    operation = await desk.scene.attempt(renewal["payment_uuid"])
    await desk.scene.installed.drain()
    assert desk.operator.received(operation).payer == "+2290197000000"
    assert desk.operator.received(operation).asked == "10000.00"
    await desk.confirm(renewal["payment_uuid"])
    (after,) = await desk.subscriptions(ama)
    assert (moment(after["date_fin"]), after["id"], after["prix_paye"]) == (expected, mine["id"], "20000.00")
    assert await desk.history(ama) == ["RENOUVELLEMENT", "SOUSCRIPTION"]


async def test_paying_the_same_plan_renews_it(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.confirm(await desk.begun(ama))
    (after,) = await desk.subscriptions(ama)
    assert moment(after["date_fin"]) == await renewed_end(desk, mine["date_fin"])
    assert await desk.history(ama) == ["RENOUVELLEMENT", "SOUSCRIPTION"]


async def test_a_second_plan_beside_an_active_one_is_refused(desk: Desk, ama: Person) -> None:
    await desk.subscribed(ama, "Premium")
    for plan in ("Standard", "Gold"):
        refused = await desk.ask(
            ama, "pay", 400, plan_id=desk.plans[plan], payment_method="MOMO_FAKE", phone_number=PHONE
        )
        assert refused["code"] == "spotvibe_other_subscription"
        assert list(refused["details"]) == ["plan_id"]
        assert "Premium" in refused["error"]


async def test_a_method_and_a_number_of_ones_own_are_kept(desk: Desk, ama: Person) -> None:
    await desk.subscribed(ama)
    renewal = await desk.ask(ama, "renew", payment_method="MOMO_FAKE", phone_number="+22996000000")
    await desk.confirm(renewal["payment_uuid"])
    again = await desk.ask(ama, "renew")
    assert desk.operator.received(await operation(desk, again)).payer == "+2290196000000"


async def operation(desk: Desk, begun: dict[str, Any]) -> UUID:
    """The operation that the operator knows of a payment."""
    await desk.scene.installed.drain()
    return await desk.scene.attempt(begun["payment_uuid"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["plan_id"]),
        ({"plan_id": 2**62}, ["plan_id"]),
        ({"plan_id": 2**63}, ["plan_id"]),
        ({"plan_id": 0}, ["plan_id"]),
        ({"plan_id": "un"}, ["plan_id"]),
        ({"plan_id": None}, ["plan_id"]),
        ({"plan_id": "Standard"}, ["plan_id"]),
        ({"plan_id": 1}, ["payment_method"]),
        ({"plan_id": 1, "phone_number": PHONE}, ["payment_method"]),
        ({"plan_id": 1, "payment_method": "MOMO_FAKE"}, ["phone_number"]),
        ({"plan_id": 1, "payment_method": "MOMO_FAKE", "phone_number": "12"}, ["phone_number"]),
        ({"plan_id": 1, "payment_method": "MOMO_FAKE", "phone_number": "\0"}, ["phone_number"]),
        ({"plan_id": 1, "payment_method": "CARTE_BANCAIRE", "phone_number": PHONE}, ["payment_method"]),
        ({"plan_id": 1, "payment_method": "PERSONNE", "phone_number": PHONE}, ["payment_method"]),
        ({"plan_id": 1, "payment_method": 7, "phone_number": []}, ["payment_method", "phone_number"]),
        ({"plan_id": 1, "payment_method": "MOMO_NULLE_PART", "phone_number": "12"}, ["payment_method", "phone_number"]),
    ],
)
async def test_every_failing_field_is_named(desk: Desk, ama: Person, body: dict[str, Any], fields: list[str]) -> None:
    refused = await desk.ask(ama, "pay", 400, **body)
    assert sorted(refused["details"]) == fields
    counted = await desk.scene.owner.fetchval(
        "select count(*) from spotvibe_abonnement_achat where user_id = $1", ama.id
    )
    assert counted == 0


async def test_nothing_is_renewed_or_upgraded_without_a_subscription(desk: Desk, ama: Person) -> None:
    for what, body in (("renew", {}), ("upgrade", {"new_plan_id": desk.plans["Gold"]})):
        refused = await desk.ask(ama, what, 400, **body)
        assert refused["code"] == "spotvibe_no_subscription"


async def test_an_upgrade_leads_to_a_dearer_plan(desk: Desk, ama: Person) -> None:
    await desk.subscribed(ama, "Premium")
    for plan in ("Standard", "Premium"):
        refused = await desk.ask(ama, "upgrade", 400, new_plan_id=desk.plans[plan])
        assert (refused["code"], list(refused["details"])) == ("spotvibe_not_an_upgrade", ["new_plan_id"])
    for unknown in (2**62, 2**63, 0, "un", None):
        assert list((await desk.ask(ama, "upgrade", 400, new_plan_id=unknown))["details"]) == ["new_plan_id"]
    assert list((await desk.ask(ama, "upgrade", 400))["details"]) == ["new_plan_id"]


async def test_an_upgrade_begins_a_whole_period_today(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], desk.end_in(9))
    upgrade = await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Gold"])
    assert upgrade["montant"] == "47000.00"
    await desk.confirm(upgrade["payment_uuid"])
    now_mine = (await desk.subscriptions(ama))[0]
    zone = desk.scene.kernel.installation.time_zone
    assert moment(now_mine["date_fin"]) == period_end(desk.today, Duree.MENSUEL, zone)
    assert now_mine["prix_paye"] == "47000.00"
    # the credit of a later upgrade is of the plan's price, not of what was paid for it
    await desk.ends(now_mine["id"], desk.end_in(3))
    dearer = await desk.plan(prix="60000")
    later = await desk.ask(ama, "upgrade", new_plan_id=dearer["id"])
    assert later["montant"] == "55000.00"


async def test_a_period_bought_ahead_is_worth_days_of_the_new_plan(desk: Desk, ama: Person) -> None:
    """Also where it is paid while the upgrade is."""
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], desk.end_in(29))
    upgrade = await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Premium"])
    renewal = await desk.ask(ama, "renew")
    await desk.confirm(renewal["payment_uuid"])
    await desk.confirm(upgrade["payment_uuid"])
    new, old = await desk.subscriptions(ama)
    assert (new["statut"], old["statut"]) == ("ACTIF", "REMPLACE")
    zone = desk.scene.kernel.installation.time_zone
    whole = period_end(desk.today, Duree.MENSUEL, zone)
    # the renewal's 10000 are worth two fifths of a month of Premium
    assert timedelta(days=10) <= moment(new["date_fin"]) - whole <= timedelta(days=13)


async def test_a_zero_difference_is_an_upgrade_at_once(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    await desk.ends(mine["id"], desk.end_in(90))
    upgrade = await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Premium"])
    assert (upgrade["montant"], upgrade["payment_uuid"], upgrade["next_action"]) == ("0.00", None, None)
    assert await desk.statuts(ama) == [("Premium", "ACTIF"), ("Standard", "REMPLACE")]
    # what the credit exceeded the price by: 30000 - 25000, a fifth of a month
    zone = desk.scene.kernel.installation.time_zone
    more = moment((await desk.subscriptions(ama))[0]["date_fin"]) - period_end(desk.today, Duree.MENSUEL, zone)
    assert timedelta(days=5) <= more <= timedelta(days=6)
    renewal = await desk.ask(ama, "renew")
    assert desk.operator.received(await operation(desk, renewal)).payer == "+2290197000000"


async def test_a_free_plan_needs_no_payment(desk: Desk, ama: Person) -> None:
    free = await desk.plan(prix="0", max_evenements_par_mois=9)
    begun = await desk.ask(ama, "pay", 201, plan_id=free["id"])
    assert begun == {"message": "Abonnement activé.", "payment_uuid": None, "next_action": None}
    (mine,) = await desk.subscriptions(ama)
    assert (mine["statut"], mine["prix_paye"]) == ("ACTIF", "0.00")
    assert (await desk.read(ama, "usage/"))["max_evenements_par_mois"] == 9
    renewal = await desk.ask(ama, "renew")
    assert renewal["payment_uuid"] is None
    assert moment((await desk.subscriptions(ama))[0]["date_fin"]) == moment(renewal["new_end_date"])
    # no method is known yet
    refused = await desk.ask(ama, "upgrade", 400, new_plan_id=desk.plans["Standard"])
    assert (refused["code"], list(refused["details"])) == ("spotvibe_no_means", ["payment_method"])
    upgrade = await desk.ask(
        ama, "upgrade", new_plan_id=desk.plans["Standard"], payment_method="MOMO_FAKE", phone_number=PHONE
    )
    assert upgrade["montant"] == "10000.00"
    await desk.confirm(upgrade["payment_uuid"])
    assert (await desk.statuts(ama))[0] == ("Standard", "ACTIF")


async def test_nobody_renews_for_more_than_three_years(desk: Desk, ama: Person) -> None:
    free = await desk.plan(prix="0", duree="ANNUEL")
    await desk.ask(ama, "pay", 201, plan_id=free["id"])
    answers = [(await ama.client.post(f"{BASE}/renew/", json={})).status_code for _ in range(6)]
    assert answers == [200, 200, 200, 400, 400, 400]


async def test_a_declined_payment_changes_nothing_and_can_be_tried_again(desk: Desk, ama: Person) -> None:
    payment = await desk.begun(ama)
    assert await desk.decline(payment) == "failed"
    assert await desk.subscriptions(ama) == await desk.history(ama) == []
    again = await ama.client.post("/api/payments/retry/", json={"payment_uuid": payment})
    assert again.status_code == 200, again.text
    assert await desk.confirm(payment) == "succeeded"
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]
    assert await desk.refunds(payment) == []


@pytest.mark.parametrize("what", ["subscribed meanwhile", "another price"])
async def test_what_is_gone_is_not_tried_again(desk: Desk, ama: Person, what: str) -> None:
    plan = await desk.plan()
    payment = await desk.begun(ama, plan["id"])
    await desk.decline(payment)
    if what == "another price":
        staff = await desk.scene.person(staff=True)
        changed = await staff.client.put(f"{BASE}/plans/{plan['id']}/", json={"prix": "12000"})
        assert changed.status_code == 200, changed.text
    else:
        await desk.subscribed(ama)
    again = await ama.client.post("/api/payments/retry/", json={"payment_uuid": payment})
    assert (again.status_code, again.json()["code"]) == (400, "payments_order_gone")


async def test_an_operators_refusal_at_once(desk: Desk, ama: Person) -> None:
    desk.operator.reject_next(Reason.PAYER_NOT_FOUND)
    payment = await desk.begun(ama)
    shown = (await ama.client.get(f"/api/payments/{payment}/")).json()
    assert shown["statut"] == "ECHEC"
    assert await desk.subscriptions(ama) == []


async def test_late_money_for_a_second_subscription_goes_back(desk: Desk, ama: Person) -> None:
    """Two of them were begun and both are paid: one counts, the other's money goes back."""
    first, second = await desk.begun(ama), await desk.begun(ama, "Gold")
    await desk.confirm(first)
    await desk.confirm(second)
    await desk.wake()
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]
    assert await desk.refunds(second) == [("late", "done")]
    assert await desk.refunds(first) == []


async def test_cancelled_and_paid_late_is_honoured_once(desk: Desk, ama: Person) -> None:
    payment = await desk.begun(ama)
    cancelled = await ama.client.post("/api/payments/cancel/", json={"payment_uuid": payment})
    assert cancelled.status_code == 200, cancelled.text
    await desk.confirm(payment)
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]
    await desk.look(payment)
    assert await desk.history(ama) == ["SOUSCRIPTION"]


async def test_a_renewal_of_what_was_upgraded_meanwhile_goes_back(desk: Desk, ama: Person) -> None:
    await desk.subscribed(ama)
    renewal = await desk.ask(ama, "renew")
    upgrade = await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Gold"])
    await desk.confirm(upgrade["payment_uuid"])
    await desk.confirm(renewal["payment_uuid"])
    await desk.wake()
    assert await desk.refunds(renewal["payment_uuid"]) == [("late", "done")]
    assert await desk.statuts(ama) == [("Gold", "ACTIF"), ("Standard", "REMPLACE")]


async def test_a_renewal_that_is_paid_after_the_end_begins_that_day(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    renewal = await desk.ask(ama, "renew")
    await desk.is_over(mine["id"])
    await desk.run("expire")
    assert await desk.statuts(ama) == [("Standard", "EXPIRE")]
    await desk.confirm(renewal["payment_uuid"])
    (after,) = await desk.subscriptions(ama)
    zone = desk.scene.kernel.installation.time_zone
    assert (after["statut"], moment(after["date_fin"])) == ("ACTIF", period_end(desk.today, Duree.MENSUEL, zone))
    assert await desk.history(ama) == ["RENOUVELLEMENT", "EXPIRATION", "SOUSCRIPTION"]


async def test_an_upgrade_of_what_is_over_goes_back(desk: Desk, ama: Person) -> None:
    mine = await desk.subscribed(ama)
    upgrade = await desk.ask(ama, "upgrade", new_plan_id=desk.plans["Gold"])
    await desk.is_over(mine["id"])
    await desk.confirm(upgrade["payment_uuid"])
    await desk.wake()
    assert await desk.refunds(upgrade["payment_uuid"]) == [("late", "done")]
    assert (await desk.subscriptions(ama))[0]["id"] == mine["id"]


async def test_the_same_key_pays_once(desk: Desk, ama: Person) -> None:
    body = {"plan_id": desk.plans["Standard"], "payment_method": "MOMO_FAKE", "phone_number": PHONE}
    headers = {"idempotency-key": unique("key")}
    first, again = [await ama.client.post(f"{BASE}/pay/", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await ama.client.post(f"{BASE}/pay/", json={**body, "phone_number": "+22996000000"}, headers=headers)
    assert other.status_code == 409
    await desk.confirm(first.json()["payment_uuid"])
    headers = {"idempotency-key": unique("key")}
    renewals = [(await ama.client.post(f"{BASE}/renew/", headers=headers)).json() for _ in range(2)]
    assert renewals[0]["payment_uuid"] == renewals[1]["payment_uuid"]


async def test_an_operator_with_a_page(desk: Desk, ama: Person) -> None:
    begun = await desk.ask(ama, "pay", 201, plan_id=desk.plans["Standard"], payment_method="MOMO_PAGE")
    assert begun["next_action"]["type"] == "redirect"
    assert begun["next_action"]["url"].startswith("https://operator.example/pay/")
    await desk.confirm(begun["payment_uuid"], desk.page)
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]


async def test_payments_initiate_buys_a_plan(desk: Desk, ama: Person) -> None:
    body = {
        "type_paiement": "ABONNEMENT",
        "montant": "10000.00",
        "methode_paiement": "MOMO_FAKE",
        "telephone_paiement": PHONE,
        "subscription_id": desk.plans["Standard"],
    }
    for changes, field in (
        ({"montant": "9999.00"}, "montant"),
        ({"subscription_id": 2**62}, "subscription_id"),
        ({"methode_paiement": "PERSONNE"}, "methode_paiement"),
        ({"telephone_paiement": "12"}, "telephone_paiement"),
    ):
        refused = await ama.client.post(INITIATE, json={**body, **changes})
        assert (refused.status_code, list(refused.json()["details"])) == (400, [field]), refused.text
    begun = await ama.client.post(INITIATE, json=body)
    assert begun.status_code == 201, begun.text
    await desk.confirm(begun.json()["payment_uuid"])
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]
    premium = {**body, "subscription_id": desk.plans["Premium"], "montant": 25000}
    refused = await ama.client.post(INITIATE, json=premium)
    assert (refused.status_code, list(refused.json()["details"])) == (400, ["subscription_id"])
    free = await desk.plan(prix="0")
    refused = await ama.client.post(INITIATE, json={**body, "subscription_id": free["id"], "montant": 0})
    assert refused.status_code == 400


async def test_what_was_bought_has_a_name_in_lists(desk: Desk, ama: Person) -> None:
    payment = await desk.begun(ama, "Gold")
    payables = desk.scene.installed.composition.wired["spotvibe_payments"].api.payables
    order = await desk.scene.owner.fetchval("select order_key from payment where id = $1", UUID(payment))
    async with desk.scene.kernel.works.everywhere(SYSTEM) as work:
        assert await payables.get("ABONNEMENT").titles(work, [order, str(2**62)]) == {order: "Gold"}
