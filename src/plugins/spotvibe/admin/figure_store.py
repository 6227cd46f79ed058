"""Counting for staff."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.admin.figure_service import Backlog, UserFigures
from plugins.spotvibe.payments.domain import ORDER_TYPES

_USERS = """
select count(*), count(*) filter (where a.is_active and s.user_id is null), count(*) filter (where p.est_verifie),
       count(*) filter (where p.created_at >= $1)
from spotvibe_profile p join account a on a.number = p.user_id left join spotvibe_suspension s on s.user_id = p.user_id
"""
_BACKLOG = """
select (select count(*) from spotvibe_evenement where statut = 'EN_ATTENTE' and archived_at is null),
       (select count(*) from spotvibe_verification where statut = 'EN_ATTENTE'),
       (select count(*) from refund r join payment p on p.id = r.payment_id
        where r.state = 'requested' and p.order_type = any($1::text[])),
       (select count(*) from spotvibe_report where statut = 'NOUVEAU'),
       (select count(*) from spotvibe_contact where statut = 'NOUVEAU')
"""
# the first digits tell the country: numbers that share seven of them are of one
_PHONES = """
select min(a.phone), count(*) from spotvibe_profile p join account a on a.number = p.user_id group by left(a.phone, 8)
"""
_REGISTRATIONS = """
select (created_at at time zone $2)::date, count(*) from spotvibe_profile where created_at >= $1 group by 1
"""
_EVENTS = """
select (created_at at time zone $2)::date, count(*) from spotvibe_evenement
where created_at >= $1 and archived_at is null group by 1
"""
_SOLD = "select count(*) from spotvibe_billet where statut in ('PAYE', 'UTILISE') and prix > 0"


class FigureStore:
    """Figures from PostgreSQL."""

    async def users(self, work: Work, midnight: datetime) -> UserFigures:
        """Count users; today's since midnight."""
        return UserFigures(*await pg(work).connection.fetchrow(_USERS, midnight))

    async def backlog(self, work: Work) -> Backlog:
        """Count what waits for staff."""
        return Backlog(*await pg(work).connection.fetchrow(_BACKLOG, list(ORDER_TYPES.values())))

    async def phones(self, work: Work) -> Sequence[tuple[str | None, int]]:
        """Return groups of users whose phone numbers begin alike: one number of the group, and how many there are."""
        return [tuple(record) for record in await pg(work).connection.fetch(_PHONES)]

    async def registrations(self, work: Work, since: datetime, zone: str) -> Mapping[date, int]:
        """Count registrations by day."""
        return dict(await pg(work).connection.fetch(_REGISTRATIONS, since, zone))

    async def events(self, work: Work, since: datetime, zone: str) -> Mapping[date, int]:
        """Count events by the day on which they were made."""
        return dict(await pg(work).connection.fetch(_EVENTS, since, zone))

    async def tickets_sold(self, work: Work) -> int:
        """Count tickets that were paid for and hold, used or not."""
        sold: int = await pg(work).connection.fetchval(_SOLD)
        return sold
