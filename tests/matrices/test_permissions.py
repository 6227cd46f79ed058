"""Who may do what: every operation by every role, as `permissions.toml` says. A denied request changes nothing."""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.access.roles import SEEDED_ROLES
from tests.cluster import DatabaseUrls
from tests.installation import Api, Company, Installed, installation
from tests.matrices.footprint import footprint
from tests.matrices.production import PRODUCTION, Told
from tests.matrices.route_table import Operation, route_table
from tests.matrices.samples import sample

TABLE = tomllib.loads((Path(__file__).parent / "permissions.toml").read_text(encoding="utf-8"))
COLUMNS: list[str] = TABLE["columns"]
DENIED = (401, 403)
DESTROYS_ITS_COMPANY = frozenset({"delete_tenant"})


class Cast:
    """A company and a client for each column of the table."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.clients: dict[str, Api] = {}

    async def client(self, column: str) -> Api:
        """The client of a column; its member joins when it is first asked for. An anonymous one
        is new each time: it would keep the cookies of a sign-in."""
        if column == "anonymous":
            return self.company.installed.api()
        if column not in self.clients:
            self.clients[column] = await self._join(column)
        return self.clients[column]

    async def _join(self, column: str) -> Api:
        installed = self.company.installed
        if column == "owner":
            return self.company.owner
        if column == "superuser":
            root = await installed.superuser()
            root.headers["x-organisation"] = self.company.id
            return root
        return await self.company.join(column)


@pytest.fixture(scope="module", params=["development", "production"])
async def running(
    request: pytest.FixtureRequest, database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Installed]]:
    """An installation of each environment."""
    told = PRODUCTION if request.param == "production" else Told({}, {})
    home = tmp_path_factory.mktemp(request.param)
    async with installation(database_urls, home, told.environ, **told.settings) as installed:
        yield request.param, installed


@pytest.fixture(scope="module")
async def cast(running: tuple[str, Installed]) -> Cast:
    """One company for all operations that leave it in place."""
    return Cast(await running[1].company())


def expected(environment: str, name: str) -> dict[str, int]:
    """The row of an operation in an environment."""
    row = TABLE[environment].get(name) or TABLE["development"].get(name)
    assert row is not None, f"{name}: add a row to tests/matrices/permissions.toml"
    return dict(zip(COLUMNS, row, strict=True))


def test_every_operation_has_a_row() -> None:
    names = {operation.name for operation in route_table()}
    assert set(TABLE["development"]) == names
    assert set(TABLE["production"]) <= names


def test_every_seeded_role_has_a_column() -> None:
    assert {role.name for role in SEEDED_ROLES} - {"SUPER_ADMIN"} == set(COLUMNS) - {"superuser", "owner", "anonymous"}


@pytest.mark.parametrize("operation", route_table(), ids=lambda operation: operation.name)
async def test_each_role_is_admitted_or_not(
    operation: Operation, running: tuple[str, Installed], cast: Cast, owner: Any
) -> None:
    environment, installed = running
    answered: dict[str, int] = {}
    for column, status in expected(environment, operation.name).items():
        stage = Cast(await installed.company()) if operation.name in DESTROYS_ITS_COMPANY else cast
        client = await stage.client(column)
        asked = await sample(operation, stage.company)
        before = await footprint(owner)
        options = {} if asked.body is None else {"json": asked.body}
        answer = await client.request(operation.method, operation.at(asked.key), **options)
        answered[column] = answer.status_code
        if status in DENIED:
            assert await footprint(owner) == before, f"{column}: {answer.status_code} and something has changed"
        assert not (answer.status_code < 400 and status >= 400), f"{column}: {answer.status_code} {answer.text}"
    assert answered == expected(environment, operation.name)
