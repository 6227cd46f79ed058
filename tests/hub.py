"""A running hub: companies of megahub with their administrators and members, signed in, for the tests of megahub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, Api, unique
from tests.payers import Paying
from tests.running import database_of_worker, running_on


class HubCompany:
    """A company. `id` is its number, `admin` the signed-in client of its owner, `body` what its creation answered."""

    def __init__(self, hub: "Hub", body: dict[str, Any], email: str, admin: Api) -> None:
        self.hub = hub
        self.body = body
        self.id: int = body["id"]
        self.name: str = body["name"]
        self.email = email
        self.admin = admin

    @property
    def path(self) -> str:
        """Where the company is."""
        return f"/companies/{self.id}"

    @property
    def slots_path(self) -> str:
        """Where its slots are."""
        return f"/companies/slots/{self.id}"

    async def brand(self, name: str = "") -> dict[str, Any]:
        """Make a brand."""
        answer = await self.admin.post(f"{self.path}/brands/", json={"name": name or unique("Marque")})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def user(self, user_type: str = "brand_member") -> dict[str, Any]:
        """Make a user."""
        answer = await self.admin.post(f"{self.path}/users/", json=a_user(user_type=user_type))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def member(self, user_type: str = "brand_member") -> Api:
        """The signed-in client of a new user."""
        return self.hub.api(await self.hub.token((await self.user(user_type))["email"]))

    async def slots(self) -> dict[str, Any]:
        """Its slots, as its administrator reads them."""
        answer = await self.admin.get(f"{self.slots_path}/")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def set_slots(self, brands: int, users: int) -> None:
        """Set its slots, as a superuser."""
        root = await self.hub.superuser()
        answer = await root.put(f"{self.slots_path}/", json={"brands_slots": brands, "users_slots": users})
        assert answer.status_code == 200, answer.text


class Hub(Paying):
    """An installation of megahub alone."""

    _superuser: Api | None = None

    async def superuser(self) -> Api:
        """A signed-in superuser, the same each time."""
        if self._superuser is None:
            self._superuser = await self.installed.superuser()
        return self._superuser

    async def company(self, name: str = "", **fields: Any) -> HubCompany:
        """A new company, made by a superuser; its administrator is signed in."""
        body = opening(name=name or unique("ACME"), **fields)
        answer = await (await self.superuser()).post("/companies/", json=body)
        assert answer.status_code == 201, answer.text
        email = body["admin_email"]
        return HubCompany(self, answer.json(), email, self.api(await self.token(email)))

    async def outsider(self) -> Api:
        """The signed-in client of an account that is in no organisation."""
        email = f"{unique('seul')}@example.com"
        made = await self.kernel.organisations.joining.create_account(
            SYSTEM, Candidate(email=email, username=email, password=PASSWORD)
        )
        await self.owner.execute("delete from membership where account_id = $1", made.id)
        await self.owner.execute(
            "with gone as (update usage_counter set used = used - 1 where feature = 'organisation_members'"
            " and subject = '1' returning feature, subject, period) insert into usage_entry"
            " (feature, subject, period, asked_feature, asked_subject, kind, amount)"
            " select feature, subject, period, feature, subject, 'give_back', -1 from gone"
        )
        return self.api(await self.token(email))

    async def alerts(self, company: HubCompany) -> list[Any]:
        """The open alerts of a company: type and when it was raised."""
        return [
            tuple(row)
            for row in await self.owner.fetch(
                "select type, triggered_at from megahub_alert where organisation_number = $1 and cleared_at is null"
                " order by id",
                company.id,
            )
        ]


def opening(**fields: Any) -> dict[str, Any]:
    """The body of a new company."""
    username = unique("admin")
    return {
        "name": unique("ACME"),
        "billing_email": f"billing-{username}@acme.com",
        "admin_username": username,
        "admin_email": f"{username}@acme.com",
        "admin_password": PASSWORD,
        **fields,
    }


def a_user(**fields: Any) -> dict[str, Any]:
    """The body of a new user."""
    username = unique("membre")
    return {
        "username": username,
        "email": f"{username}@acme.com",
        "password": PASSWORD,
        "user_type": "brand_member",
        **fields,
    }


@asynccontextmanager
async def hub_of_worker(
    cluster: TestCluster, folders: pytest.TempPathFactory, name: str = "hub", **settings: Any
) -> AsyncIterator[Hub]:
    """Run a hub on a database of this worker's own."""
    urls, home = database_of_worker(cluster, folders, name)
    async with hub_on(urls, home, **settings) as running:
        yield running


@asynccontextmanager
async def hub_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[Hub]:
    """Run a hub on a database."""
    async with running_on(Hub, urls, home, **{"edition": "megahub", **settings}) as hub:
        yield hub
