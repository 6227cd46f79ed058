"""A running sales floor: organisations with their people, signed in, and what they sell, for the tests of crm."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from core.primitives.ids import new_id
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, Api, unique
from tests.running import Running, database_of_worker, running_on

_ORGANISATION = """
insert into organisation (id, name, sector, kind, address, size) values ($1, $2, 'Services', 'SARL', 'Cotonou', 5)
returning id
"""


class Seller:
    """A member and its signed-in client. `id` is the account's integer id, `organisation` None for a superuser that
    belongs to the installation's own, and for who is in none."""

    def __init__(self, number: int, email: str, client: Api, organisation: UUID | None) -> None:
        self.id = number
        self.email = email
        self.client = client
        self.organisation = organisation

    async def made(self, path: str, **body: Any) -> dict[str, Any]:
        """Create something that must succeed; returns its answer."""
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def read(self, path: str, **query: Any) -> Any:
        """Read something that must succeed; returns its answer."""
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def crm_client(self, **fields: Any) -> dict[str, Any]:
        """Create a client."""
        return await self.made("/api/clients/", **{"nom": unique("Client"), **fields})

    async def projet(self, **fields: Any) -> dict[str, Any]:
        """Create a project, of a new client unless one is given."""
        client = fields.pop("client", None) or (await self.crm_client())["id"]
        return await self.made("/api/projets/", **{"titre": unique("Projet"), "client": client, **fields})

    async def opportunite(self, **fields: Any) -> dict[str, Any]:
        """Create an opportunity, of a new client unless one is given."""
        client = fields.pop("client", None) or (await self.crm_client())["id"]
        body = {"nom": unique("Affaire"), "client": client, "montant": "1000.00", "probabilite": 50, **fields}
        return await self.made("/api/opportunites/", **body)

    async def devis(self, **fields: Any) -> dict[str, Any]:
        """Create a quote, for a new opportunity unless one is given."""
        opportunite = fields.pop("opportunite", None) or (await self.opportunite())["id"]
        return await self.made("/api/devis/", **{"opportunite": opportunite, "montant": "1000.00", **fields})

    async def tache(self, **fields: Any) -> dict[str, Any]:
        """Create a task."""
        body = {"titre": unique("Tâche"), "priorite": "Moyenne", "date_echeance": "2037-01-15", **fields}
        return await self.made("/api/taches/", **body)


class Sales(Running):
    """An installation of crm alone."""

    async def organisation(self, name: str = "Agence") -> UUID:
        """A new organisation without members: the first one becomes its owner."""
        found: UUID = await self.owner.fetchval(_ORGANISATION, new_id(), unique(name))
        return found

    async def member(self, organisation: UUID, role: str = "VENTES", **fields: Any) -> Seller:
        """A new member of an organisation, in a role of the seeded ones, signed in. `fields` are a `Candidate`'s."""
        return await self._seller(organisation, role, **fields)

    async def team(self) -> "Team":
        """A new organisation with an owner, an administrator, a seller and a reader."""
        organisation = await self.organisation()
        people = {}
        for name, role in (("owner", "ADMIN"), ("admin", "ADMIN"), ("ventes", "VENTES"), ("lecture", "LECTURE")):
            people[name] = await self.member(organisation, role)
        return Team(organisation, **people)

    async def superuser(self) -> Seller:
        """A superuser, of the installation's own organisation."""
        return await self._seller(None, None, superuser=True)

    async def account(self) -> Api:
        """The client of a signed-in account that is in no organisation."""
        return (await self.stranger()).client

    async def stranger(self) -> Seller:
        """A signed-in account that is in no organisation."""
        made = await self._seller(await self.organisation(), "VENTES")
        await self.owner.execute("delete from membership where organisation_id = $1", made.organisation)
        return Seller(made.id, made.email, self.api(await self.token(made.email)), None)

    async def _seller(self, organisation: UUID | None, role: str | None, **fields: Any) -> Seller:
        username = unique("vendeur")
        given = {"email": f"{username}@example.com", "username": username, "password": PASSWORD, **fields}
        made = await self.kernel.organisations.joining.create_account(SYSTEM, Candidate(**given), organisation, role)
        return Seller(made.number, made.email, self.api(await self.token(made.email)), organisation)


class Team:
    """The people of one organisation."""

    def __init__(self, organisation: UUID, *, owner: Seller, admin: Seller, ventes: Seller, lecture: Seller) -> None:
        self.organisation = organisation
        self.owner = owner
        self.admin = admin
        self.ventes = ventes
        self.lecture = lecture


@asynccontextmanager
async def sales_of_worker(
    cluster: TestCluster, folders: pytest.TempPathFactory, name: str = "sales"
) -> AsyncIterator[Sales]:
    """Run a sales floor on a database of this worker's own."""
    urls, home = database_of_worker(cluster, folders, name)
    async with sales_on(urls, home) as running:
        yield running


@asynccontextmanager
async def sales_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[Sales]:
    """Run a sales floor on a database."""
    async with running_on(Sales, urls, home, **{"edition": "crm", **settings}) as sales:
        yield sales
