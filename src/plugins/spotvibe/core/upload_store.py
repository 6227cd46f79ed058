"""Recording uploads."""

from adapters.db.work import pg
from core.work import Work

_INSERT = "insert into spotvibe_upload (path, user_id, type) values ($1, $2, $3)"


class UploadStore:
    """Uploads in PostgreSQL."""

    async def insert(self, work: Work, path: str, number: int, kind: str) -> None:
        """Record who uploaded a public file, and as what."""
        await pg(work).connection.execute(_INSERT, path, number, kind)
