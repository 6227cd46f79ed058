"""A database's content as a file of `pg_dump`, and back, proved by row counts and checksums.

PostgreSQL's programs come with the embedded server's wheel and speak to any server that is not newer than they are.
The schema `public` is dumped: its tables, views and functions, without roles, privileges and extensions, which
`adapters.db.migrate` makes. Rows of unlogged tables (rates, workers' signs of life) are left out, as a crash would.
"""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from adapters.db.embedded import programs
from adapters.db.migrate import applied_on, prepared_ground
from adapters.db.roles import password_of, quoted, role_of
from adapters.pipes import close_pipes

TEXT_FORMS = {
    "bytea_output": "hex",
    "datestyle": "ISO, MDY",
    "extra_float_digits": "1",
    "intervalstyle": "postgres",
    "timezone": "UTC",
}
"""What the text of a value depends on: the same on both sides of a comparison."""

CHUNK = 1 << 20
LOCK_SECONDS = 30
_HEAD_LINES = 20
_SINCE_17 = b"SET transaction_timeout = 0;\n"
"""The one line of a restoring script that a server before 17 does not understand."""

_TABLES = """
    select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = any('{r,p}') and c.relpersistence = 'p'
      and not c.relispartition and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    group by c.relname order by c.relname
"""

_DROP = """
do $drop$
declare statement text;
begin
    foreach statement in array (
        select coalesce(array_agg(format('drop %s if exists public.%I cascade',
            case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                when 'f' then 'foreign table' else 'table' end, relname)), '{}')
        from pg_class c
        where relnamespace = 'public'::regnamespace and relkind = any('{r,p,v,m,f,S}')
          and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                          and d.deptype = any('{e,a,i}')))
    loop execute statement; end loop;
    foreach statement in array (
        select coalesce(array_agg(format('drop routine if exists %s cascade', p.oid::regprocedure)), '{}')
        from pg_proc p
        where pronamespace = 'public'::regnamespace
          and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                          and d.deptype = any('{e,a,i}')))
    loop execute statement; end loop;
    foreach statement in array (
        select coalesce(array_agg(format('drop type if exists public.%I cascade', typname)), '{}')
        from pg_type t
        where typnamespace = 'public'::regnamespace and typtype = any('{e,d,r}')
          and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid
                          and d.deptype = any('{e,a,i}')))
    loop execute statement; end loop;
end $drop$;
"""


class DumpError(RuntimeError):
    """A database could not be dumped or restored, and is as it was. The message says why."""


class Table(msgspec.Struct, frozen=True):
    """A table's content: `checksum` is the sum over all rows, in any order, of the first 64 bits of the MD5 of the
    row's text, of `columns` in their order. Generated columns are not among them."""

    name: str
    columns: tuple[str, ...]
    rows: int
    checksum: str


class Content(msgspec.Struct, frozen=True):
    """What a dump holds: the major version of the server it was taken from, the revisions of the schema, the tables."""

    server: int
    revisions: tuple[str, ...]
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)


async def write_dump(owner_url: str, file: Path) -> Content:
    """Write the database's content to a file in pg_dump's custom format and return what it holds, both seen in one
    snapshot; others may write meanwhile. Raises `DumpError`."""
    connection = await _connect(owner_url)
    try:
        server = await _require_programs(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("select pg_export_snapshot()")
            arguments = ("--format=custom", "--compress=gzip:1", "--schema=public", "--no-owner", "--no-privileges")
            without = ("--no-comments", "--no-unlogged-table-data", "--no-publications", "--no-subscriptions")
            dumping = asyncio.create_task(
                _finish(
                    await _spawn(owner_url, "pg_dump", *arguments, *without, f"--snapshot={snapshot}", f"--file={file}")
                )
            )
            try:
                revisions = tuple(sorted(await applied_on(connection)))
                tables = tuple(
                    [await _sum(connection, each["name"], each["columns"]) for each in await connection.fetch(_TABLES)]
                )
            finally:
                await dumping
    except asyncpg.PostgresError as error:
        raise DumpError(f"The database cannot be read: {error}.") from error
    finally:
        await connection.close()
    return Content(server, revisions, tables)


async def require_target(owner_url: str, app_url: str, content: Content, *, replace: bool) -> None:
    """Raise `DumpError` where a dump cannot be restored into a database: the server is older than the dump's or newer
    than our programs, Socle's application is connected, or, without `replace`, there are tables already."""
    connection = await _connect(owner_url)
    try:
        server = await _require_programs(connection)
        if server < content.server:
            raise DumpError(
                f"The backup is of a PostgreSQL {content.server} and this server is a PostgreSQL {server}: restore "
                "into one that is not older."
            )
        if not replace and await connection.fetchval(
            "select exists (select from pg_tables where schemaname = 'public')"
        ):
            raise DumpError("The database is not empty: give --replace to have its content removed for the backup's.")
        users = await connection.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and usename = $1",
            role_of(app_url),
        )
        if users:
            raise DumpError(f"Socle is connected to the database ({users} times): stop its servers and workers first.")
    except asyncpg.PostgresError as error:
        raise DumpError(f"The database cannot be read: {error}.") from error
    finally:
        await connection.close()


async def restore_dump(owner_url: str, app_url: str, file: Path, content: Content, *, replace: bool) -> None:
    """Restore a dump and prove it against `content`, in one transaction: either all of it stands, or the database is
    as it was. `replace` removes what the schema holds before. Privileges are not granted yet: `migrate.upgrade` does.

    Raises `DumpError`, and `MigrationError` where roles or extensions are missing and may not be made.
    """
    async with prepared_ground(owner_url, app_url) as connection:
        server = await _require_programs(connection)
        target = await _spawn(owner_url, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", stdin=PIPE)
        source = await _spawn(
            None, "pg_restore", "--no-owner", "--no-privileges", "--schema=public", "--file=-", str(file), stdout=PIPE
        )
        told = asyncio.create_task(_told(target))
        reading = asyncio.create_task(_told(source))
        try:
            # psql that has stopped at an error closes its end
            with suppress(BrokenPipeError, ConnectionResetError):
                await _feed(target, f"begin; set local lock_timeout = '{LOCK_SECONDS}s';\n{_DROP if replace else ''}")
                await _pump(source, target, recent=server >= 17)
            complaint = await reading
            if await source.wait() == 0:
                with suppress(BrokenPipeError, ConnectionResetError):
                    await _feed(target, f"{_proof(content.tables)}commit;\n")
            _close(target)
            answer = await told
            if await target.wait() != 0:
                raise DumpError(f"The database refused the backup and is as it was: {answer}")
            if source.returncode != 0:
                raise DumpError(f"The dump cannot be read, the database is as it was: {complaint}")
        except BaseException:
            for process in (source, target):
                close_pipes(process)
            raise


async def analyze(owner_url: str) -> None:
    """Give the planner its statistics, and index-only scans their visibility map."""
    connection = await _connect(owner_url)
    try:
        for table in await connection.fetch("select tablename::text from pg_tables where schemaname = 'public'"):
            await connection.execute(f"vacuum (analyze) public.{quoted(table[0])}")
    finally:
        await connection.close()


# checksums


def _sum_of(table: str, columns: Sequence[str]) -> str:
    values = ", ".join(quoted(column) for column in columns)
    return (
        "select count(*), coalesce(sum(('x' || left(md5(r), 16))::bit(64)::bigint::numeric), 0)::text "  # noqa: S608 - quoted
        f"from (select row({values})::text from public.{quoted(table)}) as t(r)"
    )


async def _sum(connection: Any, table: str, columns: list[str]) -> Table:
    rows, checksum = await connection.fetchrow(_sum_of(table, columns))
    return Table(table, tuple(columns), rows, checksum)


def _proof(tables: Sequence[Table]) -> str:
    """SQL that raises where a table is not what it was."""
    lines = [f"set local {name} = '{value}';" for name, value in TEXT_FORMS.items()]
    for table in tables:
        name = table.name.replace("'", "''")
        lines.append(
            "do $proof$ declare n bigint; s text; begin "  # noqa: S608 - our own names and numbers
            f"select * into n, s from ({_sum_of(table.name, table.columns)}) as found; "
            f"if n <> {table.rows} or s <> '{table.checksum}' then "
            f"raise exception 'the table \"%\" holds % rows with the checksum %, the backup % with %', "
            f"'{name}', n, s, {table.rows}, '{table.checksum}'; end if; end $proof$;"
        )
    return "\n".join([*lines, ""])


# programs


async def _connect(url: str) -> Any:
    settings = {**TEXT_FORMS, "application_name": "socle backup", "row_security": "off", "statement_timeout": "0"}
    try:
        return await asyncpg.connect(url, timeout=30, server_settings=settings)
    except (OSError, asyncpg.PostgresError) as error:
        raise DumpError(f"The database cannot be reached: {error}.") from error


async def _require_programs(connection: Any) -> int:
    """Return the server's major version. Raises `DumpError` where it is newer than our programs."""
    server: int = await connection.fetchval("select current_setting('server_version_num')::int / 10000")
    process = await _spawn(None, "pg_dump", "--version", stdout=PIPE)
    output, _ = await process.communicate()
    found = re.search(rb"(\d+)(\.\d+)*\s*$", output)
    ours = int(found.group(1)) if found else 0
    if server > ours:
        raise DumpError(
            f"The server is a PostgreSQL {server} and the programs that come with this Socle are of PostgreSQL {ours}: "
            "use pg_dump and pg_restore of that version."
        )
    return server


async def _spawn(
    url: str | None, program: str, *arguments: str, stdin: int = DEVNULL, stdout: int = DEVNULL
) -> Process:
    """Start a program on a database. The password goes by the environment: everybody may read a command line."""
    given: list[str] = []
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PGCLIENTENCODING": "UTF8", "PGAPPNAME": "socle backup"}
    if url is not None:
        given.append(f"--dbname={_without_password(url)}")
        password = password_of(url)
        if password is not None:
            environment["PGPASSWORD"] = password
    return await asyncio.create_subprocess_exec(
        str(programs() / program), *arguments, *given, stdin=stdin, stdout=stdout, stderr=PIPE, env=environment
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, _, rest = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{name}@{rest}" if user else parts.netloc))


async def _finish(process: Process) -> None:
    """Wait for a program's end. Raises `DumpError` with its last words where it failed."""
    try:
        said = await _told(process)
        if await process.wait() != 0:
            close_pipes(process)
            raise DumpError(f"The database cannot be dumped: {said}")
    except asyncio.CancelledError:
        close_pipes(process)
        raise


async def _told(process: Process) -> str:
    """The last line of what a program says went wrong."""
    assert process.stderr is not None
    lines = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "ERROR" in line or "error:" in line or "FATAL" in line]
    return (errors or lines or ["no reason was given"])[0]


async def _feed(process: Process, sql: str) -> None:
    assert process.stdin is not None
    process.stdin.write(sql.encode())
    await process.stdin.drain()


def _close(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()


async def _pump(source: Process, target: Process, *, recent: bool) -> None:
    """Hand the restoring script on, without what an older server does not understand in its head."""
    assert source.stdout is not None
    assert target.stdin is not None
    if not recent:
        for _ in range(_HEAD_LINES):
            line = await source.stdout.readline()
            target.stdin.write(b"" if line == _SINCE_17 else line)
    while chunk := await source.stdout.read(CHUNK):
        target.stdin.write(chunk)
        await target.stdin.drain()
