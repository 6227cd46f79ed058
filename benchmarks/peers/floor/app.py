"""The requests."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import asyncpg
import msgspec

from benchmarks.peers import rules
from benchmarks.peers.floor import statements
from benchmarks.peers.floor.figures import cashflow_of

Send = Callable[[dict[str, Any]], Awaitable[None]]
ROUTE = "POST /api/ventes"
HOLDER_SECONDS = 0.5
MAX_REMEMBERED = 10_000


class Produit(msgspec.Struct):
    """A product."""

    id: UUID
    nom: str
    categorie: str
    prix: Decimal
    quantite: int
    entreprise: UUID
    created_at: datetime
    updated_at: datetime


class Item(msgspec.Struct):
    """A line of a sale."""

    produit: UUID
    quantite: int
    prix_unitaire: Decimal


class Vente(msgspec.Struct):
    """A sale."""

    id: UUID
    client: UUID
    statut: str
    items: list[Item]
    total: Decimal
    created_at: datetime
    updated_at: datetime


class Page(msgspec.Struct):
    """A page."""

    count: int
    next: str | None
    previous: str | None
    results: list[Any]


class ItemBody(msgspec.Struct):
    """A line as a client writes it."""

    produit: UUID
    quantite: int
    prix_unitaire: Decimal | None = None


class VenteBody(msgspec.Struct):
    """A sale as a client writes it."""

    client: UUID
    items: list[ItemBody]
    statut: str = "en_attente"


class Refused(Exception):
    """A status other than success."""


class Holder(msgspec.Struct):
    """Who calls."""

    account_id: UUID
    organisation_id: UUID
    owner: bool
    permissions: dict[str, list[str]]


class Unchanged(asyncpg.Connection):  # type: ignore[misc]
    """A connection with nothing to reset when it goes back to the pool."""

    def get_reset_query(self) -> str:
        """Reset nothing."""
        return ""


_encode = msgspec.json.Encoder().encode
_decode_sale = msgspec.json.Decoder(VenteBody).decode
_pool: Any = None
_tokens: dict[str, tuple[UUID, float]] = {}
_holders: dict[UUID, tuple[float, Holder]] = {}


async def _open() -> None:
    global _pool
    _pool = await asyncpg.create_pool(
        rules.DATABASE_URL,
        min_size=1,
        max_size=rules.POOL_SIZE,
        connection_class=Unchanged,
        server_settings={"jit": "off"},
    )


async def _holder(headers: dict[bytes, bytes], resource: str, action: str) -> Holder:
    token = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
    read = _tokens.get(token)
    if read is None:
        read = rules.read_token(token)
        if read is None:
            raise Refused(401)
        if len(_tokens) >= MAX_REMEMBERED:
            _tokens.clear()
        _tokens[token] = read
    session, expires = read
    if expires <= time.time():
        raise Refused(401)
    known = _holders.get(session)
    now = time.monotonic()
    if known is None or known[0] <= now:
        row = await _pool.fetchrow(statements.HOLDER, session)
        if row is None or row[1] is None:
            raise Refused(401)
        known = now + HOLDER_SECONDS, Holder(row[0], row[1], row[2], msgspec.json.decode(row[3]))
        if len(_holders) >= MAX_REMEMBERED:
            _holders.clear()
        _holders[session] = known
    if not rules.may(known[1], resource, action):
        raise Refused(403)
    return known[1]


def _query(scope: dict[str, Any]) -> tuple[dict[str, str], int, int]:
    query = dict(parse_qsl(scope["query_string"].decode()))
    try:
        page, size = int(query.get("page", "1")), int(query.get("page_size", rules.PAGE_SIZE))
    except ValueError:
        raise Refused(404) from None
    if page < 1:
        raise Refused(404)
    return query, page, min(size, rules.MAX_PAGE_SIZE)


def _page(
    scope: dict[str, Any],
    headers: dict[bytes, bytes],
    query: dict[str, str],
    page: int,
    size: int,
    rows: list[Any],
    read: Any,
) -> bytes:
    count = rows[0][0]
    if page > 1 and (page - 1) * size >= count:
        raise Refused(404)
    base = f"http://{headers[b'host'].decode()}{scope['path']}?"

    def url(number: int) -> str:
        return base + urlencode({**query, "page": number})

    return _encode(
        Page(
            count,
            url(page + 1) if page * size < count else None,
            url(page - 1) if page > 1 else None,
            [read(row) for row in rows if row[1] is not None],
        )
    )


def _produit(row: Any) -> Produit:
    return Produit(*row[1:])


def _vente(row: Any) -> Vente:
    _, key, client, statut, items, total, created_at, updated_at = row
    return Vente(key, client, statut, [Item(*line) for line in items], total, created_at, updated_at)


async def _list_produits(scope: dict[str, Any], headers: dict[bytes, bytes]) -> tuple[int, bytes, bytes]:
    holder = await _holder(headers, "products", "read")
    query, page, size = _query(scope)
    category, search = query.get("categorie", ""), query.get("search", "")
    sql = statements.product_page(query.get("ordering", ""), bool(category), bool(search))
    narrowing = [each for each in (category, search) if each]
    rows = await _pool.fetch(sql, holder.organisation_id, size, (page - 1) * size, *narrowing)
    return 200, _page(scope, headers, query, page, size, rows, _produit), b""


async def _get_produit(scope: dict[str, Any], headers: dict[bytes, bytes]) -> tuple[int, bytes, bytes]:
    holder = await _holder(headers, "products", "read")
    try:
        key = UUID(scope["path"][14:].rstrip("/"))
    except ValueError:
        raise Refused(404) from None
    row = await _pool.fetchrow(statements.PRODUCT_DETAIL, holder.organisation_id, key)
    if row is None:
        raise Refused(404)
    *values, version = row
    return 200, _encode(Produit(*values)), b'"%d"' % version


async def _list_ventes(scope: dict[str, Any], headers: dict[bytes, bytes]) -> tuple[int, bytes, bytes]:
    holder = await _holder(headers, "sales", "read")
    query, page, size = _query(scope)
    sql = statements.sale_page(query.get("ordering", ""))
    rows = await _pool.fetch(sql, holder.organisation_id, size, (page - 1) * size)
    return 200, _page(scope, headers, query, page, size, rows, _vente), b""


async def _create_vente(scope: dict[str, Any], headers: dict[bytes, bytes], body: bytes) -> tuple[int, bytes, bytes]:
    holder = await _holder(headers, "sales", "create")
    try:
        asked = _decode_sale(body)
    except msgspec.MsgspecError:
        raise Refused(400) from None
    if not asked.items or any(item.quantite < 1 for item in asked.items):
        raise Refused(400)
    key = headers[b"idempotency-key"].decode() if b"idempotency-key" in headers else None
    async with _pool.acquire() as connection:
        await connection.execute("begin")
        try:
            done = await _sell(connection, holder, asked, key, body, scope, headers)
            await connection.execute("commit")
        except BaseException:
            await connection.execute("rollback")
            raise
    return *done, b""


async def _sell(
    connection: Any,
    holder: Holder,
    asked: VenteBody,
    key: str | None,
    body: bytes,
    scope: dict[str, Any],
    headers: dict[bytes, bytes],
) -> tuple[int, bytes]:
    lock = rules.lock_number(holder.account_id, ROUTE, key or "")
    locked, moment, before, status, answer = await connection.fetchrow(
        statements.LOCK, lock, holder.account_id, ROUTE, key
    )
    if key is not None and (not locked or (before is not None and before != rules.fingerprint(body))):
        raise Refused(409)
    if before is not None:
        return status, answer
    taken = Counter[UUID]()
    for item in asked.items:
        taken[item.produit] += 0 if asked.statut in ("annulee", "rembourse") else item.quantite
    ids = sorted(taken)
    rows = await connection.fetch(
        statements.TAKE, ids, [taken[each] for each in ids], holder.organisation_id, asked.client
    )
    if len(rows) < len(ids):
        raise Refused(400)
    prices = dict(rows)
    items = [
        Item(each.produit, each.quantite, prices[each.produit] if each.prix_unitaire is None else each.prix_unitaire)
        for each in asked.items
    ]
    total = sum((each.quantite * each.prix_unitaire for each in items), Decimal("0.00"))
    vente = Vente(rules.new_id(), asked.client, asked.statut, items, total, moment, moment)
    answer = _encode(vente)
    await connection.execute(
        statements.SELL,
        vente.id,
        holder.organisation_id,
        [each.produit for each in items],
        [each.quantite for each in items],
        [each.prix_unitaire for each in items],
        asked.client,
        asked.statut,
        total,
        rules.new_id(),
        scope["client"][0],
        headers.get(b"user-agent", b"").decode("latin-1"),
        holder.account_id,
        ROUTE,
        key,
        rules.fingerprint(body),
        answer,
    )
    return 201, answer


async def _cashflow(scope: dict[str, Any], headers: dict[bytes, bytes]) -> tuple[int, bytes, bytes]:  # noqa: ARG001
    holder = await _holder(headers, "analytics", "read")
    months = [moment.date() for moment in rules.months()]
    figures = await _pool.fetchrow(cashflow_of(), holder.organisation_id, *months)
    return 200, _encode(rules.cashflow(tuple(figures[:3]), tuple(figures[3:]))), b""


_GET = {"/api/produits/": _list_produits, "/api/ventes/": _list_ventes, "/api/analytics/cashflow/": _cashflow}


async def _answer(scope: dict[str, Any], receive: Any) -> tuple[int, bytes, bytes]:
    headers = dict(scope["headers"])
    path = scope["path"]
    try:
        if scope["method"] == "GET":
            handler = _GET.get(path)
            if handler is not None:
                return await handler(scope, headers)
            if path.startswith("/api/produits/"):
                return await _get_produit(scope, headers)
        elif scope["method"] == "POST" and path == "/api/ventes/":
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    return await _create_vente(scope, headers, body)
        raise Refused(404)
    except Refused as refused:
        return refused.args[0], b"{}", b""


async def app(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await _open()
            await send({"type": "lifespan.startup.complete"})
        await _pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    status, body, tag = await _answer(scope, receive)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if tag:
        headers.append((b"etag", tag))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
