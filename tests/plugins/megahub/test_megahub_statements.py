"""What lists of megahub cost: at most 3 statements each, authentication included (DESIGN.md section 10)."""

from collections.abc import AsyncIterator

import pytest

from tests.cluster import TestCluster
from tests.hub import Hub, hub_on
from tests.installation import unique
from tests.statements import Counter, cost, telling

MOST = 3


@pytest.fixture(scope="module")
async def counted(
    counter: Counter, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hub]:
    """A hub whose every connection tells what it runs."""
    with telling(counter):
        async with hub_on(cluster.clone(unique("hub_costs")), tmp_path_factory.mktemp("costs")) as opened:
            yield opened


async def test_a_members_list_of_companies_costs_few_statements(counted: Hub, counter: Counter) -> None:
    company = await counted.company()
    await counted.company()
    for path in ("/companies/", f"/companies/?search={company.name}&ordering=-name", "/companies/slots/"):
        ran = await cost(counter, counted.installed, company.admin, path)
        assert 1 < len(ran) <= MOST, (path, ran)


async def test_a_list_below_a_company_costs_few_statements(counted: Hub, counter: Counter) -> None:
    company = await counted.company()
    await company.brand()
    await company.user()
    for path in ("brands", "users"):
        ran = await cost(counter, counted.installed, company.admin, f"{company.path}/{path}/")
        assert 1 < len(ran) <= MOST, (path, ran)


async def test_a_narrowed_superuser_sees_the_company_that_it_narrowed_itself_to(counted: Hub) -> None:
    company, other = await counted.company(), await counted.company()
    root = await counted.superuser()
    own = await counted.owner.fetchval("select id from organisation where number = $1", company.id)
    narrowed = await root.get("/companies/", headers={"X-Organisation": str(own)})
    assert [each["id"] for each in narrowed.json()["results"]] == [company.id]
    mine = await other.admin.get("/companies/")
    assert [each["id"] for each in mine.json()["results"]] == [other.id]
