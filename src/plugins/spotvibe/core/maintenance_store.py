"""Writing the maintenance mode; `plugins.spotvibe.closure` reads it."""

from datetime import datetime

from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.closure import Maintenance

_WRITE = """
update spotvibe_maintenance
set active = coalesce($1::boolean, not active), message = $2, changed_at = $3, changed_by = $4
where id = 1 returning active, message, changed_at
"""


class MaintenanceStore:
    """The maintenance mode in PostgreSQL."""

    async def write(self, work: Work, active: bool | None, message: str, at: datetime, number: int) -> Maintenance:
        """Write the state, and who changed it, and return it; None is the other of what is."""
        return Maintenance(*await pg(work).connection.fetchrow(_WRITE, active, message, at, number))
