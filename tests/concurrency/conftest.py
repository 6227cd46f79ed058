"""Two web processes on one database, each on a port of its own so that a test can choose which one it asks."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import unique
from tests.server import serving

CONNECTIONS = 25


class Pair:
    """Clients of two web processes, with 25 connections each."""

    def __init__(self, urls: DatabaseUrls, addresses: tuple[str, str]) -> None:
        self.urls = urls
        self.addresses = addresses
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self.clients = [httpx.AsyncClient(base_url=each, timeout=60, limits=limits) for each in addresses]

    def client(self, number: int) -> httpx.AsyncClient:
        """A client; numbers take turns."""
        return self.clients[number % 2]

    async def close(self) -> None:
        """Close all connections."""
        for client in self.clients:
            await client.aclose()

    async def tenant(self) -> str:
        """Create a tenant; return its id."""
        body = {"nom": unique("Parallèle"), "secteur": "Commerce", "type": "SARL", "adresse": "Cotonou", "taille": 5}
        made = await self.clients[0].post("/api/tenants/", json=body)
        assert made.status_code == 201, made.text
        key: str = made.json()["id"]
        return key


@pytest.fixture(scope="session")
def pair_addresses(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DatabaseUrls, tuple[str, str]]]:
    """Two servers of one web process each, with one key and one database."""
    urls = cluster.clone(unique("pair"))
    key = "une-clef-partagee-par-les-deux-processus"
    first, second = tmp_path_factory.mktemp("pair"), tmp_path_factory.mktemp("pair")
    with (
        serving(first, urls, SOCLE_SECRET_KEY=key) as one,
        serving(second, urls, SOCLE_SECRET_KEY=key) as other,
    ):
        yield urls, (one.base_url, other.base_url)


@pytest.fixture
async def pair(pair_addresses: tuple[DatabaseUrls, tuple[str, str]]) -> AsyncIterator[Pair]:
    """The two web processes."""
    made = Pair(*pair_addresses)
    yield made
    await made.close()


@pytest.fixture
async def pair_owner(pair: Pair) -> AsyncIterator[Any]:
    """A connection to the pair's database as its owner."""
    connection = await asyncpg.connect(pair.urls.owner)
    yield connection
    await connection.close()
