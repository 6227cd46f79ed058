"""Both documentation pages in a real browser: operations are shown, no policy is violated, nothing leaves the
server."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
CHROMIUM = ["/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
CHROMIUM += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
CHROMIUM += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=15000"]

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of a server of the documented API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "tests.adapters.http.documentation.served:app"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def requested(log: Path, origin: str) -> list[str]:
    """The URLs that the page itself asked for. The browser's own errands have no initiator."""
    recorded: dict[str, Any] = json.loads(log.read_text())
    kind = recorded["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    jobs = [event.get("params", {}) for event in recorded["events"] if event["type"] == kind]
    return [job["url"] for job in jobs if job.get("initiator") == origin]


@pytest.mark.parametrize("page", ["swagger/", "swagger/#/Produits/create_produit", "redoc/"])
def test_a_page_shows_the_operations_and_asks_nobody_else(page: str, origin: str, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    shown = subprocess.run(
        [
            *CHROMIUM,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--log-net-log={log}",
            "--enable-logging=stderr",
            "--dump-dom",
            f"{origin}/{page}",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    for text in ("Lister les produits", "Créer un produit", "Modifier un produit"):
        assert text in shown.stdout
    if "#" in page or page == "redoc/":
        assert "Idempotency-Key" in shown.stdout
        assert "Riz parfumé" in shown.stdout
    complaints = [line for line in shown.stderr.splitlines() if ":CONSOLE" in line and "Deprecated" not in line]
    assert complaints == []
    asked = requested(log, origin)
    assert any(url.endswith("/swagger.json") for url in asked)
    assert [url for url in asked if not url.startswith(f"{origin}/")] == []
