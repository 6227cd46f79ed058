"""Figures of subscriptions, each one statement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.db.work import PgWork, pg
from core.work import Work
from plugins.megahub.features.domain import EXPIRING_DAYS
from plugins.megahub.features.figure_service import CompanyFigures, Owned, TypeFigures

_ROWS = """
from megahub_subscription subscription
join megahub_feature feature on feature.id = subscription.feature_id
join organisation on organisation.id = subscription.organisation_id and organisation.archived_at is null
left join usage_counter counter on counter.feature = 'megahub_subscriptions'
    and counter.subject = subscription.id::text and counter.period = ''
"""
_ACTIVE = """(subscription.is_enabled and feature.is_active and organisation.is_active
    and (subscription.expires_at is null or subscription.expires_at > $1))"""
_OVER = "(coalesce(counter.used, 0) >= subscription.usage_limit)"

_OWNED = f"""
select subscription.id, feature.display_name, feature.feature_type, subscription.is_enabled, {_ACTIVE},
       subscription.usage_limit, coalesce(counter.used, 0)
{_ROWS} where organisation.number = $2 and ($3::uuid is null or subscription.organisation_id = $3)
order by array_position(array['websites', 'templates', 'tasks', 'analytics', 'crm', 'integrations'],
    feature.feature_type), feature.sort_order, subscription.id
"""
_BY_TYPE = f"""
select feature.feature_type, count(*), count(*) filter (where {_ACTIVE}), count(*) filter (where {_OVER}),
       coalesce(sum(counter.used), 0)::bigint
{_ROWS} where $2::uuid is null or subscription.organisation_id = $2
group by feature.feature_type
order by array_position(array['websites', 'templates', 'tasks', 'analytics', 'crm', 'integrations'],
    feature.feature_type)
"""
_BY_COMPANY = f"""
select organisation.number, organisation.name, count(*), count(*) filter (where {_ACTIVE}),
       count(*) filter (where feature.is_premium),
       count(*) filter (where {_ACTIVE} and subscription.expires_at <= $2), count(*) filter (where {_OVER})
{_ROWS} group by organisation.number, organisation.name order by organisation.number
"""
_IS_COMPANY = "select exists (select from organisation where number = $1 and archived_at is null)"


class FigureStore:
    """Figures of subscriptions in PostgreSQL."""

    async def is_company(self, work: Work, number: int) -> bool:
        """Whether there is a company of this number."""
        found: bool = await pg(work).connection.fetchval(_IS_COMPANY, number)
        return found

    async def owned(self, work: Work, number: int, now: datetime) -> Sequence[Owned]:
        """Return a company's subscriptions, by type and by their order in the catalogue."""
        db = pg(work)
        return [Owned(*row) for row in await db.connection.fetch(_OWNED, now, number, _tenant(db))]

    async def by_type(self, work: Work, now: datetime) -> Sequence[TypeFigures]:
        """Return figures of the subscriptions in scope by type."""
        db = pg(work)
        return [TypeFigures(*row) for row in await db.connection.fetch(_BY_TYPE, now, _tenant(db))]

    async def by_company(self, work: Work, now: datetime) -> Sequence[CompanyFigures]:
        """Return figures of every company that has subscriptions."""
        soon = now + timedelta(days=EXPIRING_DAYS)
        return [CompanyFigures(*row) for row in await pg(work).connection.fetch(_BY_COMPANY, now, soon)]


def _tenant(db: PgWork) -> Any:
    return None if db.scope.everything else db.scope.organisation
