"""What a request makes is freed by reference counts: no cycle is left for the garbage collector, whose pauses every
other request would wait for."""

import asyncio
import gc
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.installation import Company, Installed


async def ask(installed: Installed, token: str | None, method: str, path: str, body: bytes, key: str | None) -> int:
    """Ask the application itself, as a server does, and return the status."""
    started: list[int] = []
    bodies = [body]

    async def receive() -> dict[str, Any]:
        if not bodies:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": bodies.pop(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.append(message["status"])

    headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
    headers.append((b"content-length", str(len(body)).encode()))
    if token:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    if key:
        headers.append((b"idempotency-key", key.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 5000),
        "server": ("testserver", 80),
        "state": {},
        "extensions": {},
    }
    await installed.app(scope, receive, send)
    return started[0]


CASES = {
    "a list": ("GET", "/api/produits/", "", False, 200),
    "a detail": ("GET", "/api/produits/{produit}/", "", False, 200),
    "nothing there": ("GET", "/api/produits/{other}/", "", False, 404),
    "no route": ("GET", "/nowhere", "", False, 404),
    "a change": ("PATCH", "/api/produits/{produit}/", '{"prix": "3.00"}', False, 200),
    "a sale": ("POST", "/api/ventes/", "{sale}", True, 201),
    "a sale without a key": ("POST", "/api/ventes/", "{sale}", False, 201),
    "a refused sale": ("POST", "/api/ventes/", "{}", True, 400),
    "no JSON": ("POST", "/api/ventes/", "{", True, 400),
}


@pytest.mark.parametrize("case", CASES)
async def test_no_cycle_is_left(case: str, installed: Installed, company: Company) -> None:
    produit = (await company.produit(quantite=100))["id"]
    lines = [{"produit": produit, "quantite": 1}]
    sale = json.dumps({"client": (await company.client())["id"], "statut": "payee", "items": lines})
    method, path, body, keyed, status = CASES[case]
    path = path.replace("{produit}", produit).replace("{other}", str(uuid4()))
    content = body.replace("{sale}", sale).encode()
    token = company.owner.token

    async def once() -> None:
        found = await ask(installed, token, method, path, content, uuid4().hex if keyed else None)
        assert found == status

    for _ in range(2):
        await once()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await once()
        gc.collect()
        left = [type(each).__qualname__ for each in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []
