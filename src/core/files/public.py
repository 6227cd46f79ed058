"""Public files: what everybody may see under a random name, such as icons.

They live as private files do (`core.files.service`): pending, kept by the unit of work that refers to them, released,
swept. Nobody signs for them, so what can hold programs is cleaned before it is kept.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from core.access.principal import SYSTEM, Caller
from core.files.content import Kind
from core.files.service import DeadFiles, Storage, accept, sweep_dead, unrecorded
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field, message, missing
from core.work import Delivery, Work, Works

SWEEP_PUBLIC_FILES = "sweep_public_files"

FILE_UNCLEAN = message(
    "file_unclean",
    fr="Ce fichier {kind} n'est pas accepté : il est illisible, trop complexe, ou déclare des entités.",
    en="This {kind} file is not accepted: it cannot be read, is too complex, or declares entities.",
)

Cleaner = Callable[[bytes], Awaitable[bytes]]
"""Returns a file without what it could do or fetch. Raises `ValueError` for one that cannot be made harmless."""


class PublicFile(msgspec.Struct, frozen=True):
    """A file that everybody may see. `path` is its address below its product's mount: "uploads/icons/<random>.png"."""

    path: str
    media_type: str
    size: int


class PublicFileStore(DeadFiles[PublicFile], Protocol):
    """Records public files."""

    async def insert(self, work: Work, file: PublicFile, digest: bytes) -> None:
        """Record a pending file."""
        ...

    async def keep(self, work: Work, path: str) -> bool:
        """Mark a pending file as kept."""
        ...

    async def release(self, work: Work, path: str) -> None:
        """Mark a file as released."""
        ...

    async def get(self, work: Work, path: str) -> PublicFile | None:
        """Return a kept file."""
        ...


def public_key(file: PublicFile) -> str:
    """The storage key, apart from those of private files."""
    return f"public/{file.path}"


class PublicFiles:
    """Public files of features. `cleaners` clean active kinds, by media type."""

    def __init__(
        self, works: Works, store: PublicFileStore, storage: Storage, clock: Clock, cleaners: Mapping[str, Cleaner]
    ) -> None:
        self._works = works
        self._store = store
        self._storage = storage
        self._clock = clock
        self._cleaners = cleaners

    async def receive(
        self, caller: Caller, field: str, folder: str, data: bytes, accepted: tuple[Kind, ...], max_bytes: int
    ) -> PublicFile:
        """Check a file's content, clean it where its kind is active, record and store it under a random name in a
        folder. It is pending until a unit of work keeps it.

        Raises `DomainError` of kind invalid on `field`.
        """
        kind = accept(field, data, accepted, max_bytes)
        if kind.active:
            data = await self._cleaned(field, data, kind)
        file = PublicFile(f"{folder}/{secrets.token_hex(16)}.{kind.ending}", kind.media_type, len(data))
        async with self._works.within(unrecorded(caller)) as work:
            await self._store.insert(work, file, hashlib.sha256(data).digest())
            await work.commit()
        await self._storage.put(public_key(file), data, kind.media_type)
        return file

    async def keep(self, work: Work, file: PublicFile) -> None:
        """Keep a received file, in the unit of work of what refers to it."""
        if not await self._store.keep(work, file.path):
            raise missing()

    async def release(self, work: Work, path: str) -> None:
        """Let a file go, in the unit of work that stops referring to it."""
        await self._store.release(work, path)

    async def open(self, path: str) -> tuple[PublicFile, bytes]:
        """Return a kept file and its content. Raises `DomainError` of kind missing."""
        async with self._works.reading(SYSTEM) as work:
            found = await self._store.get(work, path)
        data = await self._storage.get(public_key(found)) if found else None
        if found is None or data is None:
            raise missing()
        return found, data

    async def sweep(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Delete what was released, and what stayed pending for a day."""
        await sweep_dead(self._works, self._store, self._storage, self._clock, public_key)

    async def _cleaned(self, field: str, data: bytes, kind: Kind) -> bytes:
        try:
            return await self._cleaners[kind.media_type](data)
        except ValueError:
            raise invalid_field(field, FILE_UNCLEAN, kind=kind.ending.upper()) from None
