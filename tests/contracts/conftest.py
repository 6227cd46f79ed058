"""The contract of driven is replayed on a portal of its own: what the document's examples name must still be free."""

from collections.abc import AsyncIterator

import pytest

from tests.cluster import TestCluster
from tests.portal import Portal, portal_of_worker


@pytest.fixture(scope="session")
async def portal(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A running portal that nothing else fills."""
    async with portal_of_worker(cluster, tmp_path_factory, "contract") as running:
        yield running
