"""Entitlements across products, in the full edition: what a company subscribes to in megahub is what its people may use
in spotvibe and ekigega, counted in one place (issue 7, 3; docs/adr/0017)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from core.primitives.errors import FORBIDDEN as REFUSED
from socle.counting import counter_lines
from tests.cluster import TestCluster
from tests.installation import Company, unique
from tests.plugins.spotvibe.happenings import CREATE, body
from tests.running import database_of_worker
from tests.scene import Person, Scene, scene_on
from tests.waits import SOMEBODY_WAITS

SUBSCRIPTIONS = "/companies/features/subscriptions/"
ENTITLEMENTS = {
    "spotvibe_evenements": "basic_tasks",
    "ekigega_produits": "basic_crm",
}


def town_on(
    cluster: TestCluster, folders: pytest.TempPathFactory, name: str, entitlements: Any
) -> AbstractAsyncContextManager[Scene]:
    """The full edition on a database of its own."""
    urls, home = database_of_worker(cluster, folders, name)
    settings = {"megahub_features": {"entitlements": entitlements}}
    return scene_on(urls, home, edition="full", settings=settings)


@pytest.fixture(scope="module")
async def town(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """An installation whose companies draw events and products from their subscriptions."""
    async with town_on(cluster, tmp_path_factory, "town", ENTITLEMENTS) as running:
        yield running


async def subscribe(town: Scene, company: Company, feature: str, limit: int | None, **fields: Any) -> dict[str, Any]:
    """Subscribe a company to a feature by its name."""
    key = await town.owner.fetchval("select id from megahub_feature where name = $1", feature)
    answer = await company.owner.post(SUBSCRIPTIONS, json={"feature": key, "usage_limit": limit, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def used(company: Company, subscription: dict[str, Any]) -> int:
    """The `current_usage` of a subscription."""
    shown = await company.owner.get(f"{SUBSCRIPTIONS}{subscription['id']}/")
    count: int = shown.json()["current_usage"]
    return count


async def organiser(town: Scene, company: Company) -> Person:
    """An organiser of events who is also a member of a company. He acts in another organisation."""
    person = await town.person()
    joining = town.kernel.organisations.joining
    account = await town.owner.fetchval("select id from account where number = $1", person.id)
    async with town.kernel.works.everywhere(SYSTEM) as work:
        stores = town.kernel.organisations.stores
        place = await stores.organisations.get(work, UUID(company.id))
        await joining.add(work, account, place, await stores.roles.find(work, "VENTES"))
        await work.commit()
    return person


async def produit(company: Company) -> Any:
    """Create a product; the answer."""
    sent = {"nom": unique("Produit"), "categorie": "Divers", "prix": "100.00", "quantite": 1}
    return await company.owner.post("/api/produits/", json=sent)


async def proven(town: Scene) -> bool:
    """Whether every counter agrees with its journal and rows."""
    return await counter_lines(town.installed.composition) == []


async def test_events_are_drawn_from_the_companys_subscription(town: Scene) -> None:
    company = await town.installed.company()
    ama, kofi = await organiser(town, company), await organiser(town, company)
    # before the company subscribes, each has the two events of everybody's month
    assert (await ama.client.post(CREATE, json=body())).status_code == 201
    abo = await subscribe(town, company, "basic_tasks", 4)
    for person in (ama, kofi, ama):
        assert (await person.client.post(CREATE, json=body())).status_code == 201
    assert await used(company, abo) == 3
    # another system of the company counts on the same subscription
    path = f"{SUBSCRIPTIONS}{abo['id']}/increment-usage/"
    assert (await company.owner.post(path, json={})).json()["limit_reached"] is True
    events = await town.owner.fetchval("select count(*) from spotvibe_evenement")
    refused = await kofi.client.post(CREATE, json=body())
    assert refused.status_code == 403, refused.text
    assert await town.owner.fetchval("select count(*) from spotvibe_evenement") == events
    alerts = await town.owner.fetch("select type from megahub_alert where subscription_id = $1 order by id", abo["id"])
    assert [row["type"] for row in alerts] == ["feature_warning", "feature_limit"]
    told = [mail["subject"] for mail in await town.installed.mail_to(company.owner.email)]  # type: ignore[attr-defined]
    assert any("atteinte (4/4)" in subject for subject in told), told
    used_up = await kofi.client.get("/api/subscriptions/usage/")
    assert (used_up.json()["evenements_crees_ce_mois"], used_up.json()["max_evenements_par_mois"]) == (4, 4)
    # more is bought: work goes on
    more = await company.owner.patch(f"{SUBSCRIPTIONS}{abo['id']}/", json={"usage_limit": 5})
    assert more.status_code == 200
    assert (await kofi.client.post(CREATE, json=body())).status_code == 201
    # switched off, the month of everybody holds again: ama had made one on it
    await company.owner.post(f"{SUBSCRIPTIONS}{abo['id']}/toggle-enabled/", json={})
    own = (await ama.client.get("/api/subscriptions/usage/")).json()["evenements_crees_ce_mois"]
    assert own == 1
    assert await proven(town)


async def test_who_has_no_company_keeps_his_own_month(town: Scene) -> None:
    ama = await town.person()
    limit = (await ama.client.get("/api/subscriptions/usage/")).json()["max_evenements_par_mois"]
    for _ in range(limit):
        assert (await ama.client.post(CREATE, json=body())).status_code == 201
    assert (await ama.client.post(CREATE, json=body())).status_code == 403


async def test_products_that_were_there_count_when_the_cap_begins(town: Scene) -> None:
    company = await town.installed.company()
    made = [await company.produit() for _ in range(3)]
    abo = await subscribe(town, company, "basic_crm", 5)
    assert await used(company, abo) == 3
    assert (await produit(company)).status_code == 201
    last = await produit(company)
    assert last.status_code == 201
    full = await produit(company)
    assert full.status_code == 403, full.text
    assert "Limite de produits atteinte (5/5)." in full.text
    assert await used(company, abo) == 5
    assert (await company.owner.delete(f"/api/produits/{made[0]['id']}/")).status_code == 204
    assert (await company.owner.delete(f"/api/produits/{made[0]['id']}/")).status_code == 404
    assert await used(company, abo) == 4
    assert (await produit(company)).status_code == 201
    # off, they come and go uncounted; on again, what stands counts
    toggle = f"{SUBSCRIPTIONS}{abo['id']}/toggle-enabled/"
    await company.owner.post(toggle, json={})
    for _ in range(2):
        assert (await produit(company)).status_code == 201
    assert await used(company, abo) == 5
    await company.owner.post(toggle, json={})
    assert await used(company, abo) == 7
    assert (await produit(company)).status_code == 403
    assert await proven(town)


async def test_another_companys_cap_is_nobody_elses(town: Scene) -> None:
    capped, free = await town.installed.company(), await town.installed.company()
    abo = await subscribe(town, capped, "basic_crm", 1)
    assert [(await produit(capped)).status_code for _ in range(2)] == [201, 403]
    assert [(await produit(free)).status_code for _ in range(3)] == [201] * 3
    assert await used(capped, abo) == 1
    root = await town.installed.superuser()
    seen = await root.get(f"{SUBSCRIPTIONS}{abo['id']}/")
    assert seen.json()["usage_percentage"] == 100.0


async def test_parallel_products_never_pass_the_cap(town: Scene) -> None:
    company = await town.installed.company()
    await company.produit()
    abo = await subscribe(town, company, "basic_crm", 6)
    path = f"{SUBSCRIPTIONS}{abo['id']}/increment-usage/"
    answers = await asyncio.gather(
        *(produit(company) for _ in range(12)), *(company.owner.post(path, json={}) for _ in range(12))
    )
    accepted = [answer.status_code for answer in answers].count(201) + [a.status_code for a in answers].count(200)
    assert accepted == 5
    assert {answer.status_code for answer in answers} <= {200, 201, 400, 403}
    assert await used(company, abo) == 6
    assert await proven(town)


async def test_products_and_the_switch_at_once_agree_in_the_end(town: Scene) -> None:
    company = await town.installed.company()
    abo = await subscribe(town, company, "basic_crm", 100)
    toggle = f"{SUBSCRIPTIONS}{abo['id']}/toggle-enabled/"
    await asyncio.gather(
        *(produit(company) for _ in range(20)), *(company.owner.post(toggle, json={}) for _ in range(8))
    )
    standing = (await company.owner.get("/api/produits/")).json()["count"]
    assert standing == 20
    assert (await produit(company)).status_code == 201
    assert await used(company, abo) == 21
    assert await proven(town)


async def test_a_switch_waits_for_what_is_being_counted(town: Scene) -> None:
    company = await town.installed.company()
    abo = await subscribe(town, company, "basic_crm", 5)
    number = abo["company"]
    async with town.kernel.works.everywhere(SYSTEM) as work:
        await town.kernel.usage.take(work, "ekigega_produits", str(number), REFUSED)
        toggle = company.owner.post(f"{SUBSCRIPTIONS}{abo['id']}/toggle-enabled/", json={})
        switching = asyncio.create_task(toggle)
        for _ in range(200):
            if switching.done() or await town.owner.fetchval(SOMEBODY_WAITS):
                break
            await asyncio.sleep(0.02)
        assert not switching.done()
    assert (await switching).json()["is_enabled"] is False
    assert await used(company, abo) == 0


async def test_where_a_subscription_is_required_nothing_is_made_without(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    required = {
        "ekigega_produits": {"feature": "basic_crm", "required": True},
        "spotvibe_evenements": {"feature": "basic_tasks", "required": True},
        "nothing_counted": "basic_websites",
    }
    async with town_on(cluster, tmp_path_factory, "strict", required) as town:
        company = await town.installed.company()
        refused = await produit(company)
        assert refused.status_code == 403
        assert "Votre entreprise n'a pas d'abonnement actif à la feature basic_crm" in refused.text
        ama = await town.person()
        assert (await ama.client.post(CREATE, json=body())).status_code == 403
        assert (await ama.client.get("/api/subscriptions/usage/")).json()["max_evenements_par_mois"] == 0
        await subscribe(town, company, "basic_crm", None)
        assert (await produit(company)).status_code == 201
        lines = await counter_lines(town.installed.composition)
        assert len(lines) == 1, lines
        assert "nothing_counted" in lines[0]
