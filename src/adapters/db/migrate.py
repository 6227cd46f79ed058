"""The schema's history: bringing a database to the present, and telling what it lacks.

One linear Alembic history in `migrations/` holds the kernel's tables and those of all first-party plugins, enabled or
not: switching a plugin on or off never touches the schema. A third-party plugin brings a branch of its own in a folder
of its own.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from adapters.db.history import MigrationError, migrations_folder
from adapters.db.queue_tables import create_queue_tables
from adapters.db.roles import ensure_roles, grant_tables, password_of, role_of

KERNEL_ROWS = (
    "adapters.db.accounts",
    "adapters.db.organisations",
    "adapters.db.audit",
    "adapters.db.jobs",
    "adapters.db.tallies",
    "adapters.db.files",
    "adapters.db.payments",
    "adapters.db.usage",
)
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")
OLDEST_SERVER = 15
_LOCK = 0x50C1E


def row_modules(package: str) -> list[str]:
    """The `store` modules of a package, found on disk: every one that declares rows for the history."""
    found: set[str] = set()
    for root in importlib.import_module(package).__path__:
        for file in (*Path(root).rglob("store.py"), *Path(root).rglob("store/__init__.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found.add(".".join((package, *(parts[:-1] if parts[-1] == "__init__" else parts))))
    return sorted(found)


def load_rows(modules: Sequence[str]) -> None:
    """Import the kernel's rows and those of the named modules, so that the metadata and the grants know them."""
    for name in (*KERNEL_ROWS, *modules):
        importlib.import_module(name)


def configuration(owner_url: str = "", version_locations: Sequence[Path] = ()) -> Config:
    """Alembic's configuration; there is no `alembic.ini`."""
    folder = migrations_folder()
    config = Config()
    config.set_main_option("script_location", _escaped(folder))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join(_escaped(path) for path in (folder / "versions", *version_locations))
    )
    config.attributes["owner_url"] = owner_url
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


@lru_cache(maxsize=8)
def _history(version_locations: tuple[Path, ...]) -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration("", version_locations))


async def upgrade(
    owner_url: str, app_url: str, *, rows: Sequence[str] = (), version_locations: Sequence[Path] = ()
) -> list[str]:
    """Bring a database to the present and return the revisions that were applied, oldest first.

    Makes the roles, the extensions, the tables of all first-party plugins and of the queue, and grants the application
    role its privileges. Several processes may call it at once: one works, the others wait. `rows` are the modules
    that declare the plugins' rows (`row_modules("plugins")`), `version_locations` the folders of third-party branches.
    Raises `MigrationError`.
    """
    await asyncio.to_thread(load_rows, rows)
    async with prepared_ground(owner_url, app_url) as connection:
        waiting = await pending_on(connection, version_locations)
        if waiting:
            config = configuration(owner_url, version_locations)
            await asyncio.to_thread(command.upgrade, config, "heads")
        await create_queue_tables(owner_url)
        await grant_tables(connection, role_of(app_url))
    return waiting


@asynccontextmanager
async def prepared_ground(owner_url: str, app_url: str) -> AsyncIterator[Any]:
    """The owner's connection to a database that has Socle's roles and extensions, while no other process migrates or
    restores it. Raises `MigrationError`."""
    role = role_of(app_url)
    if not role or role == role_of(owner_url):
        raise MigrationError(
            "The application needs a database role of its own: name another one in SOCLE_DATABASE_URL than in "
            "SOCLE_DATABASE_OWNER_URL."
        )
    async with _connected(owner_url) as connection:
        await _require_server(connection)
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        try:
            await ensure_roles(connection, role, password_of(app_url))
        except RuntimeError as error:
            raise MigrationError(str(error)) from error
        await _ensure_extensions(connection)
        yield connection


async def downgrade(owner_url: str, revision: str, *, version_locations: Sequence[Path] = ()) -> None:
    """Take a database back to a revision ("base": to nothing)."""
    await asyncio.to_thread(command.downgrade, configuration(owner_url, version_locations), revision)


async def write_revision(owner_url: str, message: str, *, rows: Sequence[str] = ()) -> None:
    """Write a migration from what the rows say and the database lacks, for a person to check."""
    await asyncio.to_thread(load_rows, rows)
    await asyncio.to_thread(command.revision, configuration(owner_url), message, autogenerate=True)


async def pending(url: str, *, version_locations: Sequence[Path] = ()) -> list[str]:
    """The revisions that a database lacks, oldest first; any role that may connect can ask. Raises `MigrationError`
    where the database is ahead of this program."""
    async with _connected(url) as connection:
        return await pending_on(connection, version_locations)


async def pending_on(connection: Any, version_locations: Sequence[Path] = ()) -> list[str]:
    """`pending`, on an asyncpg connection."""
    return pending_after(await applied_on(connection), version_locations)


async def applied_on(connection: Any) -> list[str]:
    """The revisions that a database was brought to: the newest of each branch."""
    if not await connection.fetchval("select to_regclass('public.alembic_version') is not null"):
        return []
    return [record[0] for record in await connection.fetch("select version_num from public.alembic_version")]


def pending_after(applied: Sequence[str], version_locations: Sequence[Path] = ()) -> list[str]:
    """The revisions that a database at some revisions lacks, oldest first. Raises `MigrationError` where it is ahead
    of this program."""
    history = _history(tuple(version_locations))
    known = {script.revision: script for script in history.walk_revisions()}
    unknown = sorted(set(applied) - known.keys())
    if unknown:
        raise MigrationError(
            f"The database was migrated by a newer Socle or by a plugin that is not installed (revision "
            f"{', '.join(unknown)}): install that version."
        )
    done: set[str] = set()
    walk = list(applied)
    while walk:
        revision = walk.pop()
        if revision not in done:
            done.add(revision)
            walk += known[revision]._all_down_revisions  # noqa: SLF001 - parents and dependencies, as Alembic walks
    return [revision for revision in reversed(known) if revision not in done]


async def missing_extensions(connection: Any) -> list[str]:
    """The extensions that the schema needs and the database lacks, or has outside of the schema `public`."""
    found = await connection.fetch(
        "select extname::text from pg_extension where extnamespace = 'public'::regnamespace and extname = any($1)",
        list(EXTENSIONS),
    )
    return sorted(set(EXTENSIONS) - {record[0] for record in found})


async def _ensure_extensions(connection: Any) -> None:
    for name in await missing_extensions(connection):
        try:
            await connection.execute(f"create extension {name} schema public")
        except asyncpg.PostgresError as error:
            raise MigrationError(
                f'The PostgreSQL extension "{name}" is missing ({error}): let an administrator of the database run '
                f"`create extension {name} schema public`."
            ) from error


async def _require_server(connection: Any) -> None:
    version = await connection.fetchval("select current_setting('server_version_num')::int / 10000")
    if version < OLDEST_SERVER:
        raise MigrationError(f"Socle needs PostgreSQL {OLDEST_SERVER} or later; this server is {version}.")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, timeout=30, server_settings={"application_name": "socle migrate"})
    try:
        yield connection
    finally:
        await connection.close()
