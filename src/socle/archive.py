"""The file of `socle backup`: a compressed tar of the database's dump, the kept files and the secret key, closed by a
manifest that names every member with its size and SHA-256. Without its last byte it is no backup.
"""

import gzip
import hashlib
import os
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

import msgspec

from adapters.db.dump import Content
from socle.refusal import Refused

FORMAT = 1
DUMP = "database.dump"
FILES = "files"
KEY = "keys/secret.key"
MANIFEST = "manifest.json"
CHUNK = 1 << 20


class Member(msgspec.Struct, frozen=True):
    """A member of the archive: bytes and SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. Files that a bucket keeps are not in it. `key_fingerprint` tells whether another key is
    the installation's, and nothing about it."""

    format: int = FORMAT
    socle: str
    made_at: datetime
    database: Content
    bucket: str
    key_included: bool
    key_fingerprint: str
    members: dict[str, Member]

    @property
    def files_included(self) -> bool:
        """Whether it holds the kept files: those of a home are, those of a bucket are not."""
        return not self.bucket

    @property
    def files(self) -> int:
        """How many kept files it holds."""
        return sum(name.startswith(f"{FILES}/") for name in self.members)


class ArchiveWriter:
    """Adds members to a backup; `close` writes the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> bool:
        """Add a file, of the size that it has now; False where it is gone."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return False
        with source:
            info = self._info(name, os.fstat(source.fileno()).st_size)
            read = _Hashed(source)
            self._tar.addfile(info, read)
        self.members[name] = Member(info.size, read.sha256)
        return True

    def add_manifest(self, manifest: Manifest) -> None:
        """Add the manifest, as the last member."""
        data = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        self._tar.addfile(self._info(MANIFEST, len(data)), BytesIO(data))

    def _info(self, name: str, size: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        return info


class _Hashed:
    """A file that hashes what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def writing(file: Path) -> Iterator[ArchiveWriter]:
    """Write an archive, readable by its owner only. It takes its name when it is whole and on disk; until then it is
    `<name>.part`, which is removed where the block raises."""
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            os.fchmod(raw.fileno(), 0o600)
            with (
                gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw) as packed,
                tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                yield ArchiveWriter(tar)
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(file)
        _sync_folder(file.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpack an archive into an empty folder and check all of it. Raises `Refused`."""
    found: dict[str, Member] = {}
    try:
        with file.open("rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                for info in tar:
                    name = _name(info)
                    found[name] = _extract(tar, info, folder / name)
            while packed.read(CHUNK):
                """The rest: the checksum of the whole stands at the end."""
        manifest = _manifest(folder / MANIFEST)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, msgspec.MsgspecError, ValueError) as error:
        raise Refused(f"{file} is no backup, or damaged or cut short ({error}): nothing was changed.") from error
    except OSError as error:
        raise Refused(f"{file} cannot be unpacked ({error.strerror or error}): nothing was changed.") from error
    del found[MANIFEST]
    if found != manifest.members or DUMP not in found:
        wrong = sorted(
            name for name in found.keys() | manifest.members if found.get(name) != manifest.members.get(name)
        )
        raise Refused(f"{file} is damaged ({', '.join(wrong[:5])} differ from its manifest): nothing was changed.")
    return manifest


def _name(info: tarfile.TarInfo) -> str:
    """The name of a member that a backup may have: nothing outside of its folder, no links."""
    path = PurePosixPath(info.name)
    known = info.name in (DUMP, KEY, MANIFEST) or path.parts[:1] == (FILES,)
    if not info.isreg() or not known or ".." in path.parts or path.is_absolute():
        raise ValueError(f"it holds {info.name!r}")
    return info.name


def _extract(tar: tarfile.TarFile, info: tarfile.TarInfo, target: Path) -> Member:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = tar.extractfile(info)
    if source is None:
        raise ValueError(f"it holds {info.name!r}")
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source, os.fdopen(descriptor, "wb") as out:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
    return Member(size, digest.hexdigest())


def _manifest(path: Path) -> Manifest:
    if not path.exists():
        raise EOFError("its manifest is missing")
    data: Any = msgspec.json.decode(path.read_bytes())
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError("its format is another Socle's")
    return msgspec.convert(data, Manifest)
