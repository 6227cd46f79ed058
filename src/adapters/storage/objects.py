"""Objects in a folder of the home, or in an S3 bucket, through one library (obstore)."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from core.primitives.errors import DomainError, Kind, message
from core.primitives.secret import Secret

STORAGE_DOWN = message(
    "storage_unavailable",
    fr="Les fichiers sont momentanément indisponibles.",
    en="Files are unavailable for the moment.",
)

PIECE_BYTES = 256 * 1024
_LOG = logging.getLogger(__name__)
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}
"""The library's own three minutes are longer than a request may take."""


@contextmanager
def _told() -> Iterator[None]:
    """Tell a failure of the storage as the core knows it; the log says which."""
    try:
        yield
    except (BaseError, OSError) as error:
        _LOG.error("storage: %s", str(error).partition("\n")[0])
        raise DomainError(STORAGE_DOWN, Kind.UNAVAILABLE, retry_after=5) from error


async def _pieces(found: Any) -> AsyncIterator[bytes]:
    with _told():
        async for piece in found.stream(min_chunk_size=PIECE_BYTES):
            yield bytes(piece)


class ObjectStorage:
    """Keeps objects under keys of the core's making. What the storage refuses or does not answer raises `DomainError`
    of kind unavailable."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        """Keep an object. A folder has no place for its media type; the record has."""
        attributes = {"Content-Type": media_type} if isinstance(self._store, S3Store) else None
        # in one request: an upload in parts that breaks off leaves its parts behind
        with _told():
            await obstore.put_async(self._store, key, data, attributes=attributes, use_multipart=False)

    async def get(self, key: str) -> bytes | None:
        """Return an object, None where there is none."""
        with _told():
            try:
                found = await obstore.get_async(self._store, key)
            except FileNotFoundError:
                return None
            return bytes(await found.bytes_async())

    async def pieces(self, key: str) -> AsyncIterator[bytes] | None:
        """Return an object piece by piece, None where there is none."""
        with _told():
            try:
                found = await obstore.get_async(self._store, key)
            except FileNotFoundError:
                return None
            return _pieces(found)

    async def delete(self, key: str) -> None:
        """Delete an object; it is no error that there is none."""
        with _told():
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                return


def local_storage(folder: Path) -> ObjectStorage:
    """Objects as files below a folder that only this user reads."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return ObjectStorage(LocalStore(folder))


def s3_storage(
    bucket: str, *, endpoint: str, region: str, access_key: str, secret_key: Secret, plain_http: bool = False
) -> ObjectStorage:
    """Objects in an S3 bucket, or in that of a server that speaks S3 at `endpoint`."""
    return ObjectStorage(
        S3Store(
            bucket,
            endpoint=endpoint or None,
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key.reveal(),
            client_options={"allow_http": plain_http, "connect_timeout": "5s", "timeout": "20s"},
            retry_config=_RETRIES,
        )
    )
