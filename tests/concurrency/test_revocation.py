"""A revoked session is refused by every web process within a second."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.concurrency.conftest import Pair
from tests.concurrency.test_parallel_ventes import registration
from tests.installation import PASSWORD

NEW_PASSWORD = "Petite-Saison-43"


async def keeps_asking(address: str, headers: Mapping[str, str], until: float) -> list[tuple[float, int]]:
    """Ask who is signed in, over a new connection each time; return when each request began, and its status."""
    seen = []
    while (began := time.monotonic()) < until:
        async with httpx.AsyncClient(base_url=address, headers=headers) as fresh:
            seen.append((began, (await fresh.get("/api/auth/me/")).status_code))
        await asyncio.sleep(0.01)
    return seen


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

    ends = time.monotonic() + 2.5
    asking = [asyncio.create_task(keeps_asking(address, headers, ends)) for address in pair.addresses]
    await asyncio.sleep(0.5)
    revoked = await pair.client(0).post(f"/api/auth/{way}/", json=body, headers=by)
    at = time.monotonic()
    assert revoked.status_code == 200, revoked.text
    for seen in await asyncio.gather(*asking):
        assert {status for began, status in seen if began < at - 0.3} == {200}
        late = [status for began, status in seen if began > at + 1]
        assert len(late) > 5
        assert set(late) == {401}
