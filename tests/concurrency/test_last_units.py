"""Many buyers of the last units, on two web processes: each unit is sold once, and all money is where it belongs."""

import asyncio
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.cluster import TestCluster
from tests.installation import unique
from tests.payments.arrange import SHOP_PATH
from tests.server import Server, serving, socle

BUYERS = 200
UNITS = 10


async def rush(server: Server) -> list[Any]:
    """Everybody buys at once."""
    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(base_url=server.base_url, timeout=60, limits=limits) as client:
        made = await client.post("/api/shop/items/", json={"units": UNITS})
        assert made.status_code == 201, made.text
        body = {"item": made.json()["id"], "gateway": "mtn"}
        asked = (
            client.post("/api/shop/purchases/", json={**body, "payer": f"+22901970{number:03}00"[:14]})
            for number in range(BUYERS)
        )
        return await asyncio.gather(*asked)


def settled(server: Server, payments: list[str], seconds: float) -> list[str]:
    """The states of payments once none is pending."""
    deadline = time.monotonic() + seconds
    while True:
        states = [
            httpx.get(f"{server.base_url}/api/shop/payments/{key}/", timeout=10).json()["state"] for key in payments
        ]
        if "pending" not in states:
            return states
        assert time.monotonic() < deadline, states
        time.sleep(0.3)


async def test_the_last_ten_units_are_sold_ten_times(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("rush"))
    found = {"PYTHONPATH": SHOP_PATH}
    home = tmp_path / "home"
    with serving(home, urls, processes=2, worker=True, operators=True, **found) as server:
        answers = await rush(server)
        bought = [answer.json()["payment"] for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code != 201]
        assert len(bought) == UNITS
        assert {answer.status_code for answer in refused} == {400}
        assert await asyncio.to_thread(settled, server, bought, 30) == ["succeeded"] * UNITS
        async with httpx.AsyncClient(base_url=server.operators_url, timeout=10) as control:
            entries = (await control.get("/_control/ledger")).json()["entries"]
        assert [entry["movement"] for entry in entries] == ["debit"] * UNITS
        owner = await asyncpg.connect(urls.owner)
        delivered = await owner.fetchval("select sum(delivered) from shop_order")
        stock = await owner.fetchval("select stock from shop_item")
        await owner.close()
        assert (delivered, stock) == (UNITS, 0)
        environment = {**found, "SOCLE_DATABASE_URL": urls.app}
        checked = socle(home, "ledger", "check", environment=environment)
        assert checked.returncode == 0, checked.stdout + checked.stderr
