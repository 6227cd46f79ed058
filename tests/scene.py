"""A running scene: users of spotvibe with their profiles, signed in, for the tests of spotvibe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from core.payments.gateway import GatewayOffer, Reason, State
from core.testkit.gateways import FakeGateway, FakeOperator
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, Api, unique
from tests.running import Running, database_of_worker, running_on

SECRETS = {"SOCLE_SPOTVIBE_SUBSCRIPTIONS_WEBHOOK": "un-secret-de-trente-deux-caracteres"}
"""The secrets of a worker's scene."""


class Person:
    """A user and its signed-in client. `id` is its integer id."""

    def __init__(self, number: int, username: str, email: str, client: Api) -> None:
        self.id = number
        self.username = username
        self.email = email
        self.client = client


class Scene(Running):
    """An installation of spotvibe alone."""

    _operator: FakeOperator | None = None

    @property
    def operator(self) -> FakeOperator:
        """The far end of the payment method MOMO_FAKE, which prompts the phone; asked for, the method is there."""
        if self._operator is None:
            self._operator = FakeOperator()
            offer = GatewayOffer(slug="fake", title="Monnaie d'essai", gateway=FakeGateway(self._operator))
            self.kernel.payments.gateways.add(offer)
        return self._operator

    async def attempt(self, payment: str) -> UUID:
        """The operation of a payment's latest attempt."""
        latest = "select id from payment_attempt where payment_id = $1 order by position desc limit 1"
        found: UUID = await self.owner.fetchval(latest, UUID(payment))
        return found

    async def settle(self, payment: str) -> None:
        """Let the money of a payment by MOMO_FAKE come, and what comes of it happen."""
        await self.installed.drain()
        await self.operator.settle(await self.attempt(payment))
        await self.kernel.payments.verify(UUID(payment))
        await self.installed.drain()

    async def decline(self, payment: str) -> None:
        """Let the payer of a payment by MOMO_FAKE decline it, and what comes of it happen."""
        await self.installed.drain()
        await self.operator.end(await self.attempt(payment), State.FAILED, Reason.DECLINED_BY_PAYER)
        await self.kernel.payments.verify(UUID(payment))
        await self.installed.drain()

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
