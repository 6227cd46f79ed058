"""The use cases of files.

A file is recorded as pending, stored, and kept by the unit of work that needs it; what stays pending or was released
is deleted by a job. So no crash leaves an object that nobody knows of, and no network call stands in a transaction.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, runtime_checkable
from urllib.parse import quote
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM, Caller
from core.files.content import Kind, kind_of
from core.primitives.clock import Clock
from core.primitives.errors import FieldProblem, invalid, message, missing
from core.primitives.ids import new_id
from core.work import Delivery, Work, Works, organisation_of

PENDING_LIFETIME = timedelta(hours=24)
SWEEP_BATCH = 200
SWEEP_FILES = "sweep_files"

FILE_TOO_LARGE = message(
    "file_too_large",
    fr="Le fichier dépasse {megabytes} Mo.",
    en="The file is larger than {megabytes} MB.",
)
FILE_KIND_REFUSED = message(
    "file_kind_refused",
    fr="Ce type de fichier n'est pas accepté ; types acceptés : {accepted}.",
    en="This kind of file is not accepted; accepted: {accepted}.",
)
FILE_EMPTY = message("file_empty", fr="Le fichier est vide.", en="The file is empty.")

F = TypeVar("F")


@runtime_checkable
class Upload(Protocol):
    """An uploaded file."""

    filename: str

    async def read(self) -> bytes:
        """Return its content."""
        ...


class StoredFile(msgspec.Struct, frozen=True):
    """A file as it is recorded."""

    id: UUID
    organisation: UUID | None
    name: str
    media_type: str
    size: int


class Storage(Protocol):
    """Keeps objects under keys of our own making."""

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        """Keep an object."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Return an object, None where there is none."""
        ...

    async def pieces(self, key: str) -> AsyncIterator[bytes] | None:
        """Return an object piece by piece, so that no more than some of it is in memory; None where there is none."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; it is no error that there is none."""
        ...


class DeadFiles(Protocol[F]):
    """The records of files that nothing needs."""

    async def take_dead(self, work: Work, before: datetime, limit: int) -> Sequence[F]:
        """Hold and return files that were released, or are pending since before a moment."""
        ...

    async def forget(self, work: Work, files: Sequence[F]) -> None:
        """Delete the records of files that nothing keeps."""
        ...


class FileStore(DeadFiles[StoredFile], Protocol):
    """Records files."""

    async def insert(self, work: Work, file: StoredFile, digest: bytes) -> None:
        """Record a pending file."""
        ...

    async def keep(self, work: Work, file: UUID) -> bool:
        """Mark a pending file of the organisation in scope as kept."""
        ...

    async def release(self, work: Work, file: UUID) -> None:
        """Mark a file as released."""
        ...

    async def get(self, work: Work, file: UUID) -> StoredFile | None:
        """Return a kept file."""
        ...


def key_of(file: StoredFile) -> str:
    """The storage key: by organisation, then random, so that no two tenants' files can meet."""
    return f"{file.organisation or 'installation'}/{file.id}"


class Files:
    """Files of features. `lifetime` is that of a signed URL."""

    def __init__(
        self,
        works: Works,
        store: FileStore,
        storage: Storage,
        clock: Clock,
        key: bytes,
        *,
        lifetime: timedelta = timedelta(minutes=15),
    ) -> None:
        self._works = works
        self._store = store
        self._storage = storage
        self._clock = clock
        self._key = key
        self._lifetime = lifetime

    async def receive(
        self, caller: Caller, field: str, name: str, data: bytes, accepted: tuple[Kind, ...], max_bytes: int
    ) -> StoredFile:
        """Check a file's content, record and store it. It is pending until a unit of work keeps it.

        Raises `DomainError` of kind invalid on `field`.
        """
        kind = accept(field, data, accepted, max_bytes)
        async with self._works.within(unrecorded(caller)) as work:
            file = StoredFile(new_id(), organisation_of(work), safe_name(name, kind), kind.media_type, len(data))
            await self._store.insert(work, file, hashlib.sha256(data).digest())
            await work.commit()
        await self._storage.put(key_of(file), data, kind.media_type)
        return file

    async def keep(self, work: Work, file: StoredFile) -> None:
        """Keep a received file, in the unit of work of what refers to it."""
        if not await self._store.keep(work, file.id):
            raise missing()

    async def release(self, work: Work, file: UUID) -> None:
        """Let a file go, in the unit of work that stops referring to it."""
        await self._store.release(work, file)

    def path(self, file: UUID, name: str) -> str:
        """A path that shows a file until it expires."""
        expires = int((self._clock.now() + self._lifetime).timestamp())
        return f"/files/{file}/{quote(name)}?expires={expires}&signature={self._sign(file, expires)}"

    async def open(self, file: UUID, expires: int, signature: str) -> tuple[StoredFile, AsyncIterator[bytes]]:
        """Return a file and its content, piece by piece, to who holds a good signature. Raises `DomainError` of kind
        missing."""
        good = hmac.compare_digest(signature.encode(), self._sign(file, expires).encode())
        if not good or expires < self._clock.now().timestamp():
            raise missing()
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._store.get(work, file)
        data = await self._storage.pieces(key_of(found)) if found else None
        if found is None or data is None:
            raise missing()
        return found, data

    async def sweep(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Delete what was released, and what stayed pending for a day."""
        await sweep_dead(self._works, self._store, self._storage, self._clock, key_of)

    async def content(self, file: UUID) -> bytes | None:
        """Return what a kept file holds, for a feature that has made sure of who asks; None where there is none."""
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._store.get(work, file)
        return await self._storage.get(key_of(found)) if found else None

    def _sign(self, file: UUID, expires: int) -> str:
        return hmac.new(self._key, f"{file}:{expires}".encode(), hashlib.sha256).hexdigest()


def accept(field: str, data: bytes, accepted: tuple[Kind, ...], max_bytes: int) -> Kind:
    """Return what kind of file it is. Raises `DomainError` of kind invalid on `field` for one that is too large, empty,
    or of none of the accepted kinds."""
    kind = kind_of(data, accepted)
    if len(data) > max_bytes:
        raise invalid(FieldProblem((field,), FILE_TOO_LARGE, {"megabytes": max_bytes // 1_000_000}))
    if not data:
        raise invalid(FieldProblem((field,), FILE_EMPTY))
    if kind is None:
        kinds = ", ".join(each.ending.upper() for each in accepted)
        raise invalid(FieldProblem((field,), FILE_KIND_REFUSED, {"accepted": kinds}))
    return kind


async def sweep_dead(
    works: Works, records: DeadFiles[F], storage: Storage, clock: Clock, key: Callable[[F], str]
) -> None:
    """Delete what was released, and what stayed pending for a day: the object first, its record once it is gone."""
    while True:
        async with works.everywhere(SYSTEM) as work:
            dead = await records.take_dead(work, clock.now() - PENDING_LIFETIME, SWEEP_BATCH)
            await work.commit()
        for file in dead:
            await storage.delete(key(file))
        async with works.everywhere(SYSTEM) as work:
            await records.forget(work, dead)
            await work.commit()
        if len(dead) < SWEEP_BATCH:
            return


def safe_name(name: str, kind: Kind) -> str:
    """A name to show: the last part of what was given, printable, with the ending of its content."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    kept = "".join(sign for sign in stem if sign.isalnum() or sign in " -_").strip()
    return f"{kept[:80] or 'fichier'}.{kind.ending}"


def unrecorded(caller: Caller) -> Caller:
    """The caller without its `Idempotency-Key`, which belongs to the unit of work that follows."""
    return msgspec.structs.replace(caller, request=msgspec.structs.replace(caller.request, replay=None))
