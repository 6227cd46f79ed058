"""Counting payments of spotvibe. The rows are the kernel's."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.payments.entities import PaymentState
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.payments.domain import ORDER_TYPES, Type
from plugins.spotvibe.payments.figure_service import PaymentFigures, StatutCommission
from plugins.spotvibe.payments.payment_store import OURS

_CAME_IN = "cast(coalesce(sum(p.amount - p.refunded) filter (where p.honoured is not null), 0) as numeric(20, 2))"
_REVENUE = sql(f"""
select {_CAME_IN} from payment p where p.order_type = any(cast(:order_types as text[]))
""")  # noqa: S608 - constants
_FIGURES = sql(f"""
select count(*), count(*) filter (where p.honoured is not null),
       count(*) filter (where p.state in ('failed', 'expired')), {_CAME_IN}
from payment p where {OURS}
""")  # noqa: S608 - constants
_BY_MONTH = sql(f"""
select to_char(date_trunc('month', p.settled_at at time zone cast(:zone as text)), 'YYYY-MM') as month, {_CAME_IN}
from payment p where {OURS} and p.honoured is not null group by month order by month
""")  # noqa: S608 - constants
_SUMMARY = sql(f"""
select {_CAME_IN}, max(p.settled_at) filter (where p.honoured is not null),
       count(*) filter (where p.state = 'pending')
from payment p where p.account_id = cast(:account as uuid) and {OURS}
""")  # noqa: S608 - constants
_COMMISSIONED = f"from payment p where {OURS} and p.commission > 0"
_COMMISSIONS = sql(f"""
select p.number, p.order_type, p.order_key, p.commission, p.state, (select count(*) {_COMMISSIONED})
{_COMMISSIONED} order by p.number desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT_COMMISSIONS = sql(f"select count(*) {_COMMISSIONED}")

_COMMISSION: Final[Mapping[str, str]] = {
    **{state.value: StatutCommission.ANNULEE.value for state in PaymentState},
    PaymentState.PENDING.value: StatutCommission.CALCULEE.value,
    PaymentState.SUCCEEDED.value: StatutCommission.VERSEE.value,
    PaymentState.PARTIALLY_REFUNDED.value: StatutCommission.VERSEE.value,
}
_TYPE_COMMISSION: Final[Mapping[str, str]] = {
    ORDER_TYPES[Type.BILLET]: "BILLETTERIE",
    ORDER_TYPES[Type.ABONNEMENT]: "ABONNEMENT",
}


class FigureStore:
    """Figures of payments. `commission` and `summary` make the wire structs of their columns; months are cut in
    `time_zone`."""

    def __init__(self, *, commission: Callable[..., Any], summary: Callable[..., Any], time_zone: ZoneInfo) -> None:
        self._commission = commission
        self._summary = summary
        self._zone = time_zone.key

    async def revenue(self, work: Work, type_paiement: Type | None = None) -> Decimal:
        """Return what was paid and has not gone back, of one type or of all."""
        types = ORDER_TYPES.values() if type_paiement is None else (ORDER_TYPES[type_paiement],)
        revenue: Decimal = await pg(work).value(_REVENUE, order_types=list(types))
        return revenue

    async def figures(self, work: Work) -> PaymentFigures:
        """Return the figures of all payments."""
        return PaymentFigures(*await pg(work).one(_FIGURES))

    async def revenue_by_month(self, work: Work) -> dict[str, Decimal]:
        """Return what came in each month ("2026-03") and has not gone back, the first one first."""
        return dict(await pg(work).all(_BY_MONTH, zone=self._zone))

    async def summary(self, work: Work, account: UUID) -> Any:
        """Return an account's own payments in short."""
        return self._summary(*await pg(work).one(_SUMMARY, account=account))

    async def commissions(self, work: Work, query: ListQuery) -> Page[tuple[str, str, Any]]:
        """Return a page of commissions, newest first, each behind its order type and order."""

        def shown(number: int, order_type: str, order: str, amount: Decimal, state: str) -> tuple[str, str, Any]:
            commission = self._commission(number, _TYPE_COMMISSION[order_type], amount, _COMMISSION[state], None)
            return order_type, order, commission

        return await counted_page(work, query, _COMMISSIONS, _COUNT_COMMISSIONS, shown)
