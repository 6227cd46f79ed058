"""An installation that runs for tests of one product: clients, tokens, second factors, and a look behind the scenes."""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pyotp
import pytest

from core.access.principal import SYSTEM, Caller, Principal
from core.accounts.entities import SignedIn
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, Api, Installed, installation

R = TypeVar("R", bound="Running")


class Running:
    """An installation of a product; `owner` looks behind the scenes."""

    def __init__(self, installed: Installed, owner: Any) -> None:
        self.installed = installed
        self.owner = owner

    @property
    def kernel(self) -> Any:
        """The installation's kernel."""
        return self.installed.composition.kernel

    def api(self, token: str | None = None, **options: Any) -> Api:
        """A client, signed in where a token is given."""
        return self.installed.api(token, **options)

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


@asynccontextmanager
async def running_on(
    make: Callable[[Installed, Any], R], urls: DatabaseUrls, home: Path, **settings: Any
) -> AsyncIterator[R]:
    """Run an installation on a database."""
    owner = await asyncpg.connect(urls.owner)
    try:
        async with installation(urls, home, **settings) as running:
            yield make(running, owner)
    finally:
        await owner.close()


def database_of_worker(cluster: TestCluster, folders: pytest.TempPathFactory, name: str) -> tuple[DatabaseUrls, Path]:
    """A database of this worker's own, and a home."""
    urls = cluster.clone(f"socle_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    return urls, folders.mktemp(name)
