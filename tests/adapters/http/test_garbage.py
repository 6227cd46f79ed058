"""What a request makes is freed by reference counts: no cycle is left for the garbage collector, whose pauses every
other request would wait for."""

import gc
import json
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from tests.hostile.wire import send
from tests.installation import Company, Installed

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


TRIES = 4
"""What else runs in this process may leave something meanwhile; a request's own cycle is left every time."""


async def left_by(request: Callable[[], Awaitable[None]]) -> list[str]:
    """The types of what a request leaves to the garbage collector."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await request()
        gc.collect()
        return [type(each).__qualname__ for each in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


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
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        headers.append((b"authorization", f"Bearer {token}".encode()))
        if keyed:
            headers.append((b"idempotency-key", uuid4().hex.encode()))
        answer = await send(installed.app, method, path.encode(), headers=headers, body=content)
        assert answer.status == status

    for _ in range(2):
        await once()
    found = [await left_by(once) for _ in range(TRIES)]
    assert [] in found, found
