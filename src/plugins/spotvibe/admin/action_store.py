"""Reading what administrators did, and what they said why."""

from datetime import datetime
from typing import Any

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.admin.action_service import AdminEntry
from plugins.spotvibe.admin.descriptions import Recorded

_PAGE = sql("""
select n.id, a.username, n.reason, e.created_at, e.action, e.object_type, e.object_id, e.details,
       case e.object_type
           when 'Evenement' then (select titre from spotvibe_evenement t where t.id = cast(e.object_id as bigint))
           when 'Verification' then (
               select u.username from spotvibe_verification v join account u on u.number = v.user_id
               where v.id = cast(e.object_id as bigint)
           )
           when 'Utilisateur' then (select username from account u where u.number = cast(e.object_id as bigint))
           when 'Refund' then (select cast(r.number as text) from refund r where r.id = cast(e.object_id as uuid))
       end,
       (select count(*) from spotvibe_admin_action)
from spotvibe_admin_action n join audit_entry e on e.id = n.audit_id join account a on a.id = e.account_id
order by n.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql("select count(*) from spotvibe_admin_action")
_REASON = "select set_config('spotvibe.reason', $1, true)"


def _entry(
    number: int,
    username: str,
    reason: str,
    at: datetime,
    action: str,
    object_type: str,
    object_id: str,
    details: dict[str, Any] | None,
    label: str | None,
) -> AdminEntry:
    return AdminEntry(number, username, at, reason, Recorded(action, object_type, object_id, details or {}, label))


class ActionStore:
    """Administrators' actions in PostgreSQL."""

    async def page(self, work: Work, query: ListQuery) -> Page[AdminEntry]:
        """Return a page of actions, newest first."""
        return await counted_page(work, query, _PAGE, _COUNT, _entry)

    async def give_reason(self, work: Work, reason: str) -> None:
        """Have every administrator's action of this transaction recorded with a reason (migration 0010)."""
        await pg(work).connection.execute(_REASON, reason)
