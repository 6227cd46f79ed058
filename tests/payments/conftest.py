"""What the tests of payments share: a database with the shop's tables, and tills on it."""

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.db.database import Database
from core.payments.gateway import Capabilities
from core.testkit.clock import FakeClock
from core.testkit.gateways import FakeOperator
from core.testkit.gateways.fake_operator import PROMPT
from tests.cluster import DatabaseUrls, TestCluster
from tests.payments.arrange import Till, migrated

MakeTill = Callable[..., Till]


@pytest.fixture(scope="session")
async def shop_urls(cluster: TestCluster) -> DatabaseUrls:
    """A database with the shop's tables."""
    return await migrated(cluster.clone(f"socle_shop_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"))


@pytest.fixture(scope="session")
async def shop_database(shop_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """That database, opened as the application role."""
    database = Database(shop_urls.app, max_size=10, name="socle-test")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def make_till(shop_database: Database) -> AsyncIterator[MakeTill]:
    """Makes tills. What other tests have left open is closed first; afterwards the books must agree."""
    connection = shop_database.lending
    async with connection.lent() as lent:
        await lent.execute("update outbox set done_at = now() where done_at is null")
    made: list[Till] = []

    def make(capabilities: Capabilities = PROMPT, **options: Any) -> Till:
        till = Till(shop_database, FakeOperator(capabilities), FakeClock(), **options)
        made.append(till)
        return till

    yield make
    for till in made[:1]:
        assert await till.faults() == []


@pytest.fixture
def till(make_till: MakeTill) -> Till:
    """A shop whose operator prompts the phone."""
    return make_till()
