"""`make bench`: the requests of ekigega's commerce, each as a ratio to the health check of the same run.

A home of its own, embedded PostgreSQL, one web process, one tenant with 20,000 products.
"""

import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from adapters.db import embedded
from benchmarks.load import Figures, Request, request_bytes, run

PRODUCTS = 20_000
SECONDS = float(os.environ.get("SOCLE_BENCH_SECONDS", "5"))

_FILL = """
with p as (
    insert into produit (id, entreprise, nom, categorie, prix, quantite, created_at)
    select gen_random_uuid(), $1, 'Produit ' || n, 'Catégorie ' || n % 40, n % 900 + 1, 1000000,
           now() - n * interval '1 minute'
    from generate_series(1, $2::int) n returning id
), c as (
    insert into partner (id, entreprise, type, nom, prenom, email, telephone, adresse)
    values (gen_random_uuid(), $1, 'client', 'Client', '', '', '', '') returning id
) select (select array_agg(id) from (select id from p limit 100) few), (select id from c)
"""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "socle", "serve", "--home", str(home), "--port", str(port), "--no-worker"],
        env={**os.environ, "SOCLE_LOG_LEVEL": "warning"},
        stdout=subprocess.DEVNULL,
    )
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return server
        except httpx.TransportError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit("the server did not start")


def post(port: int, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post JSON and return the answer."""
    answer = httpx.post(f"http://127.0.0.1:{port}{path}", json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


async def measure(home: Path, port: int) -> dict[str, Figures]:
    """Fill a tenant and load every request in turn."""
    company = post(port, "/api/tenants/", {"nom": "Banc d'essai"})
    secret = "Banc-Essai-2026"
    who = {"email": "banc@example.com", "password": secret, "password2": secret, "role": "ADMIN"}
    token = post(port, "/api/auth/register/", {**who, "entreprise": company["id"]})["access"]
    cluster = await asyncio.to_thread(embedded.start, home)
    owner = await asyncpg.connect(cluster.url())
    products, client = await owner.fetchrow(_FILL, company["id"], PRODUCTS)
    await owner.execute("analyze")
    await owner.close()
    line = [{"produit": str(product), "quantite": 1} for product in products[:3]]
    sale = json.dumps({"client": str(client), "statut": "payee", "items": line}).encode()
    login = json.dumps({"email": who["email"], "password": secret}).encode()

    def get(path: str, status: int = 200) -> Request:
        return Request(lambda _: request_bytes("GET", path, token), status)

    requests = {
        "health check": get("/"),
        "product list, page of 25, exact count": get("/api/produits/?page_size=25"),
        "product detail": get(f"/api/produits/{products[0]}/"),
        "search + category + ordering": get(
            "/api/produits/?search=produit%2019&categorie=cat%C3%A9gorie%2019&ordering=prix"
        ),
        "create a sale of 3 items": Request(lambda _: request_bytes("POST", "/api/ventes/", token, sale), 201),
        "sales list with items": get("/api/ventes/?page_size=25"),
        "login": Request(lambda _: request_bytes("POST", "/api/auth/login/", token, login)),
    }
    figures = {}
    for name, request in requests.items():
        await run(port, request, connections=4, seconds=0.5)
        figures[name] = await run(port, request, seconds=SECONDS)
    await asyncio.to_thread(cluster.stop)
    return figures


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="socle-bench-") as folder:
        home, port = Path(folder) / "home", free_port()
        server = start(home, port)
        try:
            figures = asyncio.run(measure(home, port))
            status = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            memory = max(int(Path(f"/proc/{child}/statm").read_text().split()[1]) * 4 // 1024 for child in status)
        finally:
            server.terminate()
            server.wait(30)
    base = figures["health check"].requests_per_second
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; 16 connections")
    print(f"{'request':<40} {'req/s':>8} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'failed':>7}")
    for name, each in figures.items():
        speed = each.requests_per_second
        print(f"{name:<40} {speed:>8.0f} {speed / base:>7.3f} {each.p50:>8.1f} {each.p99:>8.1f} {each.failures:>7}")
    print(f"web process: {memory} MiB")


main()
