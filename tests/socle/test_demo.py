"""The demonstration: made in a fresh installation in development, once, and true to the rules of the house."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest

from adapters.db.tallies import Tallies
from socle.demo import refuse_demo, seed_demo
from socle.demo_books import OCCASIONAL_EXPENSES, SALES, books_of
from socle.demo_people import PASSWORD
from socle.demo_portal import PEOPLE
from socle.demo_shops import SHOPS
from socle.demo_stage import EVENINGS
from socle.demo_stage import PEOPLE as STAGE_PEOPLE
from socle.refusal import Refused
from tests.cluster import TestCluster
from tests.installation import Api, Installed, installation, unique
from tests.matrices.footprint import footprint
from tests.portal import portal_on
from tests.server import serving, socle

ZONE = ZoneInfo("Africa/Porto-Novo")
EMAILS = [member.email for shop in SHOPS for member in shop.members]


class Shown:
    """An installation with its demonstration, and a connection as its owner."""

    def __init__(self, installed: Installed, owner: Any, seconds: float, said: str) -> None:
        self.installed = installed
        self.owner = owner
        self.seconds = seconds
        self.said = said

    async def sign_in(self, email: str) -> Api:
        """A client of a demonstration account."""
        answer = await self.installed.api().post("/api/auth/login/", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return self.installed.api(answer.json()["access"])


@pytest.fixture(scope="module")
async def shown(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shown]:
    """A database of its own with the demonstration."""
    urls = cluster.clone(unique("demo"))
    async with installation(urls, tmp_path_factory.mktemp("demo")) as installed:
        began = time.monotonic()
        said = await seed_demo(installed.composition)
        seconds = time.monotonic() - began
        owner = await asyncpg.connect(urls.owner)
        yield Shown(installed, owner, seconds, said)
        await owner.close()


async def test_it_says_who_may_sign_in(shown: Shown) -> None:
    print(f"\nthe demonstration: {shown.seconds:.2f} s")
    assert PASSWORD in shown.said
    assert all(email in shown.said for email in EMAILS)


async def test_it_is_made_once(shown: Shown) -> None:
    before = await footprint(shown.owner)
    again = await asyncio.gather(*(seed_demo(shown.installed.composition) for _ in range(2)))
    assert again == [shown.said, shown.said]
    assert await footprint(shown.owner) == before


async def test_its_counts_and_sums_are_true(shown: Shown) -> None:
    assert await Tallies(shown.installed.composition.works).check() == []
    rows = await shown.owner.fetchrow(
        "select (select count(*) from organisation) - 1, (select count(*) from produit),"
        " (select count(*) from partner), (select count(*) from vente), (select count(*) from depense),"
        " (select count(*) from abonnement), (select count(*) from video where entreprise is null)"
    )
    assert tuple(rows) == (4, 60, 40, 2 * SALES, 2 * (OCCASIONAL_EXPENSES + 48), 10, 3)


async def test_its_rows_keep_the_rules(shown: Shown) -> None:
    broken = await shown.owner.fetchrow(
        """
        select (select count(*) from produit where quantite < 0),
               (select count(*) from vente v where total <> (select sum(quantite * prix_unitaire) from vente_item i
                                                             where i.vente = v.id) or total is null),
               (select count(*) from vente v join partner p on p.id = v.client
                where p.type <> 'client' or p.created_at > v.created_at),
               (select count(*) from vente_item i join vente v on v.id = i.vente join produit p on p.id = i.produit
                where p.created_at > v.created_at),
               (select count(*) from vente v
                where not exists (select from audit_entry a where a.object_id = v.id::text)),
               (select count(*) from vente where created_at > now()),
               (select count(*) from depense where created_at > now() or montant <= 0 or mod(montant, 1) <> 0)
        """
    )
    assert tuple(broken) == (0,) * 7


async def test_its_year_is_spread_over_twelve_months(shown: Shown) -> None:
    for table in ("vente", "depense"):
        months = await shown.owner.fetch(
            f"select date_trunc('month', created_at), count(*) from {table} group by 1 having count(*) > 0"
        )
        assert len(months) >= 12


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.nom)
async def test_its_dashboards_show_something(shown: Shown, shop: Any) -> None:
    client = await shown.sign_in(shop.members[2].email)
    dashboard = (await client.get("/api/analytics/dashboard/")).json()
    flows, kpis = dashboard["cashflow"], dashboard["kpis"]
    print(f"\n{shop.nom}: {flows} {kpis}")
    assert float(flows["revenus"]["total"]) > float(flows["depenses"]["total"]) > 0
    assert kpis["total_ventes"] > 400
    figures = ("client_acquisition_cost", "average_order_value", "customer_lifetime_value")
    assert all(float(kpis[name]) > 0 for name in figures)
    assert len(dashboard["sales_trend"]) == datetime.now(ZONE).month
    assert all(amount > 0 for amount in list(dashboard["sales_trend"].values())[:-1])


async def test_each_account_has_its_role(shown: Shown) -> None:
    for shop in SHOPS:
        for index, member in enumerate(shop.members):
            client = await shown.sign_in(member.email)
            assert (await client.get("/api/membres/")).status_code == (200 if index == 0 else 403)
            videos = await client.get("/api/videos/")
            assert videos.status_code == (403 if member.role == "FINANCE" else 200)
            if index == 0:
                assert videos.json()["count"] == 5
                found = (await client.get("/api/ventes/", params={"page_size": 1})).json()
                assert found["count"] == SALES
                changed = await client.patch(f"/api/ventes/{found['results'][0]['id']}/", json={"statut": "payee"})
                assert changed.status_code in (200, 400)
                logs = (await client.get("/api/logs/", params={"object_type": "Vente"})).json()
                assert logs["count"] >= SALES


def test_it_is_the_same_every_time() -> None:
    now = datetime(2026, 5, 20, 12, tzinfo=ZONE)
    accounts = [UUID(int=number) for number in range(3)]
    first, second = (books_of(SHOPS[0], accounts[0], accounts, now) for _ in range(2))
    assert first == second
    for days in range(0, 365, 30):
        later = books_of(SHOPS[1], accounts[0], accounts, now + timedelta(days=days))
        assert len(later["vente"]) == SALES
        assert all(
            row["created_at"] <= now + timedelta(days=days) for rows in later.values() for row in rows if "id" in row
        )


async def test_an_installation_with_a_company_stays_as_it_is(cluster: TestCluster, tmp_path: Path) -> None:
    async with installation(cluster.clone(unique("demo")), tmp_path) as installed:
        await installed.company()
        assert await seed_demo(installed.composition) == ""
        tenants = (await installed.api().get("/api/tenants/")).json()
        assert SHOPS[0].nom not in {each["nom"] for each in tenants["results"]}


async def test_another_edition_has_none(cluster: TestCluster, tmp_path: Path) -> None:
    off = {"off": ["ekigega_analytics", "ekigega_videos"]}
    async with installation(cluster.clone(unique("demo")), tmp_path, edition="ekigega", plugins=off) as installed:
        assert await seed_demo(installed.composition) == ""


async def test_the_portal_has_people(shown: Shown) -> None:
    assert "POST /driven/api/auth/login" in shown.said
    assert all(person.login in shown.said for person in PEOPLE)
    for person in PEOPLE:
        body = {"login": person.login, "password": PASSWORD}
        entered = await shown.installed.api().post("/driven/api/auth/login", json=body)
        assert entered.status_code == 200, entered.text
        data = entered.json()["data"]
        assert (data["utilisateur"]["nom"], data["utilisateur"]["entite"]["code"]) == (person.nom, "SIEGE")
        (role,) = data["utilisateur"]["utilisateur_roles"]
        assert role["role"]["nom"] == (person.role or "Admin")
        made = await shown.installed.api(data["access_token"]).post("/driven/api/entites", json={})
        assert made.status_code == (403 if person.role else 400)


async def test_the_portal_alone(cluster: TestCluster, tmp_path: Path) -> None:
    async with installation(cluster.clone(unique("demo")), tmp_path, edition="driven") as installed:
        said = await asyncio.gather(*(seed_demo(installed.composition) for _ in range(3)))
        assert len(set(said)) == 1
        assert "POST /api/auth/login" in said[0]
        with pytest.raises(Refused, match="production needs a database of its own"):
            await refuse_demo(installed.composition)


async def test_a_portal_with_people_of_its_own_is_left_alone(cluster: TestCluster, tmp_path: Path) -> None:
    async with portal_on(cluster.clone(unique("demo")), tmp_path) as portal:
        assert await seed_demo(portal.installed.composition) == ""
        assert await portal.owner.fetchval("select count(*) from driven_utilisateur") == 1


async def test_the_stage_has_people_and_events(shown: Shown) -> None:
    assert "POST /api/users/login/" in shown.said
    api = shown.installed.api()
    listed = (await api.get("/api/events/")).json()["results"]
    titres = {evening.titre for evening in EVENINGS if evening.statut == "VALIDE"}
    assert {each["titre"] for each in listed} == titres
    for person in STAGE_PEOPLE:
        assert person.email in shown.said
        entered = await api.post("/api/users/login/", json={"email": person.email, "password": PASSWORD})
        assert entered.status_code == 200, entered.text
        client = shown.installed.api(entered.json()["access"])
        profile = (await client.get("/api/users/profile/")).json()
        assert (profile["username"], profile["telephone"]) == (person.username, person.telephone)
        assert (await client.get("/api/admin/dashboard/")).status_code == (200 if person.staff else 403)


async def test_the_stage_alone(cluster: TestCluster, tmp_path: Path) -> None:
    async with installation(cluster.clone(unique("demo")), tmp_path, edition="spotvibe") as installed:
        said = await asyncio.gather(*(seed_demo(installed.composition) for _ in range(3)))
        assert len(set(said)) == 1
        assert all(person.email in said[0] for person in STAGE_PEOPLE)
        listed = (await installed.api().get("/api/events/")).json()
        assert listed["count"] == sum(evening.statut == "VALIDE" for evening in EVENINGS)
        with pytest.raises(Refused, match="production needs a database of its own"):
            await refuse_demo(installed.composition)


def test_serve_makes_it_and_prints_its_accounts(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("demo"))
    body = {"email": EMAILS[0], "password": PASSWORD}
    with serving(tmp_path / "home", urls, SOCLE_DEMO="true") as server:
        assert f"mot de passe {PASSWORD}" in server.log
        assert all(email in server.log for email in EMAILS)
        assert httpx.post(f"{server.base_url}/api/auth/login/", json=body, timeout=10).status_code == 200


def test_other_commands_and_a_switched_off_one_make_none(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("demo"))
    given = {"SOCLE_DATABASE_URL": urls.app, "SOCLE_DATABASE_OWNER_URL": urls.owner, "SOCLE_DEMO": "true"}
    assert socle(tmp_path, "migrate", environment=given).returncode == 0
    production = {
        **given,
        "SOCLE_ENVIRONMENT": "production",
        "SOCLE_PUBLIC_URL": "https://api.example.com",
        "SOCLE_SECRET_KEY": "0123456789" * 4,
        "SOCLE_SMTP_HOST": "mail.example.com",
    }
    prepared = socle(tmp_path, "prepare", environment=production)
    assert (prepared.returncode, prepared.stdout) == (0, "")
    assert socle(tmp_path, "prepare", environment={**given, "SOCLE_DEMO": "false"}).stdout == ""
    asyncio.run(_assert_no_company(urls.owner))


async def _assert_no_company(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("select count(*) from organisation") == 1
    finally:
        await connection.close()


async def test_production_refuses_a_database_with_the_demonstration(shown: Shown) -> None:
    with pytest.raises(Refused, match="production needs a database of its own"):
        await refuse_demo(shown.installed.composition)
