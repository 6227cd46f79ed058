"""A running scene: users of spotvibe with their profiles, signed in, for the tests of spotvibe."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pyotp
import pytest

from core.access.principal import SYSTEM, Caller, Principal
from core.accounts.entities import SignedIn
from core.accounts.people import Candidate
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, Api, Installed, installation, unique


class Person:
    """A user and its signed-in client. `id` is its integer id."""

    def __init__(self, number: int, username: str, email: str, client: Api) -> None:
        self.id = number
        self.username = username
        self.email = email
        self.client = client


class Scene:
    """An installation of spotvibe alone; `owner` looks behind the scenes."""

    def __init__(self, installed: Installed, owner: Any) -> None:
        self.installed = installed
        self.owner = owner

    @property
    def kernel(self) -> Any:
        """The installation's kernel."""
        return self.installed.composition.kernel

    @property
    def users(self) -> Any:
        """What other slices may call of users."""
        return self.installed.composition.wired["spotvibe_users"].api

    def api(self, token: str | None = None, **options: Any) -> Api:
        """A client, signed in where a token is given."""
        return self.installed.api(token, **options)

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

    async def token(self, email: str) -> str:
        """An access token of an account."""
        signed_in = await self.kernel.accounts.sign_in.by_password(SYSTEM, email, PASSWORD, membership_needed=False)
        assert isinstance(signed_in, SignedIn)
        return signed_in.tokens.access

    async def protect(self, username: str, method: str = "TOTP") -> str:
        """Give an account a second factor; returns its secret. The present code is not used up."""
        accounts = self.kernel.accounts
        found = await accounts.people.find(SYSTEM, username)
        caller = Caller(principal=Principal(account=found.id, number=found.number, session=found.id, email=found.email))
        begun = await accounts.second_factor.set_up(caller, method)
        if method == "TOTP":
            code = pyotp.TOTP(begun.secret_key or "").at(int(time.time()), counter_offset=-1)
        else:
            code = (await self.installed.mail_to(found.email))[0]["subject"].rpartition(" ")[2]
        await accounts.second_factor.confirm(caller, code)
        return begun.secret_key or ""

    async def log_in(self, email: str, password: str = PASSWORD) -> Any:
        """Sign in over HTTP, as anybody; the answer."""
        return await self.api().post("/api/users/login/", json={"email": email, "password": password})


@asynccontextmanager
async def scene_of_worker(
    cluster: TestCluster, folders: pytest.TempPathFactory, name: str = "scene"
) -> AsyncIterator[Scene]:
    """Run a scene on a database of this worker's own."""
    urls = cluster.clone(f"socle_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    async with scene_on(urls, folders.mktemp(name)) as running:
        yield running


@asynccontextmanager
async def scene_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[Scene]:
    """Run a scene on a database."""
    settings.setdefault("edition", "spotvibe")
    owner = await asyncpg.connect(urls.owner)
    try:
        async with installation(urls, home, **settings) as running:
            yield Scene(running, owner)
    finally:
        await owner.close()
