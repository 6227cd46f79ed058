"""Every storage passes one suite: a folder, and S3."""

import asyncio
import stat
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.storage.objects import ObjectStorage, local_storage, s3_storage
from core.files.service import Storage
from core.primitives.errors import DomainError
from core.primitives.ids import new_id
from core.primitives.secret import Secret
from tests.conformance.s3_peer import S3Peer

REGION = "eu-west-3"


def key() -> str:
    """A key as the core makes them."""
    return f"{new_id()}/{new_id()}"


class StorageConformance(ABC):
    """What every storage does."""

    @abstractmethod
    async def storage(self) -> Storage:
        """The storage under test."""

    @pytest.mark.parametrize(
        "data", [b"", b"x", bytes(range(256)), b"\0" * 10_000_000], ids=["empty", "x", "bytes", "10 MB"]
    )
    async def test_what_was_put_is_got(self, data: bytes) -> None:
        storage, name = await self.storage(), key()
        await storage.put(name, data, "image/png")
        assert await storage.get(name) == data
        pieces = await storage.pieces(name)
        assert pieces is not None
        read = [piece async for piece in pieces]
        assert b"".join(read) == data
        assert max(map(len, read), default=0) <= 2_000_000

    async def test_what_is_not_there_is_none(self) -> None:
        assert await (await self.storage()).get(key()) is None
        assert await (await self.storage()).pieces(key()) is None

    async def test_putting_again_replaces(self) -> None:
        storage, name = await self.storage(), key()
        await storage.put(name, b"the longer one before", "image/png")
        await storage.put(name, b"after", "application/pdf")
        assert await storage.get(name) == b"after"

    async def test_deleting_takes_one_away_and_can_be_repeated(self) -> None:
        storage = await self.storage()
        folder = new_id()
        name, other = f"{folder}/{new_id()}", f"{folder}/{new_id()}"
        await storage.put(name, b"a", "image/png")
        await storage.put(other, b"b", "image/png")
        await storage.delete(name)
        await storage.delete(name)
        assert (await storage.get(name), await storage.get(other)) == (None, b"b")

    async def test_many_at_once_do_not_mix(self) -> None:
        storage = await self.storage()
        objects = {key(): str(number).encode() * 1000 for number in range(20)}
        await asyncio.gather(*(storage.put(name, data, "image/png") for name, data in objects.items()))
        found = await asyncio.gather(*(storage.get(name) for name in objects))
        assert dict(zip(objects, found, strict=True)) == objects


class TestFolder(StorageConformance):
    """Files in a folder of the home."""

    @pytest.fixture(autouse=True)
    def open_folder(self, tmp_path: Path) -> None:
        """A folder for each test."""
        self.folder = tmp_path / "home" / "files"

    async def storage(self) -> Storage:
        return local_storage(self.folder)

    async def test_a_folder_that_cannot_be_written_is_told(self) -> None:
        storage = await self.storage()
        (self.folder / "a").write_bytes(b"a file where a folder is needed")
        with pytest.raises(DomainError, match="storage_unavailable"):
            await storage.put("a/b", b"x", "image/png")

    async def test_the_folder_is_this_users_alone(self) -> None:
        await self.storage()
        assert stat.S_IMODE(self.folder.stat().st_mode) == 0o700

    async def test_nothing_is_written_outside(self) -> None:
        storage = await self.storage()
        name = key()
        await storage.put(name, b"x", "image/png")
        assert [path for path in self.folder.parent.rglob("*") if path.is_file()] == [self.folder / name]


class TestS3(StorageConformance):
    """Objects of a server that speaks S3."""

    @pytest.fixture(autouse=True)
    async def server(self) -> AsyncIterator[None]:
        """A bucket for each test."""
        self.peer = await S3Peer("seau", "AKSOCLE", "un secret/de+S3", REGION).start()
        yield
        await self.peer.stop()

    async def storage(self) -> Storage:
        return self.with_secret(self.peer.secret_key)

    def with_secret(self, secret: str) -> ObjectStorage:
        return s3_storage(
            "seau",
            endpoint=self.peer.endpoint,
            region=REGION,
            access_key="AKSOCLE",
            secret_key=Secret(secret),
            plain_http=True,
        )

    async def test_the_bucket_knows_the_media_type(self) -> None:
        name = key()
        await (await self.storage()).put(name, b"x", "image/webp")
        assert self.peer.objects == {name: (b"x", "image/webp")}
        assert self.peer.requests == [("PUT", f"/seau/{name}")]

    async def test_a_wrong_secret_is_an_error_and_no_missing_object(self) -> None:
        name = key()
        await (await self.storage()).put(name, b"x", "image/png")
        for asked in (self.with_secret("faux").get(name), self.with_secret("faux").delete(name)):
            with pytest.raises(DomainError, match="storage_unavailable"):
                await asked
        assert name in self.peer.objects

    async def test_a_server_that_is_down_is_an_error_in_time(self) -> None:
        storage = await self.storage()
        self.peer.down = True
        async with asyncio.timeout(25):
            with pytest.raises(DomainError, match="storage_unavailable"):
                await storage.get(key())
        assert 1 < len(self.peer.requests) <= 4, "a failing server is asked again, and not for ever"
