"""What backup and restore refuse, one guard at a time: archives that are not what they say, dumps that cannot be read,
servers and programs that do not fit."""

import asyncio
import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from adapters.db import dump
from adapters.db.dump import DumpError, restore_dump, write_dump
from socle.archive import DUMP, FILES, KEY, MANIFEST, ArchiveWriter, unpack, writing
from socle.backup import back_up, restore
from socle.databases import DatabaseUrls
from socle.installation import Loaded, load
from socle.refusal import Refused
from tests.adapters.db.arrange import add_organisation
from tests.cluster import TestCluster
from tests.installation import unique

PASSWORD = "un mot:de/passe@"
ESCAPED = "un%20mot%3Ade%2Fpasse%40"


class Backed(NamedTuple):
    """A backup, and what it was taken of."""

    file: Path
    loaded: Loaded
    urls: DatabaseUrls


def urls_of(found: Any) -> DatabaseUrls:
    """A database of the test cluster, as the commands name it."""
    return DatabaseUrls(found.app, found.owner, embedded=False)


@pytest.fixture(scope="module")
async def backed(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Backed]:
    """A backup of an installation with an organisation, two kept files and a link that is none."""
    name = unique("guarded")
    urls = urls_of(cluster.clone(name))
    owner = await asyncpg.connect(urls.owner)
    await add_organisation(owner)
    await owner.execute("insert into job_worker (id, host, process, running) values (gen_random_uuid(), 'h', 1, 0)")
    await owner.close()
    home = tmp_path_factory.mktemp("guarded")
    folder = home / FILES / "a"
    folder.mkdir(parents=True)
    (folder / "one").write_bytes(b"1" * 1000)
    (folder / "two").write_bytes(b"2")
    secret = home / "outside"
    secret.write_bytes(b"not a kept file")
    (folder / "link").symlink_to(secret)
    loaded = load(home, {})
    await asyncio.to_thread(back_up, loaded, urls, home / "whole.socle")
    yield Backed(home / "whole.socle", loaded, urls)
    cluster.drop(name)


@pytest.fixture
async def target(cluster: TestCluster) -> AsyncIterator[DatabaseUrls]:
    """An empty database to restore into."""
    name = unique("target")
    yield urls_of(cluster.create(name))
    cluster.drop(name)


class Packed:
    """The members of a backup, to be changed and packed again. The manifest names them as they are when it is packed,
    unless `honest` is taken away."""

    def __init__(self, file: Path) -> None:
        with tarfile.open(file) as source:
            self.members = {info.name: source.extractfile(info).read() for info in source if info.isreg()}  # type: ignore[union-attr]
        self.extra: list[tuple[tarfile.TarInfo, bytes]] = []

    def pack(self, file: Path) -> Path:
        """Write the archive."""
        manifest = json.loads(self.members[MANIFEST])
        manifest["members"] = {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in self.members.items()
            if name != MANIFEST
        }
        self.members[MANIFEST] = json.dumps(manifest).encode()
        return self.pack_as_it_is(file)

    def pack_as_it_is(self, file: Path) -> Path:
        """Write the archive with the manifest that is there."""
        with tarfile.open(file, "w:gz") as packed:
            for name, data in self.members.items():
                self._add(packed, tarfile.TarInfo(name), data)
            for info, data in self.extra:
                self._add(packed, info, data)
        return file

    @staticmethod
    def _add(packed: tarfile.TarFile, info: tarfile.TarInfo, data: bytes) -> None:
        info.size = len(data)
        packed.addfile(info, io.BytesIO(data))


def refused(file: Path, folder: Path) -> str:
    """What unpacking says that refuses a file."""
    folder.mkdir()
    with pytest.raises(Refused, match="nothing was changed") as told:
        unpack(file, folder)
    return told.value.sentences[0]


async def restored(backed: Backed, file: Path, urls: DatabaseUrls, home: Path, *, replace: bool = False) -> list[str]:
    """Restore a file into a home."""

    def run() -> list[str]:
        home.mkdir(exist_ok=True)
        return restore(load(home, {}), urls, file, replace=replace)

    return await asyncio.to_thread(run)


async def ask(url: str, query: str) -> Any:
    """The first value that a query gives."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_a_backup_holds_the_database_then_files_and_key_and_follows_no_link(backed: Backed) -> None:
    with tarfile.open(backed.file) as packed:
        names = packed.getnames()
    assert names == [DUMP, f"{FILES}/a/one", f"{FILES}/a/two", KEY, MANIFEST]


def test_a_file_that_goes_away_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x")
    with writing(tmp_path / "some.socle") as archive:
        assert isinstance(archive, ArchiveWriter)
        assert archive.add(f"{FILES}/there", tmp_path / "there")
        assert not archive.add(f"{FILES}/gone", tmp_path / "gone")
        assert archive.members.keys() == {f"{FILES}/there"}
    with tarfile.open(tmp_path / "some.socle") as packed:
        assert packed.getnames() == [f"{FILES}/there"]


def test_a_backup_without_a_database_is_refused(backed: Backed, tmp_path: Path) -> None:
    packed = Packed(backed.file)
    del packed.members[DUMP]
    refused(packed.pack(tmp_path / "x.socle"), tmp_path / "x")


@pytest.mark.parametrize("name", ["autre", "keys/other.key", "files/../other", "/files/x", "keys", "../x"])
def test_a_member_that_no_backup_has_is_refused(backed: Backed, tmp_path: Path, name: str) -> None:
    packed = Packed(backed.file)
    packed.members[name] = b"x"
    said = refused(packed.pack(tmp_path / "x.socle"), tmp_path / "x")
    assert f"it holds {name!r}" in said
    assert not (tmp_path / "x" / name.lstrip("/")).is_file()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_member_that_is_no_file_is_refused(backed: Backed, tmp_path: Path, kind: bytes) -> None:
    packed = Packed(backed.file)
    info = tarfile.TarInfo(f"{FILES}/x")
    info.type, info.linkname = kind, "/etc/passwd" if kind == tarfile.SYMTYPE else DUMP
    packed.extra.append((info, b""))
    assert f"it holds '{FILES}/x'" in refused(packed.pack(tmp_path / "x.socle"), tmp_path / "x")


def test_a_member_that_comes_twice_is_refused(backed: Backed, tmp_path: Path) -> None:
    packed = Packed(backed.file)
    packed.extra.append((tarfile.TarInfo(f"{FILES}/a/one"), packed.members[f"{FILES}/a/one"]))
    refused(packed.pack(tmp_path / "x.socle"), tmp_path / "x")


@pytest.mark.parametrize("manifest", [b"[]", b"null", b"{}", b'{"format": 1}', b"\xff", b"", b'{"format": 1, "made'])
def test_a_manifest_that_is_none_is_refused(backed: Backed, tmp_path: Path, manifest: bytes) -> None:
    packed = Packed(backed.file)
    packed.members[MANIFEST] = manifest
    refused(packed.pack_as_it_is(tmp_path / "x.socle"), tmp_path / "x")


async def test_a_dump_that_cannot_be_read_to_its_end_leaves_the_database_as_it_was(
    backed: Backed, cluster: TestCluster, tmp_path: Path
) -> None:
    """Its manifest agrees with it: the fault was there when the backup was packed."""
    name = unique("kept")
    urls = urls_of(cluster.clone(name))
    await ask(urls.owner, "create table stray (n int)")
    for number, part in enumerate((0.999, 0.9, 0.5, 0.001)):
        packed = Packed(backed.file)
        packed.members[DUMP] = packed.members[DUMP][: int(len(packed.members[DUMP]) * part)]
        file = packed.pack(tmp_path / "x.socle")
        with pytest.raises(Refused, match="as it was"):
            await restored(backed, file, urls, tmp_path / f"home-{number}", replace=True)
        assert await ask(urls.owner, "select to_regclass('stray') is not null")
        assert await ask(urls.owner, "select count(*) from organisation") == 0
        assert not (tmp_path / f"home-{number}" / FILES).exists()
    cluster.drop(name)


async def test_a_database_that_writes_values_otherwise_restores_the_same(
    backed: Backed, cluster: TestCluster, target: DatabaseUrls, tmp_path: Path
) -> None:
    """Checksums are of the values and not of how a database is set to show them."""
    name = target.owner.partition("@/")[2].partition("?")[0]
    for setting in ("timezone = 'Asia/Tokyo'", "bytea_output = 'escape'", "datestyle = 'SQL, DMY'"):
        await ask(cluster.cluster.url("postgres", "postgres"), f'alter database "{name}" set {setting}')
    told = await restored(backed, backed.file, target, tmp_path / "home")
    assert told[1].startswith("Row counts and checksums of every table")
    assert await ask(target.owner, "select count(*) from organisation where name = 'Société'") == 1
    assert await ask(target.owner, "select count(*) from job_worker") == 0, "signs of life are not kept"
    file = tmp_path / "again.socle"
    await asyncio.to_thread(back_up, load(tmp_path / "home", {}), target, file)
    before, after = (json.loads(Packed(each).members[MANIFEST])["database"] for each in (backed.file, file))
    seeded = {"organisation", "role", "installation_fact"}
    same = [[each for each in found["tables"] if each["name"] not in seeded] for found in (before, after)]
    assert same[0] == same[1]


async def test_what_is_restored_is_its_owners_alone(backed: Backed, target: DatabaseUrls, tmp_path: Path) -> None:
    home = tmp_path / "home"
    await restored(backed, backed.file, target, home)
    modes = {name: stat.S_IMODE((home / name).stat().st_mode) for name in ("keys", KEY, FILES, f"{FILES}/a/one")}
    assert modes == {"keys": 0o700, KEY: 0o600, FILES: 0o700, f"{FILES}/a/one": 0o600}


async def test_files_of_before_give_way_to_the_backups_on_demand_only(
    backed: Backed, target: DatabaseUrls, tmp_path: Path
) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / FILES / "old" / "deep").mkdir(parents=True)
    (home / FILES / "old" / "deep" / "x").write_bytes(b"x")
    outside.mkdir()
    (outside / "kept").write_bytes(b"x")
    (home / FILES / "link").symlink_to(outside)
    with pytest.raises(Refused, match="is not empty: give --replace to have its files removed"):
        await restored(backed, backed.file, target, home)
    assert (home / FILES / "old" / "deep" / "x").exists()
    await restored(backed, backed.file, target, home, replace=True)
    found = sorted(path.relative_to(home / FILES).as_posix() for path in (home / FILES).rglob("*"))
    assert found == ["a", "a/one", "a/two"]
    assert (outside / "kept").exists(), "a link is removed, not what it leads to"


async def test_a_restore_waits_for_a_lock_and_not_for_ever(
    backed: Backed, cluster: TestCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "LOCK_SECONDS", 1)
    name = unique("locked")
    urls = urls_of(cluster.clone(name))
    manifest = unpack(backed.file, tmp_path)
    owner = await asyncpg.connect(urls.owner)
    try:
        async with owner.transaction(), asyncio.timeout(30):
            await owner.execute("lock table organisation in access share mode")
            with pytest.raises(DumpError, match="lock timeout"):
                await restore_dump(urls.owner, urls.app, tmp_path / DUMP, manifest.database, replace=True)
        assert await owner.fetchval("select to_regclass('organisation') is not null")
    finally:
        await owner.close()
    cluster.drop(name)


class Programs:
    """Programs in place of PostgreSQL's: `pg_dump` tells the version it is given, notes how it is called, and fails."""

    def __init__(self, folder: Path, version: int) -> None:
        self.folder = folder
        self.called = folder / "called"
        program = folder / "pg_dump"
        program.write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) {version}.1" && exit 0\n'
            f'printf "%s\\n" "$PGPASSWORD" "$@" > "{self.called}"\nexit 1\n',
            encoding="utf-8",
        )
        program.chmod(0o700)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts programs of a version in place of the wheel's."""

    def put(version: int) -> Programs:
        made = Programs(tmp_path, version)
        monkeypatch.setattr(dump, "programs", lambda: made.folder)
        return made

    return put


async def test_a_server_that_is_newer_than_our_programs_is_refused(
    backed: Backed, target: DatabaseUrls, tmp_path: Path, programs: Any
) -> None:
    used = programs(14)
    for attempt in (
        asyncio.to_thread(back_up, backed.loaded, backed.urls, tmp_path / "x.socle"),
        restored(backed, backed.file, target, tmp_path / "home"),
    ):
        with pytest.raises(Refused, match="use pg_dump and pg_restore of that version"):
            await attempt
    assert not used.called.exists()
    assert not (tmp_path / "x.socle").exists()


async def test_a_password_is_told_to_the_program_and_to_nobody_else(
    backed: Backed, tmp_path: Path, programs: Any
) -> None:
    used = programs(99)
    secret = backed.urls.owner.replace("@", f":{ESCAPED}@", 1)
    with pytest.raises(DumpError, match="cannot be dumped"):
        await write_dump(secret, tmp_path / DUMP)
    password, *arguments = used.called.read_text(encoding="utf-8").splitlines()
    assert password == PASSWORD
    assert [each for each in arguments if each.startswith("--dbname=")] == [f"--dbname={backed.urls.owner}"]
    assert not [each for each in arguments if "passe" in each]
    assert "PGPASSWORD" not in os.environ


async def test_without_the_owners_url_nothing_is_begun(backed: Backed, target: DatabaseUrls, tmp_path: Path) -> None:
    alone = DatabaseUrls(target.app, "", embedded=False)
    with pytest.raises(Refused, match="SOCLE_DATABASE_OWNER_URL is missing: a restored database"):
        await restored(backed, backed.file, alone, tmp_path / "home")
    with pytest.raises(Refused, match="SOCLE_DATABASE_OWNER_URL is missing: a backup"):
        await asyncio.to_thread(back_up, backed.loaded, alone, tmp_path / "x.socle")
    assert not (tmp_path / "x.socle").exists()
    assert not (tmp_path / "x.socle.part").exists()
