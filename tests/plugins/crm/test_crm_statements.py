"""What lists of crm cost: at most 3 statements each, authentication included, however long they are (DESIGN.md section
10)."""

from collections.abc import AsyncIterator

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.sales import Sales, sales_on
from tests.statements import Counter, cost, telling

MOST = 3


@pytest.fixture(scope="module")
async def counted(
    counter: Counter, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Sales]:
    """A sales floor whose every connection tells what it runs."""
    with telling(counter):
        async with sales_on(cluster.clone(unique("crm_costs")), tmp_path_factory.mktemp("costs")) as opened:
            yield opened


async def test_lists_and_details_cost_few_statements(counted: Sales, counter: Counter) -> None:
    team = await counted.team()
    client = (await team.ventes.crm_client())["id"]
    projet = (await team.ventes.projet(client=client))["id"]
    lists = [
        "/api/clients/",
        "/api/clients/?search=client&ordering=-valeur_client,nom&categorie=x",
        "/api/clients/?valeur_client_min=1&date_creation_apres=2026-01-01",
        "/api/projets/",
        "/api/projets/?search=projet&statut=En%20cours&ordering=-duree&budget_max=10",
        f"/api/clients/{client}/projets/",
        f"/api/clients/{client}/projets/?actif=true&en_retard=false&search=p",
    ]
    short = {path: await cost(counter, counted.installed, team.lecture.client, path) for path in lists}
    for path, ran in short.items():
        assert 1 < len(ran) <= MOST, (path, ran)
    for path in (f"/api/clients/{client}/", f"/api/projets/{projet}/"):
        assert len(await cost(counter, counted.installed, team.lecture.client, path)) == 2, path
    for _ in range(4):
        await team.ventes.projet(client=client)
        await team.ventes.crm_client()
    for path in lists:
        assert await cost(counter, counted.installed, team.lecture.client, path) == short[path], path


async def test_an_unfiltered_count_is_kept(counted: Sales, counter: Counter) -> None:
    team = await counted.team()
    await team.ventes.projet()
    for path in ("/api/clients/", "/api/projets/"):
        ran = await cost(counter, counted.installed, team.lecture.client, path)
        assert any("row_tally" in statement for statement in ran), ran


async def test_lists_of_opportunities_and_quotes_cost_few_statements(counted: Sales, counter: Counter) -> None:
    team = await counted.team()
    quote = await team.ventes.devis()
    opportunite = await team.ventes.read(f"/api/opportunites/{quote['opportunite']}/")
    lists = [
        "/api/opportunites/",
        "/api/opportunites/?search=affaire&etape=prospect&ordering=-valeur_ponderee&montant_min=1",
        f"/api/clients/{opportunite['client']}/opportunites/?resultat=gagnee",
        "/api/devis/",
        "/api/devis/?search=x&statut=brouillon&version_min=1&ordering=-version",
        f"/api/opportunites/{opportunite['id']}/devis/",
    ]
    for path in lists:
        ran = await cost(counter, counted.installed, team.lecture.client, path)
        assert 1 < len(ran) <= MOST, (path, ran)
    for path in (f"/api/opportunites/{opportunite['id']}/", f"/api/devis/{quote['id']}/"):
        assert len(await cost(counter, counted.installed, team.lecture.client, path)) == 2, path
    for path in ("/api/opportunites/", "/api/devis/"):
        ran = await cost(counter, counted.installed, team.lecture.client, path)
        assert any("row_tally" in statement for statement in ran), ran
