"""Plans: open to all, written by staff (contracts/spotvibe.md section 5.1; DECISIONS.md section 2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.subscribers import BASE, Desk, desk_on
from tests.scene import Person

PLANS = f"{BASE}/plans/"


@pytest.fixture(scope="module")
async def desk(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk of this module's own."""
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture
async def staff(desk: Desk) -> Person:
    """Staff."""
    return await desk.scene.person(staff=True)


def body(**fields: Any) -> dict[str, Any]:
    """A plan as staff write it."""
    return {"nom": unique("Plan"), "type_plan": "GOLD", "prix": "75000", "commission_reduite": "4.5", **fields}


async def test_the_seeded_plans(desk: Desk) -> None:
    client = desk.scene.api()
    answer = await client.get(PLANS)
    seeded = [plan for plan in answer.json() if plan["nom"] in ("Standard", "Premium", "Gold")]
    shown = [
        (plan["nom"], plan["type_plan"], plan["prix"], plan["duree"], plan["max_evenements_par_mois"])
        for plan in seeded
    ]
    assert shown == [
        ("Standard", "STANDARD", "10000.00", "MENSUEL", 1),
        ("Premium", "PREMIUM", "25000.00", "MENSUEL", 5),
        ("Gold", "GOLD", "50000.00", "MENSUEL", None),
    ]
    assert [(plan["commission_reduite"], plan["support_prioritaire"]) for plan in seeded] == [
        ("10.00", False),
        ("8.00", True),
        ("5.00", True),
    ]
    assert answer.headers["x-total-count"] == str(len(answer.json()))
    detail = (await client.get(f"{PLANS}{desk.plans['Standard']}/")).json()
    assert detail["features"][0] == {"nom": "Création d'événements", "inclus": True, "limite": "1 par mois"}
    assert {**detail, "features": None} == {**seeded[0], "features": None}
    english = await client.get(f"{PLANS}{desk.plans['Gold']}/", headers={"accept-language": "en"})
    assert english.json()["features"][0] == {"nom": "Creating events", "inclus": True, "limite": "Unlimited"}


async def test_comparing_shows_every_plan_and_what_all_hold(desk: Desk) -> None:
    compared = (await desk.scene.api().get(f"{BASE}/compare/")).json()
    listed = (await desk.scene.api().get(PLANS)).json()
    assert [plan["id"] for plan in compared["plans"]] == [plan["id"] for plan in listed]
    assert compared["common_features"][:2] == ["Accès à la plateforme", "Support standard"]
    assert all(len(plan["features"]) == 3 for plan in compared["plans"])


async def test_staff_make_change_and_delete_a_plan(desk: Desk, staff: Person) -> None:
    made = await staff.client.post(PLANS, json=body(max_evenements_par_mois=9, duree="ANNUEL"))
    assert made.status_code == 201, made.text
    plan = made.json()
    assert (plan["prix"], plan["commission_reduite"], plan["duree"]) == ("75000.00", "4.50", "ANNUEL")
    path = f"{PLANS}{plan['id']}/"
    changed = await staff.client.put(path, json={"max_evenements_par_mois": None, "prix": 80000})
    assert changed.status_code == 200, changed.text
    assert changed.json() == {**plan, "max_evenements_par_mois": None, "prix": "80000.00"}
    assert (await staff.client.put(path, json={})).json() == changed.json()
    assert (await staff.client.delete(path)).status_code == 204
    assert (await staff.client.get(path)).status_code == 404
    assert (await staff.client.delete(path)).status_code == 404
    assert (await staff.client.put(path, json={"prix": 1})).status_code == 404


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"nom": "standard"}, ["nom"]),
        ({"nom": " "}, ["nom"]),
        ({"nom": "x" * 256}, ["nom"]),
        ({"prix": "10000.50"}, ["prix"]),
        ({"prix": "-1"}, ["prix"]),
        ({"prix": "NaN"}, ["prix"]),
        ({"prix": "1e13"}, ["prix"]),
        ({"commission_reduite": "100.01"}, ["commission_reduite"]),
        ({"commission_reduite": "-0.01"}, ["commission_reduite"]),
        ({"commission_reduite": None}, ["commission_reduite"]),
        ({"max_evenements_par_mois": -1}, ["max_evenements_par_mois"]),
        ({"max_evenements_par_mois": 2**31}, ["max_evenements_par_mois"]),
        ({"type_plan": "PLATINE", "duree": "HEBDOMADAIRE"}, ["duree", "type_plan"]),
        ({"support_prioritaire": "oui", "description": "a\0b"}, ["description", "support_prioritaire"]),
    ],
)
async def test_every_failing_field_is_named(
    desk: Desk, staff: Person, fields: dict[str, Any], failing: list[str]
) -> None:
    refused = await staff.client.post(PLANS, json=body(**fields))
    assert (refused.status_code, sorted(refused.json().get("details", {}))) == (400, failing), refused.text
    path = f"{PLANS}{desk.plans['Gold']}/"
    before = (await staff.client.get(path)).json()
    assert (await staff.client.put(path, json=fields)).status_code == 400
    assert (await staff.client.get(path)).json() == before


async def test_a_plan_in_use_is_not_deleted(desk: Desk, staff: Person) -> None:
    plan = await desk.plan()
    ama = await desk.scene.person()
    await desk.begun(ama, plan["id"])
    path = f"{PLANS}{plan['id']}/"
    refused = await staff.client.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "spotvibe_plan_in_use"), "it is being paid for"
    kofi = await desk.scene.person()
    await desk.subscribed(kofi, "Standard")
    refused = await staff.client.delete(f"{PLANS}{desk.plans['Standard']}/")
    assert (refused.status_code, set(refused.json())) == (409, {"error", "code"})
    assert (await staff.client.get(path)).status_code == 200


async def test_who_is_not_staff_writes_nothing(desk: Desk) -> None:
    ama = await desk.scene.person()
    path = f"{PLANS}{desk.plans['Gold']}/"
    for client, status in ((ama.client, 403), (desk.scene.api(), 401)):
        answers = [
            await client.post(PLANS, json=body()),
            await client.put(path, json={"prix": 1}),
            await client.delete(path),
        ]
        assert [answer.status_code for answer in answers] == [status] * 3
    assert (await desk.scene.api().get(path)).json()["prix"] == "50000.00"


async def test_a_changed_price_holds_for_what_is_bought_from_then_on(desk: Desk, staff: Person) -> None:
    plan = await desk.plan(prix="10000")
    ama = await desk.scene.person()
    payment = await desk.begun(ama, plan["id"])
    await staff.client.put(f"{PLANS}{plan['id']}/", json={"prix": "20000"})
    await desk.confirm(payment)
    assert (await desk.subscriptions(ama))[0]["prix_paye"] == "10000.00"
    renewal = await desk.ask(ama, "renew")
    shown = (await ama.client.get(f"/api/payments/{renewal['payment_uuid']}/")).json()
    assert shown["montant"] == "20000.00"


@pytest.mark.parametrize("key", ["0", "abc", str(2**63), str(2**62), "-1"])
async def test_what_is_no_plan_is_404(desk: Desk, staff: Person, key: str) -> None:
    answers = [
        await desk.scene.api().get(f"{PLANS}{key}/"),
        await staff.client.put(f"{PLANS}{key}/", json={"prix": 1}),
        await staff.client.delete(f"{PLANS}{key}/"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
