"""Counting users."""

from adapters.db.work import pg
from core.work import Work

_USERS = "select count(*) from spotvibe_profile"


class UserCountStore:
    """The number of users, in PostgreSQL."""

    async def count(self, work: Work) -> int:
        """Count users, active or not."""
        found: int = await pg(work).connection.fetchval(_USERS)
        return found
