"""A fresh simulator for every test."""

from collections.abc import AsyncIterator

import pytest

from adapters.operators.settings import OperatorSettings
from tests.operators import Operators, operators


@pytest.fixture
async def sim() -> AsyncIterator[Operators]:
    """A simulator in development's settings."""
    async with operators() as running:
        yield running


@pytest.fixture
async def strict() -> AsyncIterator[Operators]:
    """A simulator that enforces the operators' own callback rules."""
    async with operators(OperatorSettings(strict=True)) as running:
        yield running
