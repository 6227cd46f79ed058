"""Purchases under the fault driver: every payment final or honestly pending, nothing orphaned, nothing twice."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.payments.arrange import SHOP_PATH
from tests.proof.fault_driver import FaultDriver, connect, join_books, wait_for_ends
from tests.server import serving, socle

PURCHASES = 1000 if os.environ.get("SOCLE_PROOF") else 100
SECONDS = 300 if os.environ.get("SOCLE_PROOF") else 90


@pytest.mark.proof
async def test_no_money_is_lost_doubled_or_orphaned(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("faults"))
    found = {"PYTHONPATH": SHOP_PATH}
    home = tmp_path / "home"
    with serving(home, urls, processes=2, worker=True, operators=True, **found) as server:
        driver = FaultDriver(server, PURCHASES, seed=20261121)
        await driver.run()
        owner = await connect(urls.owner)
        try:
            await wait_for_ends(owner, SECONDS, driver.unanswered)
            books = await driver.books()
            await join_books(owner, books, driver.report)
        finally:
            await owner.close()
        checked = await asyncio.to_thread(
            socle, home, "ledger", "check", environment={**found, "SOCLE_DATABASE_URL": urls.app}
        )
    report = driver.report
    print("\n" + "\n".join([*report.lines(), *checked.stdout.splitlines()]))
    assert report.faults == []
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert report.states["succeeded"] > PURCHASES // 4
    assert report.kills.total() >= 3
