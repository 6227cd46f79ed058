"""The embedded PostgreSQL: started at once, again, twice, after a kill, under a long path."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from adapters.db import embedded

STARTER = """
import sys
from pathlib import Path
from adapters.db.embedded import start
cluster = start(Path(sys.argv[1]))
print(cluster.url(), flush=True)
sys.stdin.read()
cluster.stop()
"""


def server(home: Path) -> psutil.Process | None:
    found = embedded._postmaster((home / "postgres").resolve())
    return found[0] if found else None


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of its own: another run of pytest closes the folder above `tmp_path` to the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="socle-test-"))
    yield folder
    process = server(folder)
    if process is not None:
        process.send_signal(signal.SIGQUIT)
        process.wait(10)
    shutil.rmtree(folder)


def ask(url: str, query: str) -> Any:
    async def fetch() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    with embedded.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, fetch()).result()


def start_elsewhere(home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_it_starts_stops_and_keeps_what_was_stored(home: Path) -> None:
    cluster = embedded.start(home)
    owner = cluster.url()
    assert ask(owner, "select version()").startswith("PostgreSQL")
    assert ask(owner, "show jit") == "off"
    assert ask(owner, "show max_connections") == "200"
    assert ask(owner, "show listen_addresses") == ""
    assert ask(owner, "select lower('ÉŒ')") == "éœ"
    assert (
        ask(owner, "select rolsuper or rolcreaterole or rolbypassrls from pg_roles where rolname = current_user")
        is False
    )
    ask(owner, "create table kept as select 1 as one")
    cluster.stop()
    assert server(home) is None
    cluster.stop()

    cluster = embedded.start(home)
    assert ask(cluster.url(), "select one from kept") == 1
    cluster.stop()
    assert server(home) is None


def test_the_data_are_closed_to_other_users(home: Path) -> None:
    cluster = embedded.start(home)
    data = home / "postgres"
    assert data.stat().st_mode & 0o077 == 0
    assert (data / embedded.SOCKET_NAME).is_socket()
    cluster.stop()


def test_processes_that_start_at_once_share_one_server_and_the_last_one_stops_it(home: Path) -> None:
    starters = [start_elsewhere(home) for _ in range(3)]
    urls = {first_line(process) for process in starters}
    assert len(urls) == 1
    running = server(home)
    assert running is not None
    for count, process in enumerate(starters, start=1):
        process.communicate()
        assert process.returncode == 0
        assert (server(home) is None) is (count == len(starters))


def test_a_server_left_over_by_a_killed_process_is_used_and_stopped(home: Path) -> None:
    killed = start_elsewhere(home)
    url = first_line(killed)
    ask(url, "create table kept as select 1 as one")
    killed.kill()
    killed.communicate()
    left = server(home)
    assert left is not None

    cluster = embedded.start(home)
    assert server(home) == left
    assert ask(cluster.url(), "select one from kept") == 1
    cluster.stop()
    assert server(home) is None


def test_a_killed_server_is_recovered(home: Path) -> None:
    cluster = embedded.start(home)
    ask(cluster.url(), "create table kept as select 1 as one")
    running = server(home)
    assert running is not None
    running.kill()
    running.wait(10)
    cluster.stop()

    cluster = embedded.start(home)
    assert ask(cluster.url(), "select one from kept") == 1
    cluster.stop()


def test_a_process_id_that_is_now_anothers_is_not_a_server(home: Path) -> None:
    embedded.start(home).stop()
    lines = [str(os.getpid()), str(home / "postgres"), "0", "5432", str(home / "postgres"), "", "0 0", "ready"]
    (home / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    cluster = embedded.start(home)
    assert ask(cluster.url(), "select 1") == 1
    cluster.stop()


def test_an_interrupted_initialisation_is_begun_again(home: Path) -> None:
    draft = home / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    cluster = embedded.start(home)
    assert ask(cluster.url(), "select 1") == 1
    assert not draft.exists()
    cluster.stop()


def test_a_long_path_gets_its_socket_elsewhere(home: Path) -> None:
    long = home / ("é" * 60)
    cluster = embedded.start(long)
    try:
        assert ask(cluster.url(), "select 1") == 1
        assert not (long / "postgres" / embedded.SOCKET_NAME).exists()
        assert cluster._sockets.stat().st_mode & 0o077 == 0
        again = embedded.start(long)
        assert again.url() == cluster.url()
        again.stop()
        assert server(long) is not None
    finally:
        cluster.stop()
    assert server(long) is None
    assert not cluster._sockets.exists()


def test_a_folder_that_holds_something_else_is_refused(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "letter.txt").write_text("mine")
    with pytest.raises(embedded.EmbeddedError, match="not empty"):
        embedded.start(home)
    assert (home / "postgres" / "letter.txt").read_text() == "mine"


def test_starting_again_is_quick(home: Path) -> None:
    cluster = embedded.start(home)
    began = time.monotonic()
    embedded.start(home).stop()
    assert time.monotonic() - began < 5
    assert server(home) is not None
    cluster.stop()
