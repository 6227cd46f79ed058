"""Fixtures of the identity tests."""

import pytest

from adapters.db.work import PgWorks
from tests.adapters.identity.stage import Stage


@pytest.fixture
async def stage(works: PgWorks) -> Stage:
    """The areas in development."""
    stage = Stage(works)
    await stage.organisations.seed("Installation")
    return stage


@pytest.fixture
async def production(works: PgWorks) -> Stage:
    """The areas in production."""
    stage = Stage(works, production=True)
    await stage.organisations.seed("Installation")
    return stage
