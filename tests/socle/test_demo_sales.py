"""The sales team of the demonstration: made in a fresh installation of crm, once, true to the rules of the house."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.db.tallies import Tallies
from socle.demo import refuse_demo, seed_demo
from socle.demo_people import PASSWORD
from socle.demo_sales import AGENCY, CLIENTS, OPPORTUNITIES, PEOPLE
from socle.refusal import Refused
from tests.cluster import TestCluster
from tests.installation import unique
from tests.matrices.footprint import footprint
from tests.sales import Sales, sales_on


@pytest.fixture(scope="module")
async def shown(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sales]:
    """A sales floor with its demonstration."""
    async with sales_on(cluster.clone(unique("demo_sales")), tmp_path_factory.mktemp("demo")) as sales:
        said = await seed_demo(sales.installed.composition)
        assert PASSWORD in said
        assert all(person.email in said for person in PEOPLE)
        yield sales


async def test_it_is_made_once(shown: Sales) -> None:
    before = await footprint(shown.owner)
    await asyncio.gather(*(seed_demo(shown.installed.composition) for _ in range(2)))
    assert await footprint(shown.owner) == before
    with pytest.raises(Refused, match="demonstration"):
        await refuse_demo(shown.installed.composition)


async def test_its_people_sign_in_and_see_a_years_work(shown: Sales) -> None:
    for person in PEOPLE:
        answer = await shown.api().post("/api/auth/login/", json={"email": person.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client = shown.api(answer.json()["access"])
        assert (await client.get("/api/clients/")).json()["count"] == len(CLIENTS)
        projets = (await client.get("/api/projets/", params={"statut": "Terminé"})).json()
        assert projets["count"] > 5
        wrote = await client.post("/api/clients/", json={"nom": unique("Essai")})
        assert wrote.status_code == (403 if person.role == "LECTURE" else 201)
        if wrote.status_code == 201:
            await shown.owner.execute("delete from crm_client where id = $1", wrote.json()["id"])


async def test_its_rows_keep_the_rules(shown: Sales) -> None:
    assert await Tallies(shown.installed.composition.works).check() == []
    counted = await shown.owner.fetchrow(
        "select (select count(*) from organisation where name = $1), (select count(*) from crm_client),"
        " (select count(*) from crm_opportunite), (select count(*) from crm_devis) > 20,"
        " (select count(*) from crm_projet) > 10, (select count(*) from crm_tache) > 40",
        AGENCY,
    )
    assert tuple(counted) == (1, len(CLIENTS), OPPORTUNITIES, True, True, True)
    broken = await shown.owner.fetchrow(
        """
        select (select count(*) from crm_opportunite o join crm_client c on c.id = o.client
                where c.date_creation > o.date_creation),
               (select count(*) from crm_projet p join crm_devis d on d.id = p.devis_associe
                join crm_opportunite o on o.id = d.opportunite
                where o.client <> p.client or d.statut <> 'Accepté' or o.resultat is distinct from 'gagnee'),
               (select count(*) from crm_opportunite o where o.resultat = 'gagnee'
                and not exists (select from crm_devis d where d.opportunite = o.id and d.statut = 'Accepté')),
               (select count(*) from crm_projet p where p.devis_associe is null),
               (select count(*) from crm_tache t join crm_projet p on p.id = t.projet_associe
                where p.client <> t.client_associe),
               (select count(*) from crm_opportunite where date_creation > now() or date_cloture > now()),
               (select count(*) from crm_devis where date_envoi > now() or date_reponse > now()),
               (select count(*) from crm_tache where terminee_le > now() or date_creation > now())
        """
    )
    assert tuple(broken) == (0,) * 8


async def test_its_year_has_something_in_most_months_and_at_every_stage(shown: Sales) -> None:
    months = await shown.owner.fetchval(
        "select count(distinct date_trunc('month', date_creation)) from crm_opportunite"
    )
    assert months >= 9
    stages = await shown.owner.fetchval("select count(distinct etape) from crm_opportunite")
    assert stages == 5
    outcomes = await shown.owner.fetchval("select count(distinct resultat) from crm_opportunite")
    assert outcomes == 2
    assert await shown.owner.fetchval("select count(*) from crm_tache where terminee_le is null") > 5
