"""A running scene: users of spotvibe with their profiles, signed in, for the tests of spotvibe."""

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

SECRETS = {"SOCLE_SPOTVIBE_SUBSCRIPTIONS_WEBHOOK": "un-secret-de-trente-deux-caracteres"}
"""The secrets of a worker's scene."""


class Person:
    """A user and its signed-in client. `id` is its integer id."""

    def __init__(self, number: int, username: str, email: str, client: Api) -> None:
        self.id = number
        self.username = username
        self.email = email
        self.client = client


class Scene(Paying):
    """An installation of spotvibe alone."""

    @property
    def users(self) -> Any:
        """What other slices may call of users."""
        return self.installed.composition.wired["spotvibe_users"].api

    async def person(self, *, profile: bool = True, **fields: Any) -> Person:
        """A new account with a profile (unless told otherwise), signed in. `fields` are those of a `Candidate`."""
        username = unique("fan")
        email = f"{username}@example.com"
        given = {"email": email, "username": username, "password": PASSWORD, **fields}

        async def enrol(work: Any, account: Any) -> None:
            if profile:
                await self.users.enrol(work, account, admin=False)

        made = await self.kernel.organisations.joining.create_account(SYSTEM, Candidate(**given), enrol=enrol)
        return Person(made.number, made.username, made.email, self.api(await self.token(made.email)))

    async def log_in(self, email: str, password: str = PASSWORD) -> Any:
        """Sign in over HTTP, as anybody; the answer."""
        return await self.api().post("/api/users/login/", json={"email": email, "password": password})


@asynccontextmanager
async def scene_of_worker(
    cluster: TestCluster, folders: pytest.TempPathFactory, name: str = "scene"
) -> AsyncIterator[Scene]:
    """Run a scene on a database of this worker's own."""
    urls, home = database_of_worker(cluster, folders, name)
    async with scene_on(urls, home, environ=SECRETS) as running:
        yield running


@asynccontextmanager
async def scene_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[Scene]:
    """Run a scene on a database."""
    async with running_on(Scene, urls, home, **{"edition": "spotvibe", **settings}) as scene:
        yield scene
