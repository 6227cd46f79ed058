"""Checks that all servers give the same answers before any is timed."""

import asyncio
import json
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg

from benchmarks import data
from benchmarks.cases import Case, reading
from benchmarks.installation import Installation, Loaded, sale_body
from benchmarks.load import fetch, request_bytes
from benchmarks.servers import Server

OWN = ("id", "created_at", "updated_at")
"""What two sales never share."""


class Unequal(SystemExit):
    """The servers do not answer alike: nothing is measured."""


def check(installation: Installation, servers: list[Server], loaded: Loaded, cases: list[Case]) -> int:
    """Compare every server with the first, Socle: how many answers were compared. Raises `Unequal`."""
    compared = 0
    last = loaded.products_count // 25
    products, sales = "/api/produits/", "/api/ventes/"
    more = [
        reading(loaded, products),
        reading(loaded, products, page=2, page_size=100, ordering="-prix,nom"),
        reading(loaded, products, page=last, page_size=25),
        reading(loaded, products, page=last + 1, page_size=25),
        reading(loaded, products, page=0),
        reading(loaded, products, search="BÓGOLAN", ordering="nom"),
        reading(loaded, products, search="rien de tel"),
        reading(loaded, products, categorie=data.BROAD_CATEGORY.upper(), page=3),
        reading(loaded, f"{products}{loaded.foreign_product}/"),
        reading(loaded, sales, page=40, ordering="total"),
        reading(loaded._replace(token=""), products),
        reading(loaded._replace(token=loaded.token[:-3] + "abc"), products),
    ]
    for request in [*(case.request for case in cases if case.targets and not case.writes), *more]:
        answers = [_answer(server, request(server.port).make(0)) for server in servers]
        for server, answer in zip(servers[1:], answers[1:], strict=True):
            _same(server, request(0).make(0), answers[0], answer)
            compared += 1
    for server in servers:
        made = asyncio.run(_check_sale(installation, server, loaded))
        if server is servers[0]:
            first = made
        else:
            _same(server, b"create a sale", first, made)
            compared += 1
    return compared


def _answer(server: Server, request: bytes) -> tuple[int, Any]:
    status, body = fetch(server.port, request)
    return status, _normal(json.loads(body)) if status < 300 else None


def _normal(value: Any) -> Any:
    """A JSON value whose moments and addresses compare, however they are written."""
    if isinstance(value, dict):
        return {name: _normal(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_normal(each) for each in value]
    if isinstance(value, str) and value.startswith("http://"):
        parts = urlsplit(value)
        # the first page is the same with and without its number
        return parts.path, sorted(pair for pair in parse_qsl(parts.query) if pair != ("page", "1"))
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        return datetime.fromisoformat(value)
    return value


def _same(server: Server, request: bytes, expected: Any, found: Any) -> None:
    if expected != found:
        line = request.partition(b"\r\n")[0].decode()
        raise Unequal(f"{server.name} answers otherwise to {line}:\nsocle: {expected!s:.1500}\nother: {found!s:.1500}")


async def _check_sale(installation: Installation, server: Server, loaded: Loaded) -> Any:
    """Make a sale: stock, audit and the stored answer must follow, the key must hold, and too little stock change
    nothing. Returns what of the answer all servers share."""
    connection: Any = await asyncpg.connect(installation.owner_url)
    body = json.loads(sale_body(loaded, 7))
    products = [line["produit"] for line in body["items"]]

    async def state() -> list[int]:
        row = await connection.fetchrow(
            "select (select sum(quantite) from produit where id = any($1::uuid[])), (select count(*) from vente),"
            " (select count(*) from vente_item), (select count(*) from audit_entry),"
            " (select count(*) from idempotent_answer)",
            products,
        )
        return list(row)

    def send(asked: Any, key: str) -> tuple[int, bytes]:
        raw = request_bytes(
            "POST", server.port, "/api/ventes/", loaded.token, json.dumps(asked).encode(), Idempotency_Key=key
        )
        return fetch(server.port, raw)

    try:
        key = secrets.token_hex(8)
        before = await state()
        status, answer = send(body, key)
        after = await state()
        moved = [b - a for a, b in zip(before, after, strict=True)]
        if status != 201 or moved != [-6, 1, 3, 1, 1]:
            raise Unequal(f"{server.name} made a sale with {status}, and changed {moved}: {answer!r:.500}")
        again, other = send(body, key), send({**body, "statut": "en_attente"}, key)
        body["items"][0]["quantite"] = 2_000_000_000
        short = send(body, secrets.token_hex(8))
        if again != (status, answer) or other[0] != 409 or short[0] != 400 or await state() != after:
            raise Unequal(f"{server.name} does not hold its key or its stock: {again} {other} {short}")
    finally:
        await connection.close()
    made = _normal(json.loads(answer))
    if not isinstance(made["created_at"], datetime) or made["created_at"] != made["updated_at"]:
        raise Unequal(f"{server.name} says of a new sale: {answer!r}")
    return sorted(made), {name: value for name, value in made.items() if name not in OWN}
