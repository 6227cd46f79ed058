"""What all tests share: a real PostgreSQL, migrated."""

import gc
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from adapters.db.database import Database
from adapters.db.work import PgWorks
from tests.cluster import HOME_VARIABLE, DatabaseUrls, TestCluster, remove_home, run_home
from tests.hub import Hub, hub_of_worker
from tests.installation import Company, Installed, installation
from tests.portal import Portal, portal_of_worker
from tests.sales import Sales, Team, sales_of_worker
from tests.scene import Scene, scene_of_worker
from tests.statements import Counter

LONG = ("proof", "socle", "editions", "examples", "concurrency", "hostile", "journeys", "matrices")
"""The folders whose modules start many servers, or send many thousand requests."""
LONG_MODULES = (
    "test_embedded",
    "test_delivery",
    "test_hostile_input",
    "test_payment_properties",
    "test_hostile_values",
)
"""Modules of other folders that take as long."""


# What is imported and collected lives as long as the process, as in a server (`socle.memory.settle_collector`).
gc.set_threshold(500_000, 20, 50)
# A line for each request of a test's client, formatted three times over, was a fourteenth of an in-process request.
logging.getLogger("httpx").setLevel(logging.WARNING)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's folder before workers start: they inherit the variable."""
    if not hasattr(config, "workerinput"):
        os.environ[HOME_VARIABLE] = tempfile.mkdtemp(prefix="socle-test-")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what takes long first, so that no worker is left with it alone at the end."""
    items.sort(
        key=lambda item: (
            item.path.stem not in LONG_MODULES and not any(f"/tests/{folder}/" in str(item.path) for folder in LONG)
        )
    )


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what was imported and collected."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's folder after the last worker."""
    if not hasattr(config, "workerinput"):
        remove_home()


@pytest.fixture(scope="session")
def cluster() -> Iterator[TestCluster]:
    """The run's PostgreSQL cluster."""
    cluster = TestCluster(run_home())
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def database_urls(cluster: TestCluster) -> DatabaseUrls:
    """A migrated database of this worker's own: the owner's URL and the application's."""
    return cluster.clone(f"socle_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """The worker's database, opened as the application role."""
    database = Database(database_urls.app, max_size=10, name="socle-test")
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def works(database: Database) -> PgWorks:
    """Units of work on the worker's database, without subscribers."""
    return PgWorks(database, {})


@pytest.fixture
async def owner(database_urls: DatabaseUrls) -> AsyncIterator[Any]:
    """A connection as the owner, whom row-level security does not bind: to arrange and to look behind the scenes."""
    connection = await asyncpg.connect(database_urls.owner)
    yield connection
    await connection.close()


@pytest.fixture
async def administrator(cluster: TestCluster, database_urls: DatabaseUrls) -> AsyncIterator[Any]:
    """A connection as the cluster's superuser: to kill other connections."""
    connection = await asyncpg.connect(cluster.cluster.url("postgres", "postgres"))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def installed(database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installed]:
    """The `full` edition in development, on this worker's database."""
    async with installation(database_urls, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="session")
async def portal(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A running portal."""
    async with portal_of_worker(cluster, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="session")
async def scene(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A running scene."""
    async with scene_of_worker(cluster, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="session")
async def sales(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sales]:
    """A running sales floor."""
    async with sales_of_worker(cluster, tmp_path_factory) as running:
        yield running


@pytest.fixture
async def team(sales: Sales) -> Team:
    """A new organisation of crm with its people."""
    return await sales.team()


@pytest.fixture(scope="session")
async def hub(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """A running hub."""
    async with hub_of_worker(cluster, tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def counter() -> Counter:
    """What the connections of an installation ran, where it is made inside of `tests.statements.telling`."""
    return Counter()


@pytest.fixture
async def company(installed: Installed) -> Company:
    """A new company with its owner."""
    return await installed.company()
