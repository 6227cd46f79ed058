"""The figures of DECISIONS.md section 1, "Analytics". Months are cut in the installation's time zone."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import Caller
from core.primitives.amounts import CENT
from core.primitives.calendar import MONTHS
from core.primitives.clock import Clock
from core.primitives.locale import Locale
from core.work import Work, Works

STEADY = Decimal("0.05")
"""A change of up to 5 % is stable."""


class Months(msgspec.Struct, frozen=True):
    """The present month of a time zone: its first day, that of the month before, and the moments that it lies
    between."""

    present: date
    last: date
    begins: datetime
    ends: datetime


class Sums(msgspec.Struct, frozen=True):
    """An amount in all, in the present month and in the one before."""

    total: Decimal
    present: Decimal
    last: Decimal


class SaleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What sales come to: those that are not cancelled, in all and in the present month; paid ones, and the clients who
    paid."""

    count: int
    count_present: int
    paid_count: int
    paying_clients: int


class AnalyticsStore(Protocol):
    """Adds up for the tenant in scope."""

    async def flows(self, work: Work, months: Months) -> tuple[Sums, Sums]:
        """Revenue (paid sales) and expenses."""
        ...

    async def revenue_by_month(self, work: Work, year: int) -> Mapping[int, Decimal]:
        """The revenue of each month of a year, by its number."""
        ...

    async def sales(self, work: Work, months: Months) -> SaleFigures:
        """The figures of sales."""
        ...

    async def acquisition(self, work: Work) -> tuple[Decimal, int]:
        """Expenses of category "Marketing", and the number of client partners created."""
        ...


class Flow(msgspec.Struct):
    """One side of the cashflow."""

    total: Decimal
    mois_courant: Decimal
    tendance: str


class Balance(msgspec.Struct):
    """What is left."""

    net: Decimal
    par_mois: Decimal


class Cashflow(msgspec.Struct):
    """Revenue, expenses, and what is left of the one after the other."""

    revenus: Flow
    depenses: Flow
    solde: Balance


class Kpis(msgspec.Struct):
    """Key figures."""

    total_ventes: int
    ventes_mois_courant: int
    revenue_total: Decimal
    revenue_mois_courant: Decimal
    client_acquisition_cost: Decimal
    average_order_value: Decimal
    customer_lifetime_value: Decimal


class Dashboard(msgspec.Struct):
    """Everything at once. `sales_trend` has numbers, by the French name of each month of the year so far."""

    cashflow: Cashflow
    kpis: Kpis
    sales_trend: dict[str, float]


class Analytics:
    """The use cases of the dashboards."""

    def __init__(self, works: Works, store: AnalyticsStore, clock: Clock, zone: ZoneInfo) -> None:
        self._works = works
        self._store = store
        self._clock = clock
        self._zone = zone

    async def cashflow(self, caller: Caller) -> Cashflow:
        """The cashflow of the caller's organisation."""
        months = months_at(self._clock.now(), self._zone)
        async with self._works.reading(caller) as work:
            return cashflow_of(*await self._store.flows(work, months))

    async def dashboard(self, caller: Caller) -> Dashboard:
        """The whole dashboard of the caller's organisation."""
        months = months_at(self._clock.now(), self._zone)
        async with self._works.reading(caller) as work:
            revenue, expenses = await self._store.flows(work, months)
            by_month = await self._store.revenue_by_month(work, months.present.year)
            sales = await self._store.sales(work, months)
            marketing, clients = await self._store.acquisition(work)
        return Dashboard(
            cashflow=cashflow_of(revenue, expenses),
            kpis=Kpis(
                total_ventes=sales.count,
                ventes_mois_courant=sales.count_present,
                revenue_total=revenue.total,
                revenue_mois_courant=revenue.present,
                client_acquisition_cost=per(marketing, clients),
                average_order_value=per(revenue.total, sales.paid_count),
                customer_lifetime_value=per(revenue.total, sales.paying_clients),
            ),
            sales_trend={
                MONTHS[Locale.FR][month - 1]: float(by_month.get(month, Decimal(0)))
                for month in range(1, months.present.month + 1)
            },
        )


def months_at(now: datetime, zone: ZoneInfo) -> Months:
    """Cut time around a moment."""
    local = now.astimezone(zone)
    present = date(local.year, local.month, 1)
    return Months(present, _shifted(present, -1), _midnight(present, zone), _midnight(_shifted(present, 1), zone))


def _shifted(month: date, by: int) -> date:
    return date(month.year + (month.month - 1 + by) // 12, (month.month - 1 + by) % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def trend(sums: Sums) -> str:
    """Compare the present month with the one before: up or down beyond 5 %, else stable; from nothing to something is
    up."""
    if sums.last == 0:
        return "up" if sums.present > 0 else "stable"
    change = (sums.present - sums.last) / sums.last
    if abs(change) <= STEADY:
        return "stable"
    return "up" if change > 0 else "down"


def per(amount: Decimal, count: int) -> Decimal:
    """An amount divided among so many, rounded half up; 0.00 among none."""
    return (amount / count if count else Decimal(0)).quantize(CENT, rounding=ROUND_HALF_UP)


def cashflow_of(revenue: Sums, expenses: Sums) -> Cashflow:
    """Set revenue against expenses."""
    return Cashflow(
        revenus=Flow(revenue.total, revenue.present, trend(revenue)),
        depenses=Flow(expenses.total, expenses.present, trend(expenses)),
        solde=Balance(revenue.total - expenses.total, revenue.present - expenses.present),
    )
