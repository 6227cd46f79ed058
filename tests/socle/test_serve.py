"""`socle serve` through its life: started, loaded, hurt, killed, stopped."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, unique
from tests.server import Server, assert_gone, clean_environment, serving

RESIDENT_LIMITS = {"ekigega": 150, "full": 175}
"""How many MiB a web process may hold, by edition (docs/adr/0010)."""


@pytest.fixture(scope="module")
def served_urls(cluster: TestCluster) -> DatabaseUrls:
    """A migrated database for the servers of this module."""
    return cluster.clone(unique("served"))


def until(condition: object, seconds: float = 20) -> None:
    """Wait until a callable returns something true."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def postgres_of(home: Path) -> list[psutil.Process]:
    """The embedded server's processes that run on a home."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(home / "postgres") in (process.info["cmdline"] or ()) and process.status() != psutil.STATUS_ZOMBIE
    ]


def test_an_embedded_server_lives_dies_and_comes_back(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """First start, a restart on the existing home, a kill without a word, and a restart after it."""
    home = tmp_path / "home"
    server = Server(home, {}, worker=True)
    request.addfinalizer(server.stop)
    print(f"\nfirst start: {server.start():.2f} s")
    body = {"nom": "Gardée", "secteur": "x", "type": "SARL", "adresse": "Cotonou", "taille": 1}
    assert httpx.post(f"{server.base_url}/api/tenants/", json=body, timeout=10).status_code == 201
    server.stop()
    assert postgres_of(home) == []

    print(f"restart on an existing home: {server.start():.2f} s")

    family = server.kill()
    assert family
    assert_gone(family, 20)
    server.process.wait()

    server.start()
    names = [each["nom"] for each in httpx.get(f"{server.base_url}/api/tenants/", timeout=10).json()["results"]]
    assert "Gardée" in names
    server.stop()
    assert postgres_of(home) == []


@pytest.mark.parametrize("edition", RESIDENT_LIMITS)
def test_a_web_process_stays_small(served_urls: DatabaseUrls, tmp_path: Path, edition: str) -> None:
    with serving(tmp_path / "home", served_urls, SOCLE_EDITION=edition) as server:
        email = f"{unique('petit')}@example.com"
        with httpx.Client(base_url=server.base_url, timeout=60) as client:
            tenant = {"nom": unique("Petite"), "secteur": "x", "type": "SARL", "adresse": "Cotonou", "taille": 1}
            key = client.post("/api/tenants/", json=tenant).json()["id"]
            passwords = {"password": PASSWORD, "password2": PASSWORD}
            registration = {"email": email, "role": "ADMIN", "entreprise": key, **passwords}
            token = client.post("/api/auth/register/", json=registration).json()["access"]
            client.headers["authorization"] = f"Bearer {token}"
            for path in ("/api/produits/", "/api/ventes/", "/swagger.json", "/swagger/", "/metrics", "/api/logs/"):
                for _ in range(30):
                    assert client.get(path).status_code == 200
        (process,) = server.web_processes()
        resident = process.memory_info().rss / 2**20
        print(f"\none web process of {edition}: {resident:.0f} MiB")
        assert resident < RESIDENT_LIMITS[edition]


def test_a_killed_worker_and_a_killed_web_process_are_replaced(served_urls: DatabaseUrls, tmp_path: Path) -> None:
    with serving(tmp_path / "home", served_urls, processes=2, worker=True) as server:
        worker = server.worker_process()
        worker.kill()
        until(lambda: [each for each in server.workers() if each != worker])

        before = server.web_processes()
        assert len(before) == 2
        before[0].kill()
        until(lambda: len({each.pid for each in server.web_processes()} - {before[0].pid}) == 2)
        server.wait_ready(time.monotonic() + 20)
        assert server.process.poll() is None


async def test_sigterm_lets_a_request_in_flight_finish(served_urls: DatabaseUrls, tmp_path: Path) -> None:
    with serving(tmp_path / "home", served_urls) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        body = b'{"nom":"En vol","secteur":"x","type":"SARL","adresse":"Cotonou","taille":1}'
        head = f"POST /api/tenants/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/json\r\n\r\n"
        writer.write(head.encode() + body[:10])
        await writer.drain()
        await asyncio.sleep(0.5)
        os.kill(server.process.pid, signal.SIGTERM)
        await asyncio.sleep(0.5)
        writer.write(body[10:])
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(65536), 10)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 201"), answer[:200]
        family = server.family() if server.process.poll() is None else []
        assert server.process.wait(20) == 0
        assert_gone(family, 2)


def test_a_web_process_that_is_told_to_stop_while_it_starts_ends(tmp_path: Path) -> None:
    """A forked process has its parent's handlers, which note the signal and change nothing."""
    program = (
        "import signal, socle.asgi\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "try:\n    socle.asgi.build()\nexcept Exception: pass\n"
        "print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    )
    environment = clean_environment(SOCLE_HOME=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_sigterm_while_starting_leaves_nothing_behind(tmp_path: Path) -> None:
    for delay in (0.4, 0.9, 1.6):
        home = tmp_path / f"home-{delay}"
        server = Server(home, {}, worker=True, processes=2)
        server.launch()
        time.sleep(delay)
        family = server.family()
        server.process.send_signal(signal.SIGTERM)
        try:
            server.process.wait(20)
        finally:
            server.process.kill()
            assert_gone(family, 20)
        assert postgres_of(home) == []


def test_a_worker_that_is_told_to_stop_while_it_starts_stops_its_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "socle", "worker", "--home", str(home)]
    with subprocess.Popen(command, env=clean_environment(), stderr=subprocess.DEVNULL) as worker:
        try:
            until(lambda: worker.poll() is not None or (home / "postgres" / "postmaster.pid").exists(), 60)
            worker.send_signal(signal.SIGTERM)
            code = worker.wait(30)
        finally:
            worker.kill()
            left = postgres_of(home)
            for process in left:
                process.kill()
    assert left == []
    assert code == 128 + signal.SIGTERM


def test_the_documents_process_ends_with_the_server(served_urls: DatabaseUrls, tmp_path: Path) -> None:
    with serving(tmp_path / "home", served_urls) as server, ThreadPoolExecutor(1) as aside:
        asked = aside.submit(httpx.get, f"{server.base_url}/swagger.json", timeout=60)
        until(lambda: [each for each in server.family() if "openapi" in " ".join(each.cmdline())])
        server.stop()
        assert asked.exception(60) is not None or asked.result().status_code >= 200
