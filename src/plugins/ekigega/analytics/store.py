"""Adding up sales, expenses and partners. Amounts come from the kept sums: their cost does not grow with the rows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from adapters.db.work import PgWork, pg
from core.work import Work
from plugins.ekigega.analytics.service import Months, SaleFigures, Sums

_FLOWS = """
select name, sum(amount), coalesce(sum(amount) filter (where month = $2), 0.00),
       coalesce(sum(amount) filter (where month = $3), 0.00)
from amount_tally v where {tallied} and name in ('vente', 'depense') group by name
"""
_BY_MONTH = """
select extract(month from month)::int, sum(amount) from amount_tally v
where {tallied} and name = 'vente' and month >= make_date($2, 1, 1) and month <= make_date($2, 12, 1)
group by 1
"""
_SALES = """
select count(*) filter (where statut <> 'annulee'),
       count(*) filter (where statut <> 'annulee' and created_at >= $2 and created_at < $3),
       count(*) filter (where statut = 'payee'),
       count(distinct client) filter (where statut = 'payee')
from vente v where {scope}
"""
_ACQUISITION = """
select (select coalesce(sum(montant), 0.00) from depense v where {scope} and lower(categorie) = 'marketing'),
       (select count(*) from partner v where {scope} and type = 'client')
"""
_OWN = "v.{column} = $1"
_ALL = """($1::uuid is null or true)
    and not exists (select from organisation o where o.id = v.{column} and o.archived_at is not null)"""

_NOTHING = Sums(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


def _sql(db: PgWork, template: str) -> str:
    """A statement in its scope: the tenant's own rows, or everything but the archived."""
    scope = _ALL if db.scope.everything else _OWN
    return template.format(scope=scope.format(column="entreprise"), tallied=scope.format(column="organisation_id"))


class PgAnalytics:
    """Figures of the tenant in scope. Archived partners were created, and count as clients won."""

    async def flows(self, work: Work, months: Months) -> tuple[Sums, Sums]:
        """Revenue and expenses, in one statement over the kept sums."""
        sums = {name: Sums(*amounts) for name, *amounts in await _rows(work, _FLOWS, months.present, months.last)}
        return sums.get("vente", _NOTHING), sums.get("depense", _NOTHING)

    async def revenue_by_month(self, work: Work, year: int) -> Mapping[int, Decimal]:
        """The revenue of each month of a year."""
        return dict(await _rows(work, _BY_MONTH, year))

    async def sales(self, work: Work, months: Months) -> SaleFigures:
        """The figures of sales, in one pass over them."""
        ((count, present, paid, clients),) = await _rows(work, _SALES, months.begins, months.ends)
        return SaleFigures(count=count, count_present=present, paid_count=paid, paying_clients=clients)

    async def acquisition(self, work: Work) -> tuple[Decimal, int]:
        """Marketing expenses, and client partners created."""
        ((marketing, clients),) = await _rows(work, _ACQUISITION)
        return marketing, clients


async def _rows(work: Work, template: str, *arguments: Any) -> list[Any]:
    db = pg(work)
    rows: list[Any] = await db.connection.fetch(_sql(db, template), db.scope.organisation, *arguments)
    return rows
