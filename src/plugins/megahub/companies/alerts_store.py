"""Alerts in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.db.work import pg
from core.primitives.locale import Locale
from core.work import Work
from plugins.megahub.companies.alerts_service import Administrator, Alert

_CLEAR = """
update megahub_alert set cleared_at = now()
where organisation_number = $1 and type = any($2::text[]) and subscription_id is not distinct from $3
  and cleared_at is null
"""
_OPEN = """
insert into megahub_alert (organisation_number, subscription_id, type, params)
select $1, $3, asked.type, $4::jsonb from unnest($2::text[]) as asked (type)
on conflict (organisation_number, type, subscription_id) where cleared_at is null do nothing
returning type
"""
_TELL = """
with told as (
    update megahub_alert set told_at = now()
    where organisation_number = $1 and type = any($2::text[]) and subscription_id is null
      and cleared_at is null and told_at is null
    returning type, params, triggered_at
)
select type, params, triggered_at from told
"""
_ADMINISTRATOR = """
select organisation.name, account.id, account.email, account.language
from organisation join account on account.id = coalesce(organisation.admin_id, (
    select owner.account_id from membership owner where owner.organisation_id = organisation.id and owner.owner
))
where organisation.number = $1
"""


class PgAlerts:
    """Alerts in PostgreSQL."""

    async def clear(self, work: Work, number: int, types: Sequence[str], subscription: int | None) -> None:
        """Close the open alerts of these types."""
        await pg(work).connection.execute(_CLEAR, number, list(types), subscription)

    async def open(
        self, work: Work, number: int, types: Sequence[str], params: Mapping[str, Any], subscription: int | None
    ) -> set[str]:
        """Open alerts of these types where none is open; return the types that were opened."""
        rows = await pg(work).connection.fetch(_OPEN, number, list(types), subscription, dict(params))
        return {row["type"] for row in rows}

    async def tell(self, work: Work, number: int, types: Sequence[str]) -> list[Alert]:
        """Return the open alerts of these types that were not told yet, and note that they are now."""
        rows = await pg(work).connection.fetch(_TELL, number, list(types))
        return [Alert(type=row["type"], params=dict(row["params"]), triggered_at=row["triggered_at"]) for row in rows]

    async def administrator(self, work: Work, number: int) -> Administrator | None:
        """Return the administrator of a company, else its owner."""
        row = await pg(work).connection.fetchrow(_ADMINISTRATOR, number)
        if row is None:
            return None
        return Administrator(company=row["name"], account=row["id"], email=row["email"], locale=Locale(row["language"]))
