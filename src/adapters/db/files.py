"""Rows and store of the files area."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row, UuidRow
from adapters.db.work import pg
from core.files.public import PublicFile
from core.files.service import StoredFile
from core.work import Work


class StoredFileRow(UuidRow):
    """A file that was received. `state` is pending until something refers to it, kept while it does, then released."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'kept', 'released')", name="state"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_stored_file_organisation_id", "organisation_id"),
        Index("ix_stored_file_dead", "created_at", postgresql_where=text("state <> 'kept'")),
        {"info": {"tenant": "organisation_id"}},
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary())
    state: Mapped[str] = mapped_column(server_default="pending")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


_INSERT = """
insert into stored_file (id, organisation_id, name, media_type, size, digest) values ($1, $2, $3, $4, $5, $6)
"""
_KEEP = "update stored_file set state = 'kept' where id = $1 and state = 'pending' returning id"
_RELEASE = "update stored_file set state = 'released' where id = $1"
_COLUMNS = "id, organisation_id, name, media_type, size"
_GET = f"""
select {_COLUMNS} from stored_file where id = $1 and state = 'kept' and not exists (
    select from organisation where organisation.id = organisation_id and archived_at is not null
)
"""  # noqa: S608 - constants
_TAKE_DEAD = f"""
select {_COLUMNS} from stored_file
where state = 'released' or (state = 'pending' and created_at < $1)
order by id limit $2 for update skip locked
"""  # noqa: S608 - constants
_FORGET = "delete from stored_file where id = any($1::uuid[]) and state <> 'kept'"


class PgFiles:
    """Records files in PostgreSQL."""

    async def insert(self, work: Work, file: StoredFile, digest: bytes) -> None:
        """Record a pending file."""
        values = (file.id, file.organisation, file.name, file.media_type, file.size, digest)
        await pg(work).connection.execute(_INSERT, *values)

    async def keep(self, work: Work, file: UUID) -> bool:
        """Mark a pending file as kept."""
        return await pg(work).connection.fetchval(_KEEP, file) is not None

    async def release(self, work: Work, file: UUID) -> None:
        """Mark a file as released."""
        await pg(work).connection.execute(_RELEASE, file)

    async def get(self, work: Work, file: UUID) -> StoredFile | None:
        """Return a kept file of an organisation that is not archived."""
        row = await pg(work).connection.fetchrow(_GET, file)
        return None if row is None else _file(row)

    async def take_dead(self, work: Work, before: datetime, limit: int) -> Sequence[StoredFile]:
        """Hold and return files that were released, or are pending since before a moment."""
        return [_file(row) for row in await pg(work).connection.fetch(_TAKE_DEAD, before, limit)]

    async def forget(self, work: Work, files: Sequence[StoredFile]) -> None:
        """Delete the records of files that nothing keeps."""
        await pg(work).connection.execute(_FORGET, [file.id for file in files])


def _file(row: Any) -> StoredFile:
    return StoredFile(*row)


class PublicFileRow(Row):
    """A file that everybody may see, by its path. It belongs to no organisation; `state` is as for private files."""

    __tablename__ = "public_file"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'kept', 'released')", name="state"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_public_file_dead", "created_at", postgresql_where=text("state <> 'kept'")),
    )

    path: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary())
    state: Mapped[str] = mapped_column(server_default="pending")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


_PUBLIC_INSERT = "insert into public_file (path, media_type, size, digest) values ($1, $2, $3, $4)"
_PUBLIC_KEEP = "update public_file set state = 'kept' where path = $1 and state = 'pending' returning path"
_PUBLIC_RELEASE = "update public_file set state = 'released' where path = $1"
_PUBLIC_GET = "select path, media_type, size from public_file where path = $1 and state = 'kept'"
_PUBLIC_TAKE_DEAD = """
select path, media_type, size from public_file
where state = 'released' or (state = 'pending' and created_at < $1)
order by path limit $2 for update skip locked
"""
_PUBLIC_FORGET = "delete from public_file where path = any($1::text[]) and state <> 'kept'"


class PgPublicFiles:
    """Records public files in PostgreSQL."""

    async def insert(self, work: Work, file: PublicFile, digest: bytes) -> None:
        """Record a pending file."""
        await pg(work).connection.execute(_PUBLIC_INSERT, file.path, file.media_type, file.size, digest)

    async def keep(self, work: Work, path: str) -> bool:
        """Mark a pending file as kept."""
        return await pg(work).connection.fetchval(_PUBLIC_KEEP, path) is not None

    async def release(self, work: Work, path: str) -> None:
        """Mark a file as released."""
        await pg(work).connection.execute(_PUBLIC_RELEASE, path)

    async def get(self, work: Work, path: str) -> PublicFile | None:
        """Return a kept file."""
        row = await pg(work).connection.fetchrow(_PUBLIC_GET, path)
        return None if row is None else PublicFile(*row)

    async def take_dead(self, work: Work, before: datetime, limit: int) -> Sequence[PublicFile]:
        """Hold and return files that were released, or are pending since before a moment."""
        return [PublicFile(*row) for row in await pg(work).connection.fetch(_PUBLIC_TAKE_DEAD, before, limit)]

    async def forget(self, work: Work, files: Sequence[PublicFile]) -> None:
        """Delete the records of files that nothing keeps."""
        await pg(work).connection.execute(_PUBLIC_FORGET, [file.path for file in files])
