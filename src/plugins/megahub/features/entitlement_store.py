"""What companies have, seen from the unit of work of any product: through views that no tenant's policy binds."""

from datetime import datetime

from adapters.db.work import pg
from core.work import Work

# shared with everybody who counts; who changes a subscription takes the row alone
_HOLD_COMPANY = "select from organisation where number = $1 for share"
_HOLD_COMPANIES = """
select from organisation where id in (select organisation_id from megahub_member where account_number = $1)
order by id for share
"""
_OF_COMPANY = """
select id, usage_limit from megahub_subscribed
where organisation_number = $1 and feature = $2 and is_on and (expires_at is null or expires_at > $3)
"""
_OF_ACCOUNT = """
select subscribed.id, subscribed.usage_limit
from megahub_member member join megahub_subscribed subscribed using (organisation_id)
where member.account_number = $1 and subscribed.feature = $2 and subscribed.is_on
  and (subscribed.expires_at is null or subscribed.expires_at > $3)
order by member.created_at, subscribed.id limit 1
"""


class PgEntitlements:
    """Entitlements in PostgreSQL."""

    async def hold_company(self, work: Work, number: int) -> None:
        """Hold a company's subscriptions as they are, while something is counted on one."""
        await pg(work).connection.execute(_HOLD_COMPANY, number)

    async def hold_companies_of(self, work: Work, account: int) -> None:
        """Hold the subscriptions of an account's companies as they are."""
        await pg(work).connection.execute(_HOLD_COMPANIES, account)

    async def of_company(self, work: Work, number: int, feature: str, now: datetime) -> tuple[int, int | None] | None:
        """Return a company's active subscription to a feature, with its limit."""
        found = await pg(work).connection.fetchrow(_OF_COMPANY, number, feature, now)
        return None if found is None else (found["id"], found["usage_limit"])

    async def of_account(self, work: Work, account: int, feature: str, now: datetime) -> tuple[int, int | None] | None:
        """Return the active subscription to a feature of the oldest of an account's companies that has one, with its
        limit."""
        found = await pg(work).connection.fetchrow(_OF_ACCOUNT, account, feature, now)
        return None if found is None else (found["id"], found["usage_limit"])
