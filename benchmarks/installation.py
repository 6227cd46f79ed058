"""An installation of its own to measure: a home, an embedded PostgreSQL, ten tenants and their rows."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx

from adapters.db import embedded
from adapters.db.database import Database
from adapters.db.migrate import load_rows, row_modules
from adapters.db.tallies import FOLD_TALLIES, Tallies
from adapters.db.work import PgWorks
from adapters.identity.keys import derive_key
from benchmarks import data, servers
from benchmarks.servers import Server
from core.primitives.ids import new_id
from core.work import Delivery

PASSWORD = "Banc-Essai-2026"
EMAIL = "banc@example.com"
BATCH = 20_000
TOKEN_SECONDS = 86_400


class Loaded(NamedTuple):
    """What requests name: the owner's token, products in stock, a client, and another tenant's product."""

    token: str
    products: list[str]
    client: str
    foreign_product: str
    expenses: bool
    products_count: int
    sales_count: int


class Installation:
    """A cluster with its databases' addresses, and the environments of servers that use it."""

    def __init__(self, home: Path, scale: int, edition: str) -> None:
        self.home = home
        self.edition = edition
        self.scale = scale
        self._key = secrets.token_urlsafe(48)
        self._cluster = embedded.start(home)
        self.owner_url = self._cluster.url()
        self.superuser_url = self._cluster.url(role="postgres")

    def stop(self) -> None:
        """Stop PostgreSQL."""
        self._cluster.stop()

    def urls(self, sockets: Path | None = None) -> tuple[str, str]:
        """The application's and the owner's address, through another folder of sockets where one is given."""
        app, owner = self._cluster.url(role=embedded.APPLICATION_ROLE), self.owner_url
        if sockets is not None:
            app, owner = (f"{url.partition('?')[0]}?host={sockets}" for url in (app, owner))
        return app, owner

    async def fold(self) -> None:
        """Fold the kept counts and sums, as a worker does every ten seconds."""
        async with self._tallies() as tallies:
            await tallies.fold(Delivery(new_id(), FOLD_TALLIES, FOLD_TALLIES, {}))

    async def prove(self) -> None:
        """Compare the kept counts and sums with the rows. Raises `SystemExit` where they differ."""
        load_rows(row_modules("plugins"))
        async with self._tallies() as tallies:
            faults = await tallies.check()
        if faults:
            raise SystemExit("\n".join(faults))

    @asynccontextmanager
    async def _tallies(self) -> AsyncIterator[Tallies]:
        database = Database(self.urls()[0], max_size=1, name="bench")
        await database.open()
        try:
            yield Tallies(PgWorks(database, {}))
        finally:
            await database.close()

    @property
    def socket(self) -> Path:
        """PostgreSQL's socket."""
        return Path(self.owner_url.partition("host=")[2]) / embedded.SOCKET_NAME

    def start(
        self, name: str, *, sockets: Path | None = None, processes: int = servers.PROCESSES, cashflow: str = "items"
    ) -> Server:
        """Start a server on this installation's database."""
        app, owner = self.urls(sockets)
        environment = {"PEERS_DATABASE_URL": owner, "PEERS_CASHFLOW": cashflow}
        environment["PEERS_TOKEN_KEY"] = derive_key(self._key.encode(), "tokens").hex()
        if name == "socle":
            environment = {
                "SOCLE_DATABASE_URL": app,
                "SOCLE_SECRET_KEY": self._key,
                "SOCLE_LOG_LEVEL": "warning",
                "SOCLE_ACCOUNTS_ACCESS_LIFETIME": str(TOKEN_SECONDS),
                "SOCLE_LIMITS_PER_MINUTE": "1000000",
                "SOCLE_EDITION": self.edition,
                # nobody calls there: operators are called by a worker, and none runs
                "SOCLE_OPERATORS_URL": "http://127.0.0.1:9",
            }
            if sockets is None:
                environment["SOCLE_DATABASE_OWNER_URL"] = owner
        return servers.start(name, self.home, environment, processes=processes)

    def fill(self, server: Server) -> Loaded:
        """Make the tenants through a running Socle, and load their rows."""
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as api:

            def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
                answer = api.post(path, json=body)
                answer.raise_for_status()
                made: dict[str, Any] = answer.json()
                return made

            tenants = [post("/api/tenants/", {"nom": f"Entreprise {number}"})["id"] for number in range(data.TENANTS)]
            owner = {"email": EMAIL, "password": PASSWORD, "password2": PASSWORD, "role": "ADMIN"}
            token = post("/api/auth/register/", {**owner, "entreprise": tenants[0]})["access"]
        return asyncio.run(self._load(tenants, token))

    async def _load(self, tenants: list[str], token: str) -> Loaded:
        loaded = await self._copy(tenants, token)
        await self.fold()
        await self.prove()
        return loaded

    async def _copy(self, tenants: list[str], token: str) -> Loaded:
        keys = [UUID(tenant) for tenant in tenants]
        rows = data.Rows(self.scale, datetime.now(UTC))
        connection: Any = await asyncpg.connect(self.superuser_url)
        began = time.monotonic()
        try:
            async with _searched_later(connection):
                await _copy_all(connection, "produit", data.PRODUCT_COLUMNS, rows.product_rows(keys))
                await _copy_all(connection, "partner", data.PARTNER_COLUMNS, rows.partner_rows(keys[0]))
                sales = rows.sale_rows(keys[0])
                while batch := list(islice(sales, BATCH)):
                    await _copy_all(connection, "vente", data.SALE_COLUMNS, iter([sale for sale, _ in batch]))
                    lines = (line for _, some in batch for line in some)
                    await _copy_all(connection, "vente_item", data.ITEM_COLUMNS, lines)
                expenses = await connection.fetchval("select to_regclass('depense') is not null")
                if expenses:
                    await _copy_all(connection, "depense", data.EXPENSE_COLUMNS, rows.expense_rows(keys[0]))
            await connection.execute("vacuum (analyze)")
            await connection.execute("checkpoint")
            foreign = await connection.fetchval("select id from produit where entreprise = $1 limit 1", keys[1])
        finally:
            await connection.close()
        print(f"loaded {data.TENANTS} tenants at scale {self.scale} in {time.monotonic() - began:.0f} s", flush=True)
        in_stock = [str(key) for key, _ in rows.products[: data.IN_STOCK]]
        return Loaded(
            token=token,
            products=in_stock,
            client=str(rows.clients[0]),
            foreign_product=str(foreign),
            expenses=expenses,
            products_count=len(rows.products),
            sales_count=data.SALES * self.scale,
        )


@asynccontextmanager
async def _searched_later(connection: Any) -> AsyncIterator[None]:
    """Make the indexes that searches use after the rows: row by row they take several times as long, and leave pending
    lists that a search would pay for."""
    indexes = await connection.fetch(
        "select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition "
        "from pg_index join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam "
        "where amname = 'gin' and indrelid::regclass::text = any($1)",
        ["produit", "partner", "vente", "depense"],
    )
    for index in indexes:
        await connection.execute(f"drop index {index['name']}")
    yield
    await connection.execute("set maintenance_work_mem = '1GB'")
    for index in indexes:
        await connection.execute(index["definition"])


async def _copy_all(connection: Any, table: str, columns: tuple[str, ...], rows: Iterator[data.Row]) -> None:
    while batch := list(islice(rows, BATCH)):
        await connection.copy_records_to_table(table, records=batch, columns=columns)


@contextmanager
def installation(home: Path, scale: int, edition: str = "full") -> Iterator[Installation]:
    """An installation whose PostgreSQL runs for as long as the block."""
    home.mkdir(parents=True, exist_ok=True)
    made = Installation(home, scale, edition)
    try:
        yield made
    finally:
        made.stop()


def sale_body(loaded: Loaded, number: int) -> bytes:
    """A paid sale of three products in stock; neighbouring numbers sell different ones."""
    lines = [
        {"produit": loaded.products[(number * 3 + step) % len(loaded.products)], "quantite": 1 + step}
        for step in range(3)
    ]
    return json.dumps({"client": loaded.client, "statut": "payee", "items": lines}).encode()
