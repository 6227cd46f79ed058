"""`socle organisation list` and `restore`: what was archived comes back with all that it had."""

from pathlib import Path

import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.hub import hub_on
from tests.installation import PASSWORD, unique
from tests.server import database_environment, socle


@pytest.fixture
def urls(cluster: TestCluster) -> DatabaseUrls:
    return cluster.clone(unique("archive"))


async def test_an_archived_company_is_restored_with_all_that_it_had(urls: DatabaseUrls, tmp_path: Path) -> None:
    environment = {**database_environment(urls), "SOCLE_EDITION": "megahub"}

    def run(*arguments: str) -> tuple[int, str]:
        done = socle(tmp_path / "home", "organisation", *arguments, environment=environment)
        return done.returncode, done.stdout + done.stderr

    async with hub_on(urls, tmp_path / "hub") as hub:
        company = await hub.company()
        brand = await company.brand()
        assert (await company.admin.delete(f"{company.path}/")).status_code == 204
        code, lines = run("list", "--archived")
        assert (code, lines.count("\n")) == (0, 1)
        assert lines.endswith(f"  {company.name}\n")
        assert company.name not in run("list")[1]

        assert run("restore", str(company.id)) == (
            0,
            f"The organisation {company.id}, {company.name}, is restored; its members may sign in again.\n",
        )
        login = {"email": company.email, "password": PASSWORD}
        signed_in = await hub.api().post("/api/auth/login/", json=login)
        assert signed_in.status_code == 200
        admin = hub.api(signed_in.json()["access"])
        assert (await admin.get(f"{company.path}/brands/")).json()["results"] == [brand]
        assert (await admin.get(f"{company.slots_path}/")).json()["current_brands_count"] == 1

        code, said = run("restore", str(company.id))
        assert (code, said) == (1, f"socle: The organisation {company.id}, {company.name}, is not archived.\n")
        assert run("restore", "999999") == (1, "socle: There is no organisation 999999.\n")

        # meanwhile another one has its name
        assert (await admin.delete(f"{company.path}/")).status_code == 204
        await hub.company(company.name)
        code, said = run("restore", str(company.id))
        assert code == 1
        assert "belongs to another organisation" in said
