"""A revoked session is refused by every web process within a second."""

import asyncio
import math
import ssl
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
import pytest

from tests.concurrency.conftest import Pair
from tests.concurrency.test_parallel_ventes import registration
from tests.installation import PASSWORD

NEW_PASSWORD = "Petite-Saison-43"
PROMISED_SECONDS = 1
BEFORE = 10
LATE = 10


class Seen(NamedTuple):
    """An answer: when its request began and ended by the monotonic clock, and its status."""

    began: float
    ended: float
    status: int


class Asking:
    """Asks a web process who is signed in, over a new connection each time. It goes by what it has seen and not by a
    clock, so that a slow machine asks for longer and not less often."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._headers = headers
        # a client that makes its own costs more than the request
        self._context = ssl.create_default_context()
        self._warm = asyncio.Event()
        self._revoked_at = math.inf
        self.seen: list[Seen] = []

    async def run(self) -> None:
        """Ask until there are enough answers that must be refusals."""
        while len(self.late) < LATE:
            async with httpx.AsyncClient(
                base_url=self._address, headers=self._headers, verify=self._context, timeout=60
            ) as fresh:
                began = time.monotonic()
                status = (await fresh.get("/api/auth/me/")).status_code
                self.seen.append(Seen(began, time.monotonic(), status))
            if len(self.seen) == BEFORE:
                self._warm.set()
            await asyncio.sleep(0.01)

    async def warm(self) -> None:
        """Wait for the first answers: the process remembers the session from here on."""
        await self._warm.wait()

    def revoked(self, at: float) -> None:
        """Say when the revocation had been answered."""
        self._revoked_at = at

    @property
    def late(self) -> list[Seen]:
        """The answers to requests that began when the promised time was over."""
        return [each for each in self.seen if each.began > self._revoked_at + PROMISED_SECONDS]


async def signed_in(pair: Pair) -> tuple[dict[str, str], dict[str, Any]]:
    """A new account: the header that signs its requests, and the answer to its registration."""
    answer = await pair.client(0).post("/api/auth/register/", json=registration(await pair.tenant()))
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['access']}"}, answer.json()


@pytest.mark.parametrize("way", ["logout", "change-password"])
async def test_what_one_process_revokes_the_other_refuses_within_a_second(pair: Pair, way: str) -> None:
    headers, registered = await signed_in(pair)
    by, body = headers, {"refresh": registered["refresh"]}
    if way == "change-password":
        # The session that changes the password stays: it is another one that ends.
        credentials = {"email": registered["user"]["email"], "password": PASSWORD}
        other = await pair.client(1).post("/api/auth/login/", json=credentials)
        by = {"authorization": f"Bearer {other.json()['access']}"}
        body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}

    asked = [Asking(address, headers) for address in pair.addresses]
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for each in asked:
            group.create_task(each.run())
        for each in asked:
            await each.warm()
        sent = time.monotonic()
        revoked = await pair.client(0).post(f"/api/auth/{way}/", json=body, headers=by)
        answered = time.monotonic()
        assert revoked.status_code == 200, revoked.text
        for each in asked:
            each.revoked(answered)
    for each in asked:
        # what is asked while the revocation is under way may be answered either way
        assert {seen.status for seen in each.seen if seen.ended < sent} == {200}
        assert {seen.status for seen in each.late} == {401}
