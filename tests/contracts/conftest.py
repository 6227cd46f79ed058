"""What the contract of driven is replayed on: a portal on a database of the worker's own."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.cluster import TestCluster
from tests.portal import Portal, portal_on


@pytest.fixture(scope="session")
async def portal(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A running portal."""
    urls = cluster.clone(f"socle_portal_contract_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    async with portal_on(urls, tmp_path_factory.mktemp("portal")) as running:
        yield running
