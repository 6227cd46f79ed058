"""`socle serve` with Redis as its queue."""

import asyncio
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from redis import asyncio as redis

from tests.adapters.queue.redis_server import RedisServer
from tests.cluster import TestCluster
from tests.installation import PASSWORD, unique
from tests.server import serving

pytestmark = pytest.mark.peers

NEW_PASSWORD = "Nouvelle-Saison-44"


async def test_a_reset_link_arrives_by_way_of_redis(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("redis"))
    queue = RedisServer(tmp_path)
    await queue.start()
    client = redis.from_url(queue.url)
    try:
        with serving(tmp_path / "home", urls, worker=True, SOCLE_QUEUE_URL=queue.url) as server:
            async with httpx.AsyncClient(base_url=server.base_url, timeout=10) as api:
                email = await registered(api)
                asked = await api.post("/api/auth/password-reset", json={"email": email})
                assert asked.status_code == 200, asked.text
                (letter,) = await mail_to(api, email)
                token = letter["body"].partition("token=")[2].split()[0]
                passwords = {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
                changed = await api.post("/api/auth/password-reset/confirm", json={"token": token, **passwords})
                assert changed.status_code == 200, changed.text
                signed_in = await api.post("/api/auth/login/", json={"email": email, "password": NEW_PASSWORD})
                assert signed_in.status_code == 200, signed_in.text
            assert await client.keys("saq:*"), "the job went another way"
        connection = await asyncpg.connect(urls.owner)
        assert await connection.fetchval("select count(*) from saq_jobs") == 0
        assert await connection.fetchval("select count(*) from outbox where done_at is null") == 0
        await connection.close()
    finally:
        await client.aclose()
        await queue.stop()


async def registered(api: httpx.AsyncClient) -> str:
    """The email of a new company's owner."""
    tenant = {"nom": unique("Redis"), "secteur": "x", "type": "SARL", "adresse": "Cotonou", "taille": 1}
    key = (await api.post("/api/tenants/", json=tenant)).json()["id"]
    email = f"{unique('redis')}@example.com"
    passwords = {"password": PASSWORD, "password2": PASSWORD}
    made = await api.post("/api/auth/register/", json={"email": email, "role": "ADMIN", "entreprise": key, **passwords})
    assert made.status_code == 201, made.text
    return email


async def mail_to(api: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    """The reset letters of an address, once there are any."""
    deadline = time.monotonic() + 20
    while True:
        found = (await api.get("/_dev/outbox", params={"to": address})).json()
        letters: list[dict[str, Any]] = [each for each in found if "token=" in each["body"]]
        if letters:
            return letters
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
