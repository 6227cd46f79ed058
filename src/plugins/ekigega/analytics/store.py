"""Adding up sales, expenses and partners."""

from decimal import Decimal
from typing import Any

from adapters.db.work import PgWork, pg
from core.work import Work
from plugins.ekigega.analytics.service import Months, SaleFigures, Sums

_SALES = """
select coalesce(sum(total) filter (where statut = 'payee'), 0.00),
       coalesce(sum(total) filter (where statut = 'payee' and created_at >= $3 and created_at < $4), 0.00),
       coalesce(sum(total) filter (where statut = 'payee' and created_at >= $2 and created_at < $3), 0.00),
       count(*) filter (where statut <> 'annulee'),
       count(*) filter (where statut <> 'annulee' and created_at >= $3 and created_at < $4),
       count(*) filter (where statut = 'payee'),
       count(distinct client) filter (where statut = 'payee')
from vente v where {scope}
"""
_BY_MONTH = """
select extract(month from created_at at time zone $4)::int, sum(total)
from vente v where {scope} and statut = 'payee' and created_at >= $2 and created_at < $3
group by 1
"""
_REVENUE = """
select coalesce(sum(total), 0.00),
       coalesce(sum(total) filter (where created_at >= $3 and created_at < $4), 0.00),
       coalesce(sum(total) filter (where created_at >= $2 and created_at < $3), 0.00)
from vente v where {scope} and statut = 'payee'
"""
_EXPENSES = """
select coalesce(sum(montant), 0.00),
       coalesce(sum(montant) filter (where created_at >= $3 and created_at < $4), 0.00),
       coalesce(sum(montant) filter (where created_at >= $2 and created_at < $3), 0.00)
from depense v where {scope}
"""
_ACQUISITION = """
select (select coalesce(sum(montant), 0.00) from depense v where {scope} and lower(categorie) = 'marketing'),
       (select count(*) from partner v where {scope} and type = 'client')
"""
_OWN = "v.entreprise = $1"
_ALL = """($1::uuid is null or true)
    and not exists (select from organisation o where o.id = v.entreprise and o.archived_at is not null)"""


def _sql(db: PgWork, template: str) -> str:
    """A statement in its scope: the tenant's own rows, or everything but the archived."""
    return template.format(scope=_ALL if db.scope.everything else _OWN)


class PgAnalytics:
    """Figures of the tenant in scope. Archived partners were created, and count as clients won."""

    async def revenue(self, work: Work, months: Months) -> Sums:
        """The sum of paid sales."""
        return Sums(*await _row(work, _REVENUE, months.last, months.present, months.following))

    async def expenses(self, work: Work, months: Months) -> Sums:
        """The sum of expenses."""
        return Sums(*await _row(work, _EXPENSES, months.last, months.present, months.following))

    async def sales(self, work: Work, months: Months, zone: str) -> SaleFigures:
        """The figures of sales, in one pass over them, and the year's months in another."""
        row = await _row(work, _SALES, months.last, months.present, months.following)
        total, present, last, count, count_present, paid, clients = row
        db = pg(work)
        by_month = await db.connection.fetch(
            _sql(db, _BY_MONTH), db.scope.organisation, months.year, months.following, zone
        )
        return SaleFigures(
            revenue=Sums(total, present, last),
            count=count,
            count_present=count_present,
            paid_count=paid,
            paying_clients=clients,
            by_month=dict(by_month),
        )

    async def acquisition(self, work: Work) -> tuple[Decimal, int]:
        """Marketing expenses, and client partners created."""
        marketing, clients = await _row(work, _ACQUISITION)
        return marketing, clients


async def _row(work: Work, template: str, *arguments: Any) -> Any:
    db = pg(work)
    return await db.connection.fetchrow(_sql(db, template), db.scope.organisation, *arguments)
