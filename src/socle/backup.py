"""`socle backup` and `socle restore`: everything of an installation in one file."""

import asyncio
import hashlib
import hmac
import shutil
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg

from adapters.db.dump import DumpError, analyze, require_target, restore_dump, write_dump
from adapters.db.history import MigrationError
from adapters.db.migrate import pending_after
from socle.archive import DUMP, FILES, KEY, Manifest, unpack, writing
from socle.databases import DatabaseUrls
from socle.installation import Loaded
from socle.keys import secret_key
from socle.migration import prepare
from socle.refusal import Refused
from socle.registry import discover, migration_folders


def back_up(loaded: Loaded, urls: DatabaseUrls, file: Path) -> str:
    """Write a backup and return a sentence about it; the server may run meanwhile. Raises `Refused`."""
    _require_owner(urls, "backup")
    file = file.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix=".socle-backup-", dir=file.parent) as scratch:
            manifest = _write(loaded, urls, file, Path(scratch) / DUMP)
    except DumpError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror or error}.") from error
    size = file.stat().st_size / 1e6
    return f"Wrote {file} ({size:.1f} MB): {_contents(manifest)}."


def _write(loaded: Loaded, urls: DatabaseUrls, file: Path, dump: Path) -> Manifest:
    with writing(file) as archive:
        made_at = datetime.now(UTC)
        content = asyncio.run(write_dump(urls.owner, dump))
        if not content.revisions:
            raise Refused("The database holds no installation: there is nothing to back up.")
        archive.add(DUMP, dump)
        dump.unlink()
        # Files after the database: every file that a row of the snapshot names is there by now.
        bucket = loaded.settings.storage.bucket
        folder = loaded.home / FILES
        if not bucket:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    archive.add(f"{FILES}/{path.relative_to(folder).as_posix()}", path)
        kept = loaded.secrets.secret_key is None
        key = secret_key(loaded)
        if kept:
            archive.add(KEY, loaded.home / KEY)
        manifest = Manifest(
            socle=version("socle"),
            made_at=made_at,
            database=content,
            bucket=bucket,
            key_included=kept,
            key_fingerprint=_fingerprint(key),
            members=archive.members,
        )
        archive.add_manifest(manifest)
    return manifest


def restore(loaded: Loaded, urls: DatabaseUrls, file: Path, *, replace: bool) -> list[str]:
    """Restore a backup and return sentences about it. Raises `Refused`; until the file is checked whole, and the
    database's content proved against its manifest, nothing is changed."""
    _require_owner(urls, "restored database")
    with tempfile.TemporaryDirectory(prefix=".socle-restore-", dir=loaded.home) as folder:
        scratch = Path(folder)
        manifest = unpack(file, scratch)
        try:
            pending_after(manifest.database.revisions, migration_folders(discover().plugins.values()))
            _require_home(loaded, scratch, manifest, replace=replace)
            asyncio.run(_restore_database(urls, scratch / DUMP, manifest, replace=replace))
        except (DumpError, MigrationError) as error:
            raise Refused(str(error)) from error
        _place(loaded, scratch, manifest)
    applied = asyncio.run(prepare(loaded, urls))
    try:
        asyncio.run(analyze(urls.owner))
    except asyncpg.PostgresError as error:
        raise Refused(f"The backup is restored, but the database cannot be analyzed: {error}.") from error
    return list(_told(loaded, manifest, applied))


async def _restore_database(urls: DatabaseUrls, dump: Path, manifest: Manifest, *, replace: bool) -> None:
    await require_target(urls.owner, urls.app, manifest.database, replace=replace)
    await restore_dump(urls.owner, urls.app, dump, manifest.database, replace=replace)


def _require_owner(urls: DatabaseUrls, what: str) -> None:
    if not urls.owner:
        raise Refused(f"SOCLE_DATABASE_OWNER_URL is missing: a {what} needs the database's owner.")


def _require_home(loaded: Loaded, scratch: Path, manifest: Manifest, *, replace: bool) -> None:
    """Raise `Refused` where the home holds what the backup would take the place of."""
    if replace:
        return
    files = loaded.home / FILES
    if manifest.files_included and files.is_dir() and any(files.iterdir()):
        raise Refused(f"{files} is not empty: give --replace to have its files removed for the backup's.")
    key = loaded.home / KEY
    if manifest.key_included and key.exists() and key.read_bytes() != (scratch / KEY).read_bytes():
        raise Refused(f"{key} is another installation's: give --replace to have the backup's take its place.")


def _place(loaded: Loaded, scratch: Path, manifest: Manifest) -> None:
    """Move files and key from where they were unpacked, on the same file system, to their places."""
    if manifest.files_included:
        files = loaded.home / FILES
        (scratch / FILES).mkdir(exist_ok=True, mode=0o700)
        if files.exists():
            _empty(files)
        files.mkdir(exist_ok=True, mode=0o700)
        for entry in (scratch / FILES).iterdir():
            shutil.move(entry, files / entry.name)
    if manifest.key_included:
        key = loaded.home / KEY
        key.parent.mkdir(exist_ok=True, mode=0o700)
        (scratch / KEY).replace(key)


def _empty(folder: Path) -> None:
    """Empty a folder that may be a volume of its own, and so cannot be replaced."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _told(loaded: Loaded, manifest: Manifest, applied: list[str]) -> list[str]:
    told = [
        f"Restored the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC, Socle {manifest.socle}: {_contents(manifest)}.",
        "Row counts and checksums of every table, and of every file, agree with its manifest.",
    ]
    if applied:
        told.append(f"Migrated it from there: {', '.join(applied)}.")
    if _fingerprint(secret_key(loaded)) != manifest.key_fingerprint:
        told.append(
            "SOCLE_SECRET_KEY is not the key that the backup was made with: sessions end, and second factors cannot be "
            "read. Give the former key to keep them."
        )
    return told


def _contents(manifest: Manifest) -> str:
    database = manifest.database
    parts = [f"{len(database.tables)} tables with {database.rows} rows"]
    parts.append(
        f"{manifest.files} files" if manifest.files_included else f"no files (bucket {manifest.bucket} keeps them)"
    )
    parts.append("the secret key" if manifest.key_included else "without the secret key (SOCLE_SECRET_KEY gives it)")
    return ", ".join(parts)


def _fingerprint(key: bytes) -> str:
    return hmac.new(key, b"socle backup", hashlib.sha256).hexdigest()[:32]
