"""The group of the demonstration: made in a fresh installation of megahub, once, and true to the rules of the house."""

import asyncio
from pathlib import Path

import asyncpg

from core.access.principal import SYSTEM
from socle.demo import seed_demo
from socle.demo_hub import BRANDS, GROUP, PEOPLE, SUBSCRIPTIONS
from socle.demo_people import PASSWORD
from tests.cluster import TestCluster
from tests.installation import installation, unique
from tests.matrices.footprint import footprint


async def test_it_is_made_once_and_its_owner_sees_it(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("demo_hub"))
    owner = await asyncpg.connect(urls.owner)
    try:
        async with installation(urls, tmp_path, edition="megahub") as installed:
            said = await seed_demo(installed.composition)
            assert PASSWORD in said
            assert all(person.email in said for person in PEOPLE)
            before = await footprint(owner)
            await asyncio.gather(*(seed_demo(installed.composition) for _ in range(2)))
            assert await footprint(owner) == before
            number = await owner.fetchval("select number from organisation where name = $1", GROUP)
            async with installed.composition.works.everywhere(SYSTEM) as work:
                used = await installed.composition.kernel.usage.allowance(work, "megahub_brands", str(number))
            assert used.used == len(BRANDS)
            assert await owner.fetchval("select count(*) from megahub_subscription") == len(SUBSCRIPTIONS)
            body = {"email": PEOPLE[0].email, "password": PASSWORD}
            entered = await installed.api().post("/api/auth/login/", json=body)
            assert entered.status_code == 200, entered.text
            client = installed.api(entered.json()["access"])
            company = await client.get(f"/companies/{number}/")
            assert (company.status_code, company.json()["name"]) == (200, GROUP)
            brands = await client.get(f"/companies/{number}/brands/")
            assert brands.status_code == 200
            assert brands.json()["count"] == len(BRANDS)
    finally:
        await owner.close()
