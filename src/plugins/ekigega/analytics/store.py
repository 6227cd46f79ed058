"""Adding up sales, expenses and partners. Amounts come from the kept sums: their cost does not grow with the rows."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa

from adapters.db.bound import bound_text
from adapters.db.statement import Statement
from adapters.db.work import pg
from core.work import Work
from plugins.ekigega.analytics.service import Months, SaleFigures, Sums

_FLOWS = """
select name, sum(amount), coalesce(sum(amount) filter (where month = :present), 0.00),
       coalesce(sum(amount) filter (where month = :last), 0.00)
from amount_tally v where {tallied} and name in ('vente', 'depense') group by name
"""
_BY_MONTH = """
select extract(month from month)::int, sum(amount) from amount_tally v
where {tallied} and name = 'vente' and month >= make_date(:year, 1, 1) and month <= make_date(:year, 12, 1)
group by 1
"""
_SALES = """
select count(*) filter (where statut <> 'annulee'),
       count(*) filter (where statut <> 'annulee' and created_at >= :begins and created_at < :ends),
       count(*) filter (where statut = 'payee'),
       count(distinct client) filter (where statut = 'payee')
from vente v where {scope}
"""
_ACQUISITION = """
select (select coalesce(sum(montant), 0.00) from depense v where {scope} and lower(categorie) = 'marketing'),
       (select count(*) from partner v where {scope} and type = 'client')
"""
_EVERYTHING = "not exists (select from organisation o where o.id = v.{column} and o.archived_at is not null)"

_NOTHING = Sums(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


@cache
def _statement(template: str, everything: bool, bound: bool) -> Statement:
    """A statement in its scope: the tenant's own rows, or everything but the archived. Each of them adds up, so that
    it may bind its tenant itself (`adapters.db.bound`)."""
    scope = _EVERYTHING if everything else "v.{column} = " + ("bound.tenant" if bound else ":scope_organisation")
    sql = template.format(scope=scope.format(column="entreprise"), tallied=scope.format(column="organisation_id"))
    return Statement(sa.text(bound_text(sql) if bound else sql))


class PgAnalytics:
    """Figures of the tenant in scope. Archived partners were created, and count as clients won."""

    async def flows(self, work: Work, months: Months) -> tuple[Sums, Sums]:
        """Revenue and expenses, in one statement over the kept sums."""
        sums = {
            name: Sums(*amounts)
            for name, *amounts in await _rows(work, _FLOWS, present=months.present, last=months.last)
        }
        return sums.get("vente", _NOTHING), sums.get("depense", _NOTHING)

    async def revenue_by_month(self, work: Work, year: int) -> Mapping[int, Decimal]:
        """The revenue of each month of a year."""
        return dict(await _rows(work, _BY_MONTH, year=year))

    async def sales(self, work: Work, months: Months) -> SaleFigures:
        """The figures of sales, in one pass over them."""
        ((count, present, paid, clients),) = await _rows(work, _SALES, begins=months.begins, ends=months.ends)
        return SaleFigures(count=count, count_present=present, paid_count=paid, paying_clients=clients)

    async def acquisition(self, work: Work) -> tuple[Decimal, int]:
        """Marketing expenses, and client partners created."""
        ((marketing, clients),) = await _rows(work, _ACQUISITION)
        return marketing, clients


async def _rows(work: Work, template: str, **parameters: Any) -> list[Any]:
    db = pg(work)
    statement = _statement(template, db.scope.everything, db.bound)
    return await db.all(statement, scope_organisation=db.scope.organisation, **parameters)
