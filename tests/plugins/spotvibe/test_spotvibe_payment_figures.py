"""Figures, methods, transactions and commissions (contracts/spotvibe.md sections 6.3 and 6.4)."""

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from core.access.principal import SYSTEM
from core.payments.gateways import Gateways
from core.primitives.locale import Locale
from plugins.spotvibe.payments.domain import Payables
from plugins.spotvibe.payments.figure_service import Figures
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.stall import Stall, stall_on

PATH = "/api/payments/"


@pytest.fixture
async def stall(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """A stall with nothing sold yet."""
    async with stall_on(cluster.clone(unique("spotvibe_figures")), tmp_path_factory.mktemp("stall")) as made:
        yield made


async def test_figures_count_what_came_and_has_not_gone_back(stall: Stall) -> None:
    buyer, other, staff = await stall.scene.person(), await stall.scene.person(), await stall.scene.person(staff=True)
    nothing = (await buyer.client.get(f"{PATH}summary/")).json()
    assert nothing == {"total_spent": "0.00", "last_payment_date": None, "pending_payments_count": 0}
    await stall.paid(buyer)
    partly = await stall.paid(buyer, event_ticket_id=8)
    await stall.begun(buyer, event_ticket_id=9)
    await stall.failed(buyer, event_ticket_id=10)
    await stall.paid(other, type_paiement="ABONNEMENT", subscription_id=1)
    foreign = await stall.paid(other)
    await stall.scene.owner.execute("update payment set order_type = 'autre.commande' where id::text = $1", foreign)
    asked = await buyer.client.post(
        f"{PATH}refunds/", json={"payment_uuid": partly, "raison": "AUTRE", "description": ""}
    )
    await stall.decide(asked.json()["id"], approve=True)
    summary = (await buyer.client.get(f"{PATH}summary/")).json()
    assert (summary["total_spent"], summary["pending_payments_count"]) == ("5500.00", 1)
    last = (await stall.detail(buyer, partly))["date_confirmation"]
    assert datetime.fromisoformat(summary["last_payment_date"]) == datetime.fromisoformat(last)
    stats = await staff.client.get(f"{PATH}stats/")
    assert stats.json() == {"total_payments": 5, "successful_payments": 3, "total_revenue": 10500}
    async with stall.scene.kernel.works.everywhere(SYSTEM) as work:
        revenues = [await stall.api.revenue(work, kind) for kind in (None, "BILLET", "ABONNEMENT")]
        figures = await stall.api.figures(work)
        months = await stall.api.revenue_by_month(work)
    assert revenues == [Decimal(10500), Decimal(5500), Decimal(5000)]
    assert (figures.total, figures.successful, figures.failed, figures.revenue) == (5, 3, 1, Decimal(10500))
    zone = stall.scene.kernel.installation.time_zone
    assert months == {datetime.now(zone).strftime("%Y-%m"): Decimal(10500)}


async def test_figures_are_remembered_for_a_minute(stall: Stall) -> None:
    buyer, staff = await stall.scene.person(), await stall.scene.person(staff=True)
    before = (await staff.client.get(f"{PATH}stats/")).json()
    await stall.begun(buyer)
    assert (await staff.client.get(f"{PATH}stats/")).json() == before


async def test_transactions_are_every_try_with_an_operator(stall: Stall) -> None:
    buyer, staff = await stall.scene.person(), await stall.scene.person(staff=True)
    key = await stall.failed(buyer)
    await buyer.client.post(f"{PATH}retry/", json={"payment_uuid": key, "telephone_paiement": "97000012"})
    await stall.scene.installed.drain()
    await stall.operator.settle(await stall.scene.attempt(key))
    await buyer.client.post(f"{PATH}verify/", json={"payment_uuid": key})
    listed = await staff.client.get(f"{PATH}transactions/")
    assert listed.headers["x-total-count"] == "2"
    second, first = listed.json()
    assert (first["statut"], first["numero_telephone"]) == ("ECHEC", "+2290197000000")
    assert second == {
        "id": second["id"],
        "payment_uuid": key,
        "operateur": "FAKE",
        "numero_telephone": "+2290197000012",
        "transaction_id": second["transaction_id"],
        "statut": "REUSSI",
        "date_initiation": second["date_initiation"],
    }
    assert second["id"] > first["id"]
    assert second["transaction_id"].startswith("tx-")
    cut = await staff.client.get(f"{PATH}transactions/", params={"limit": 1, "offset": 1})
    assert (cut.json(), cut.headers["x-total-count"]) == ([first], "2")
    past = await staff.client.get(f"{PATH}transactions/", params={"offset": 9})
    assert (past.json(), past.headers["x-total-count"]) == ([], "2")


async def test_a_commission_is_computed_credited_and_void(stall: Stall) -> None:
    buyer, staff = await stall.scene.person(), await stall.scene.person(staff=True)
    pending = await stall.begun(buyer, event_ticket_id=1)
    paid = await stall.paid(buyer, event_ticket_id=2)
    await stall.failed(buyer, event_ticket_id=3)
    whole = await stall.paid(buyer, event_ticket_id=4)
    await stall.paid(buyer, type_paiement="ABONNEMENT", subscription_id=1)
    async with stall.scene.kernel.works.everywhere(SYSTEM) as work:
        await stall.api.give_back(work, UUID(whole))
        await work.commit()
    await stall.settle()
    listed = await staff.client.get(f"{PATH}commissions/")
    assert listed.headers["x-total-count"] == "4"
    assert [(each["event_titre"], each["statut"]) for each in listed.json()] == [
        ("Concert 4", "ANNULEE"),
        ("Concert 3", "ANNULEE"),
        ("Concert 2", "VERSEE"),
        ("Concert 1", "CALCULEE"),
    ]
    first = listed.json()[-1]
    assert first == {
        "id": first["id"],
        "type_commission": "BILLETTERIE",
        "montant_commission": "500.00",
        "statut": "CALCULEE",
        "event_titre": "Concert 1",
    }
    credited = "select -sum(amount) from ledger_entry where account = 'commission'"
    assert await stall.scene.owner.fetchval(credited) == Decimal(500)
    assert pending != paid


async def test_methods_are_what_the_installation_has(stall: Stall) -> None:
    shown = (await stall.scene.api().get(f"{PATH}methods/")).json()
    names = {each["code"]: each["name"] for each in shown}
    active = {each["code"]: each["active"] for each in shown}
    slugs = set(stall.scene.kernel.payments.gateways.slugs)
    assert list(active)[:3] == ["MOMO_MTN", "MOMO_ORANGE", "MOMO_MOOV"]
    assert [active[f"MOMO_{slug.upper()}"] for slug in ("mtn", "orange", "moov")] == [
        slug in slugs for slug in ("mtn", "orange", "moov")
    ]
    assert (names["MOMO_FAKE"], active["MOMO_FAKE"]) == ("Monnaie d'essai", True)
    assert (names["MOMO_MTN"], names["CARTE_BANCAIRE"], active["CARTE_BANCAIRE"]) == (
        "Mobile Money MTN",
        "Carte bancaire",
        False,
    )
    english = await stall.scene.api().get(f"{PATH}methods/", headers={"accept-language": "en"})
    assert english.json()[-1]["name"] == "Bank card"
    cut = await stall.scene.api().get(f"{PATH}methods/", params={"limit": 1})
    assert (len(cut.json()), cut.headers["x-total-count"]) == (1, str(len(shown)))


def test_methods_that_are_not_configured_are_inactive(stall: Stall) -> None:
    figures = Figures(stall.scene.kernel.works, None, Gateways(), Payables())  # type: ignore[arg-type]
    assert [(each.code, each.active) for each in figures.methods(Locale.FR)] == [
        ("MOMO_MTN", False),
        ("MOMO_ORANGE", False),
        ("MOMO_MOOV", False),
        ("CARTE_BANCAIRE", False),
    ]
