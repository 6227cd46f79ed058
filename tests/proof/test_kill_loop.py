"""Rounds of sales in which the server, a web process or a worker is killed without a word: what was answered with 201
is there, what was not sold is in stock, nothing else. A few rounds under `make test`, many under `make proof`."""

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.installation import PASSWORD, unique
from tests.server import Server, assert_gone

pytestmark = pytest.mark.proof

ROUNDS = 40 if os.environ.get("SOCLE_PROOF") else 3
STOCK = 1_000_000
VICTIMS = ("server", "web", "worker")


class Ledger:
    """What clients were told."""

    def __init__(self) -> None:
        self.told: set[str] = set()
        self.unknown = 0


async def sell_until(api: httpx.AsyncClient, order: dict[str, Any], ledger: Ledger, ends: float) -> None:
    """Make one sale after the other; an answer that never comes may have been a sale."""
    while time.monotonic() < ends:
        try:
            answer = await api.post("/api/ventes/", json=order)
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
        except httpx.TransportError:
            ledger.unknown += 1
        else:
            assert answer.status_code in (201, 503), answer.text
            if answer.status_code == 201:
                ledger.told.add(answer.json()["id"])


async def sold(api: httpx.AsyncClient) -> set[str]:
    """The ids of all sales, page by page."""
    found: set[str] = set()
    path: str | None = "/api/ventes/?page_size=100"
    while path:
        page = (await api.get(path)).json()
        found |= {each["id"] for each in page["results"]}
        path = page["next"]
    return found


async def test_what_was_answered_survives_every_kill(tmp_path: Path) -> None:
    chance = random.Random(20_261_121)
    server = Server(tmp_path / "home", {}, processes=2, worker=True)
    server.start()
    ledger = Ledger()
    try:
        async with httpx.AsyncClient(base_url=server.base_url, timeout=20) as api:

            async def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
                answer = await api.post(path, json=body)
                assert answer.status_code == 201, answer.text
                content: dict[str, Any] = answer.json()
                return content

            tenant = {"nom": unique("Preuve"), "secteur": "x", "type": "SARL", "adresse": "Cotonou", "taille": 1}
            key = (await made("/api/tenants/", tenant))["id"]
            passwords = {"password": PASSWORD, "password2": PASSWORD}
            account = {"email": f"{unique('p')}@example.com", "role": "ADMIN", "entreprise": key, **passwords}
            # a session of the registration's 15 minutes outlives the reduced count; the full one signs in again
            credentials = {"email": account["email"], "password": PASSWORD}
            await made("/api/auth/register/", account)
            api.cookies.clear()
            for number in range(ROUNDS):
                signed_in = (await api.post("/api/auth/login/", json=credentials)).json()
                api.cookies.clear()
                api.headers["authorization"] = f"Bearer {signed_in['access']}"
                if number == 0:
                    client = (await made("/api/partners/", {"type": "client", "nom": "Client"}))["id"]
                    body = {"nom": "Preuve", "categorie": "x", "prix": "1.00", "quantite": STOCK}
                    produit = (await made("/api/produits/", body))["id"]
                order = {"client": client, "statut": "payee", "items": [{"produit": produit, "quantite": 1}]}
                ends = time.monotonic() + 1.5
                selling = [asyncio.create_task(sell_until(api, order, ledger, ends)) for _ in range(8)]
                await asyncio.sleep(chance.uniform(0.2, 1.2))
                victim = VICTIMS[number % 3]
                if victim == "server":
                    family = server.kill()
                elif victim == "web":
                    chance.choice(server.web_processes()).kill()
                else:
                    server.worker_process().kill()
                await asyncio.gather(*selling)
                if victim == "server":
                    assert_gone(family, 20)
                    server.process.wait()
                    server.start()
                server.wait_ready(time.monotonic() + 20)
                api.headers.pop("authorization")
            signed_in = (await api.post("/api/auth/login/", json=credentials)).json()
            api.headers["authorization"] = f"Bearer {signed_in['access']}"
            present = await sold(api)
            stock = (await api.get(f"/api/produits/{produit}/")).json()["quantite"]
    finally:
        server.stop()
    assert len(ledger.told) > 10 * ROUNDS
    assert ledger.told <= present
    assert len(present - ledger.told) <= ledger.unknown
    assert stock == STOCK - len(present)
