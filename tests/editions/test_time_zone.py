"""The installation's time zone changes while plugins are off: their kept sums are cut anew with the others', and are
right when the plugins are on again."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest

from adapters.db.tallies import Tallies
from core.access.principal import Caller, Membership, Principal
from core.primitives.ids import new_id
from core.testkit.clock import FakeClock
from plugins.ekigega.analytics.service import Analytics, Cashflow
from plugins.ekigega.analytics.store import PgAnalytics
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import Company, Installed, installation, unique
from tests.server import database_environment, serving, socle

BEFORE, AFTER = "Africa/Porto-Novo", "Pacific/Kiritimati"
"""One and fourteen hours ahead of UTC, all the year."""

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
MOVED = datetime(2026, 4, 30, 12, 0, tzinfo=UTC)
"""13:00 of 30 April before, 02:00 of 1 May after."""
STAYS = datetime(2026, 5, 10, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)

Sums = dict[tuple[str, date], Decimal]
CUT_BEFORE = {("vente", APRIL): Decimal(100), ("vente", MAY): Decimal(7), ("depense", APRIL): Decimal(30)}
CUT_AFTER = {("vente", MAY): Decimal(107), ("depense", MAY): Decimal(30)}


class Shop(NamedTuple):
    """A company with sales and expenses, on a database of its own."""

    urls: DatabaseUrls
    home: Path
    organisation: UUID
    token: str
    owner: Any

    async def kept(self) -> Sums:
        """The kept sums by table and month."""
        rows = await self.owner.fetch(
            "select name, month, sum(amount) as amount from amount_tally where organisation_id = $1 group by 1, 2",
            self.organisation,
        )
        return {(row["name"], row["month"]): row["amount"] for row in rows if row["amount"]}


async def place(owner: Any, table: str, key: str, when: datetime) -> None:
    """Say when a row was made."""
    await owner.execute(f"update {table} set created_at = $2 where id = $1", UUID(key), when)


async def sell(company: Company, owner: Any) -> None:
    """Make the sales and the expense."""
    for amount, when in (("100.00", MOVED), ("7.00", STAYS)):
        produit = await company.produit(prix=amount)
        vente = await company.vente({"produit": produit["id"], "quantite": 1}, statut="payee")
        await place(owner, "vente", vente["id"], when)
    await place(owner, "depense", (await company.depense(montant="30.00"))["id"], MOVED)


async def cashflow(installed: Installed, organisation: UUID) -> Cashflow:
    """The company's cashflow in May."""
    place = Membership(new_id(), organisation, 1, "LECTURE", frozenset())
    composition = installed.composition
    analytics = Analytics(composition.works, PgAnalytics(), FakeClock(NOW), composition.loaded.zone)
    return await analytics.cashflow(Caller(Principal(new_id(), 1, new_id(), "x@example.com", membership=place)))


@pytest.fixture
async def shop(cluster: TestCluster, tmp_path: Path) -> AsyncIterator[Shop]:
    """A company whose sums are cut in the former zone."""
    name = unique("zone")
    urls = cluster.clone(name)
    owner = await asyncpg.connect(urls.owner)
    async with installation(urls, tmp_path / "home", edition="ekigega", time_zone=BEFORE) as installed:
        company = await installed.company()
        await sell(company, owner)
        made = Shop(urls, tmp_path / "home", UUID(company.id), company.owner.token or "", owner)
    yield made
    await owner.close()
    cluster.drop(name)


@pytest.mark.parametrize(("off", "table"), [("ekigega_ventes", "vente"), ("ekigega_depenses", "depense")])
async def test_sums_of_a_plugin_that_is_off_are_cut_anew_with_the_zone(shop: Shop, off: str, table: str) -> None:
    assert await shop.kept() == CUT_BEFORE
    # without the owner's URL a process loads no rows to migrate them
    serving_alone = {"SOCLE_DATABASE_URL": shop.urls.app}
    switched_off = {"SOCLE_EDITION": "ekigega", "SOCLE_PLUGINS_OFF": off}
    later = {**serving_alone, **switched_off, "SOCLE_TIME_ZONE": AFTER}
    with serving(shop.home, **later):
        assert await shop.kept() == CUT_AFTER
    said = socle(shop.home, "doctor", environment=later)
    assert (said.returncode, said.stdout) == (0, "All is well.\n"), said.stderr

    plant = "insert into amount_tally (name, organisation_id, month, amount) values ($1, $2, $3, $4)"
    await shop.owner.execute(plant, table, shop.organisation, APRIL, 5)
    said = socle(shop.home, "doctor", environment=later)
    expected = f"{table} of {shop.organisation} amounts to 0 in 2026-04 and is kept as 5.00.\n"
    assert (said.returncode, said.stdout) == (1, expected), said.stderr
    await shop.owner.execute(plant, table, shop.organisation, APRIL, -5)

    async with installation(shop.urls, shop.home, edition="ekigega", time_zone=AFTER) as installed:
        found = await cashflow(installed, shop.organisation)
        assert (found.revenus.total, found.revenus.mois_courant) == (Decimal(107), Decimal(107))
        assert (found.depenses.total, found.depenses.mois_courant) == (Decimal(30), Decimal(30))
        assert (found.solde.net, found.solde.par_mois) == (Decimal(77), Decimal(77))
        served = await installed.api(shop.token).get("/api/analytics/cashflow/")
        assert (served.status_code, served.json()["solde"]["net"]) == (200, "77.00")
        assert await Tallies(installed.composition.works).check() == []

    back = {**database_environment(shop.urls), **switched_off, "SOCLE_TIME_ZONE": BEFORE}
    migrated = socle(shop.home, "migrate", environment=back)
    assert migrated.returncode == 0, migrated.stderr
    assert await shop.kept() == CUT_BEFORE
