"""Dashboards: figures computed by hand beside the formulas of DECISIONS.md section 1, "Analytics"."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from adapters.db.tallies import Tallies
from core.access.principal import Caller, Membership, Principal
from core.primitives.ids import new_id
from core.testkit.clock import FakeClock
from plugins.ekigega.analytics.service import Analytics, Cashflow, Dashboard, per
from plugins.ekigega.analytics.store import PgAnalytics
from tests.installation import Company, Installed
from tests.matrices.footprint import tenant_footprint

ZONE = ZoneInfo("Africa/Porto-Novo")
NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def at(month: int, day: int, hour: int = 12, minute: int = 0, year: int = 2026) -> datetime:
    """A moment, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


class Books:
    """A company's sales and expenses, placed in time, and its figures at a moment."""

    def __init__(self, company: Company, owner: Any) -> None:
        self.company = company
        self._owner = owner
        self._produit: dict[str, Any] | None = None

    async def vente(self, amount: str, when: datetime, statut: str = "payee", client: str | None = None) -> str:
        """A sale of one line."""
        if self._produit is None:
            self._produit = await self.company.produit(quantite=1000)
        line = {"produit": self._produit["id"], "quantite": 1, "prix_unitaire": amount}
        fields = {"client": client} if client else {}
        vente = await self.company.vente(line, statut=statut, **fields)
        return await self._placed("vente", vente["id"], when)

    async def depense(self, amount: str, when: datetime, categorie: str = "Loyer") -> str:
        """An expense."""
        body = {"categorie": categorie, "description": "x", "montant": amount, "type": "Fixe"}
        made = await self.company.owner.post("/api/depenses/", json=body)
        assert made.status_code == 201, made.text
        return await self._placed("depense", made.json()["id"], when)

    async def _placed(self, table: str, key: str, when: datetime) -> str:
        await self._owner.execute(f"update {table} set created_at = $2 where id = $1", UUID(key), when)
        return key

    def _analytics(self, now: datetime) -> Analytics:
        return Analytics(self.company.installed.composition.works, PgAnalytics(), FakeClock(now), ZONE)

    @property
    def caller(self) -> Caller:
        """A member of the company."""
        place = Membership(new_id(), UUID(self.company.id), 1, "LECTURE", frozenset())
        return Caller(Principal(new_id(), 1, new_id(), "x@example.com", membership=place))

    async def dashboard(self, now: datetime = NOW, caller: Caller | None = None) -> Dashboard:
        """The dashboard at a moment, for a member of the company unless told otherwise."""
        return await self._analytics(now).dashboard(caller or self.caller)

    async def cashflow(self, now: datetime = NOW) -> Cashflow:
        """The cashflow at a moment."""
        return await self._analytics(now).cashflow(self.caller)


@pytest.fixture
def books(company: Company, owner: Any) -> Books:
    """The books of a new company."""
    return Books(company, owner)


async def test_a_worked_example(books: Books) -> None:
    awa, kofi = [(await books.company.client())["id"] for _ in range(2)]
    await books.company.client(type="fournisseur")
    afi = (await books.company.client())["id"]
    await books.vente("1000.00", at(12, 10, year=2025), client=awa)
    await books.vente("2000.00", at(1, 10), client=awa)
    await books.vente("300.50", at(4, 10), client=kofi)
    await books.vente("500.25", at(5, 2), client=awa)
    await books.vente("70.00", at(5, 3), "en_attente", client=awa)
    await books.vente("80.00", at(5, 4), "paiement_partiel", client=afi)
    await books.vente("90.00", at(5, 5), "annulee", client=kofi)
    await books.vente("60.00", at(5, 6), "rembourse", client=kofi)
    await books.depense("400.00", at(3, 1), "Marketing")
    await books.depense("100.00", at(4, 1), "marketing")
    await books.depense("900.00", at(4, 2))
    await books.depense("995.00", at(5, 1))

    dashboard = await books.dashboard()
    # revenue 1000 + 2000 + 300.50 + 500.25; expenses 400 + 100 + 900 + 995
    assert dashboard.cashflow.revenus.total == Decimal("3800.75")
    assert dashboard.cashflow.revenus.mois_courant == Decimal("500.25")
    assert dashboard.cashflow.revenus.tendance == "up"
    assert dashboard.cashflow.depenses.total == Decimal("2395.00")
    assert dashboard.cashflow.depenses.mois_courant == Decimal("995.00")
    assert dashboard.cashflow.depenses.tendance == "stable"  # 995 after 1000
    assert dashboard.cashflow.solde.net == Decimal("1405.75")
    assert dashboard.cashflow.solde.par_mois == Decimal("-494.75")
    kpis = dashboard.kpis
    assert (kpis.total_ventes, kpis.ventes_mois_courant) == (7, 4)
    assert (kpis.revenue_total, kpis.revenue_mois_courant) == (Decimal("3800.75"), Decimal("500.25"))
    assert kpis.client_acquisition_cost == Decimal("166.67")  # 500 / 3 clients
    assert kpis.average_order_value == Decimal("950.19")  # 3800.75 / 4 = 950.1875
    assert kpis.customer_lifetime_value == Decimal("1900.38")  # 3800.75 / 2 = 1900.375, Afi has not paid
    assert dashboard.sales_trend == {
        "janvier": 2000.0,
        "février": 0.0,
        "mars": 0.0,
        "avril": 300.5,
        "mai": 500.25,
    }
    assert list(dashboard.sales_trend) == ["janvier", "février", "mars", "avril", "mai"]
    assert await books.cashflow() == dashboard.cashflow


@pytest.mark.parametrize(
    ("last", "present", "expected"),
    [
        ("100.00", "105.00", "stable"),
        ("100.00", "105.01", "up"),
        ("100.00", "95.00", "stable"),
        ("100.00", "94.99", "down"),
        ("100.00", None, "down"),
        (None, "0.01", "up"),
        (None, None, "stable"),
    ],
)
async def test_the_trend_beyond_five_percent(
    last: str | None, present: str | None, expected: str, books: Books
) -> None:
    await books.vente("7.00", at(3, 15))
    await books.depense("7.00", at(3, 15))
    if last:
        await books.vente(last, at(4, 15))
        await books.depense(last, at(4, 15))
    if present:
        await books.vente(present, at(5, 15))
        await books.depense(present, at(5, 15))
    cashflow = await books.cashflow()
    assert (cashflow.revenus.tendance, cashflow.depenses.tendance) == (expected, expected)


async def test_months_are_cut_in_the_installations_zone(books: Books) -> None:
    await books.vente("10.00", at(4, 30, 22, 59))  # 23:59 of 30 April in Porto-Novo
    await books.vente("100.00", at(4, 30, 23, 30))  # 00:30 of 1 May
    await books.depense("1.00", at(4, 30, 23, 0))
    await books.vente("1000.00", at(12, 31, 23, 30, year=2025))  # 00:30 of 1 January 2026
    await books.vente("5.00", at(5, 31, 23, 0))  # 1 June, which is to come
    await books.vente("6.00", at(5, 31, 23, 30))
    dashboard = await books.dashboard()
    assert dashboard.cashflow.revenus.mois_courant == Decimal("100.00")
    assert dashboard.cashflow.depenses.mois_courant == Decimal("1.00")
    assert dashboard.kpis.ventes_mois_courant == 1
    assert dashboard.sales_trend == {"janvier": 1000.0, "février": 0.0, "mars": 0.0, "avril": 10.0, "mai": 100.0}


async def test_the_present_month_begins_in_the_installations_zone(books: Books) -> None:
    await books.vente("10.00", at(5, 15))
    before, after = at(5, 31, 22, 59), at(5, 31, 23, 0)
    assert (await books.dashboard(before)).cashflow.revenus.mois_courant == Decimal("10.00")
    june = await books.dashboard(after)
    assert june.cashflow.revenus.mois_courant == Decimal("0.00")
    assert june.cashflow.revenus.tendance == "down"
    assert list(june.sales_trend)[-1] == "juin"


async def test_the_trend_of_sales_is_of_this_year_alone(books: Books) -> None:
    for year, amount in ((2025, "40.00"), (2026, "2.00"), (2027, "7.00")):
        await books.vente(amount, at(3, 15, year=year))
    assert (await books.dashboard()).sales_trend["mars"] == 2.0


async def test_january_follows_december(books: Books) -> None:
    await books.vente("100.00", at(12, 15, year=2025))
    await books.vente("50.00", at(1, 15))
    january = await books.dashboard(at(1, 20))
    assert january.cashflow.revenus.tendance == "down"
    assert january.sales_trend == {"janvier": 50.0}


async def test_a_year_has_its_french_months(books: Books) -> None:
    names = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    for month in range(1, 13):
        await books.vente(f"{month}.00", at(month, 15))
    december = await books.dashboard(at(12, 20))
    assert list(december.sales_trend.items()) == [(name, float(month)) for month, name in enumerate(names, 1)]


async def test_deleted_and_cancelled_sales_leave_the_figures(books: Books) -> None:
    kept = await books.vente("100.00", at(5, 2))
    deleted = await books.vente("40.00", at(5, 3))
    cancelled = await books.vente("7.00", at(5, 4))
    refunded = await books.vente("3.00", at(4, 4))
    await books.depense("30.00", at(5, 5))
    gone = await books.depense("9.00", at(5, 5))
    owner = books.company.owner
    assert (await owner.delete(f"/api/ventes/{deleted}/")).status_code == 204
    assert (await owner.patch(f"/api/ventes/{cancelled}/", json={"statut": "annulee"})).status_code == 200
    assert (await owner.patch(f"/api/ventes/{refunded}/", json={"statut": "rembourse"})).status_code == 200
    assert (await owner.delete(f"/api/depenses/{gone}/")).status_code == 204
    dashboard = await books.dashboard()
    assert dashboard.cashflow.revenus.total == Decimal("100.00")
    assert dashboard.cashflow.depenses.total == Decimal("30.00")
    assert (dashboard.kpis.total_ventes, dashboard.kpis.ventes_mois_courant) == (2, 1)
    assert dashboard.kpis.average_order_value == Decimal("100.00")
    changed = await owner.patch(
        f"/api/ventes/{kept}/",
        json={"items": [{"produit": (await books.company.produit())["id"], "quantite": 2, "prix_unitaire": "0.05"}]},
    )
    assert changed.status_code == 200, changed.text
    assert (await books.dashboard()).sales_trend["mai"] == 0.1
    assert await Tallies(books.company.installed.composition.works).check() == []


@pytest.mark.parametrize(
    ("amount", "count", "each"),
    [("0.25", 2, "0.13"), ("0.01", 2, "0.01"), ("0.01", 3, "0.00"), ("0.02", 3, "0.01"), ("7.00", 1, "7.00")],
)
def test_a_share_is_rounded_half_up(amount: str, count: int, each: str) -> None:
    assert str(per(Decimal(amount), count)) == each


async def test_nothing_divided_by_nothing_is_nothing(books: Books) -> None:
    await books.vente("90.00", at(5, 5), "annulee")
    kpis = (await books.dashboard()).kpis
    figures = (kpis.client_acquisition_cost, kpis.average_order_value, kpis.customer_lifetime_value)
    assert [str(figure) for figure in figures] == ["0.00", "0.00", "0.00"]


async def test_marketing_without_clients_costs_nothing_each(books: Books) -> None:
    await books.depense("90.00", at(5, 5), "Marketing")
    assert (await books.dashboard()).kpis.client_acquisition_cost == Decimal("0.00")


async def test_an_archived_client_was_won(books: Books) -> None:
    await books.depense("90.00", at(5, 5), "Marketing")
    clients = [await books.company.client() for _ in range(2)]
    await books.vente("10.00", at(5, 5), client=clients[0]["id"])
    assert (await books.company.owner.delete(f"/api/partners/{clients[0]['id']}/")).status_code == 204
    kpis = (await books.dashboard()).kpis
    assert kpis.client_acquisition_cost == Decimal("45.00")
    assert kpis.customer_lifetime_value == Decimal("10.00")


async def test_each_tenant_sees_its_own_and_a_superuser_all(books: Books, installed: Installed, owner: Any) -> None:
    root = await installed.superuser()

    async def total(**headers: str) -> Decimal:
        answer = await root.get("/api/analytics/cashflow/", headers=headers)
        assert answer.status_code == 200, answer.text
        return Decimal(answer.json()["revenus"]["total"])

    before = await total()
    other = Books(await installed.company(), owner)
    await books.vente("100.00", at(5, 2))
    await other.vente("23.00", at(5, 2))
    own = await books.company.owner.get("/api/analytics/cashflow/")
    assert own.json()["revenus"]["total"] == "100.00"
    theirs = await other.company.owner.get("/api/analytics/dashboard/")
    assert theirs.json()["kpis"]["revenue_total"] == "23.00"
    assert await total() == before + Decimal("123.00")
    assert await total(**{"x-organisation": other.company.id}) == Decimal("23.00")
    dashboard = (await root.get("/api/analytics/dashboard/")).json()
    assert Decimal(dashboard["kpis"]["revenue_total"]) == before + Decimal("123.00")

    archived = await other.company.owner.delete(f"/api/tenants/{other.company.id}/")
    assert archived.status_code == 204
    assert await total() == before + Decimal("100.00")


async def test_no_figure_of_a_superuser_holds_an_archived_company(
    books: Books, installed: Installed, owner: Any
) -> None:
    root = Caller(Principal(new_id(), 1, new_id(), "x@example.com", superuser=True))
    await books.depense("9999999999.00", at(5, 2), "Marketing")
    await books.vente("10.00", at(5, 2))
    before = await books.dashboard(caller=root)
    other = Books(await installed.company(), owner)
    await other.vente("9999999999.00", at(5, 3))
    await other.depense("9999999999.00", at(5, 3), "Marketing")
    with_other = await books.dashboard(caller=root)
    for name in ("total_ventes", "ventes_mois_courant", "revenue_total", "revenue_mois_courant"):
        assert getattr(with_other.kpis, name) > getattr(before.kpis, name), name
    for name in ("client_acquisition_cost", "average_order_value", "customer_lifetime_value"):
        assert getattr(with_other.kpis, name) != getattr(before.kpis, name), name
    assert with_other.sales_trend["mai"] > before.sales_trend["mai"]
    assert with_other.cashflow.depenses.total > before.cashflow.depenses.total
    assert (await other.company.owner.delete(f"/api/tenants/{other.company.id}/")).status_code == 204
    assert await books.dashboard(caller=root) == before


async def test_the_wire_writes_amounts_as_texts_and_the_trend_as_numbers(company: Company, owner: Any) -> None:
    await company.vente({"produit": (await company.produit(prix="12.50"))["id"], "quantite": 3}, statut="payee")
    before = await tenant_footprint(owner, company.id)
    answer = (await company.owner.get("/api/analytics/dashboard/")).json()
    assert answer["cashflow"]["revenus"] == {"total": "37.50", "mois_courant": "37.50", "tendance": "up"}
    assert answer["kpis"]["average_order_value"] == "37.50"
    assert list(answer["sales_trend"].values())[-1] == 37.5
    assert len(answer["sales_trend"]) == datetime.now(ZONE).month
    assert await tenant_footprint(owner, company.id) == before
