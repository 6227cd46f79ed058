"""Writing suspensions; spotvibe's gate reads them."""

from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.admin.suspension_service import Powers

_POWERS = """
select a.is_staff, a.is_superuser from spotvibe_profile p join account a on a.number = p.user_id where p.user_id = $1
"""
_SUSPEND = """
insert into spotvibe_suspension (user_id, suspended_by, reason) values ($1, $2, $3) on conflict do nothing
returning user_id
"""
_RESTORE = "delete from spotvibe_suspension where user_id = $1 returning user_id"


class SuspensionStore:
    """Suspensions in PostgreSQL."""

    async def powers(self, work: Work, number: int) -> Powers | None:
        """Return what a user is; None where there is no such user."""
        record = await pg(work).connection.fetchrow(_POWERS, number)
        return None if record is None else Powers(*record)

    async def suspend(self, work: Work, number: int, by: int, reason: str) -> bool:
        """Suspend a user; False where he is suspended already."""
        return await pg(work).connection.fetchval(_SUSPEND, number, by, reason) is not None

    async def restore(self, work: Work, number: int) -> bool:
        """End a user's suspension; False where he is not suspended."""
        return await pg(work).connection.fetchval(_RESTORE, number) is not None
