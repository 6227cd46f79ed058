"""The figures of a company in PostgreSQL, from the rows of the tenant in scope."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.work import Work
from plugins.megahub.companies.domain import BRAND_ADMINS, UserType
from plugins.megahub.slots.stats_service import Activity

_BY_MONTH = sql(
    """
    select cast(date_trunc('month', created_at at time zone cast(:zone as text)) as date) as month, count(*)
    from megahub_brand
    where organisation_id = :organisation
      and created_at >= (date_trunc('month', now() at time zone cast(:zone as text))
                         - make_interval(months => cast(:months as integer) - 1)) at time zone cast(:zone as text)
    group by 1 order by 1
    """
)
_BRANDS = sql(
    """
    select count(*), count(*) filter (where is_active) from megahub_brand where organisation_id = :organisation
    """
)
_USERS = sql(
    """
    select count(*) filter (where role.name = any(cast(:admins as text[]))),
           count(*) filter (where role.name <> all(cast(:admins as text[]))),
           count(*) filter (where account.last_login_at >= :since)
    from membership join role on role.id = membership.role_id join account on account.id = membership.account_id
    where membership.organisation_id = :organisation and not membership.owner
    """
)


class PgStats:
    """The figures of a company. Months are cut in the installation's time zone."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        self._zone = time_zone.key

    async def brands_by_month(self, work: Work, months: int) -> Sequence[tuple[date, int]]:
        """Return how many brands were made in each of the last months."""
        db = pg(work)
        rows = await db.all(_BY_MONTH, zone=self._zone, organisation=db.scope.organisation, months=months)
        return [(row[0], row[1]) for row in rows]

    async def activity(self, work: Work, since: datetime) -> Activity:
        """Return what happens in the company."""
        db = pg(work)
        brands, active = await db.one(_BRANDS, organisation=db.scope.organisation)
        admins, members, recent = await db.one(
            _USERS, organisation=db.scope.organisation, admins=list(BRAND_ADMINS), since=since
        )
        return Activity(
            brands=brands,
            active_brands=active,
            users={UserType.BRAND_ADMIN: admins, UserType.BRAND_MEMBER: members},
            recent_logins=recent,
        )
