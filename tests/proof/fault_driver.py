"""Buys with every payer's behaviour at three operators while processes are killed, and joins the operators' books with
ours afterwards."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import psutil

from core.payments.gateway import compact_reference, read_reference
from tests.server import Server

OPERATORS = {"mtn": "+22901970000{}", "moov": "+22901950000{}", "orange": ""}
ENDINGS = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10")
SILENT = "03"
"""The ending of payers who never answer: nothing more comes of their payments."""
ORANGE_PAYER = "22507000000{}"
REFUND_ENDINGS = ("10", "07", "08", "11")
TRANSPORT_TRIES = 60
SETTLING = 40
"""The most seconds in which payments may end before some are refunded: a killed worker's leases last 30."""
STILL_KILLING = 4
"""Seconds after the last command in which processes are still killed, and longer where fewer than `KILLS` were."""
KILLS = 5


class Report:
    """What came of a run."""

    def __init__(self) -> None:
        self.purchases = 0
        self.kills = Counter[str]()
        self.states = Counter[str]()
        self.pending_attempts = Counter[str]()
        self.refunds = Counter[str]()
        self.debits = 0
        self.credits = 0
        self.faults: list[str] = []

    def lines(self) -> list[str]:
        """The figures, a line each."""
        return [
            f"purchases that were answered: {self.purchases}",
            f"kills: {dict(self.kills)}",
            f"payments by state: {dict(sorted(self.states.items()))}",
            f"refunds by state: {dict(sorted(self.refunds.items()))}",
            f"attempts still open: {dict(sorted(self.pending_attempts.items()))}",
            f"debits at the operators: {self.debits}, credits: {self.credits}",
            f"orphans, double debits and other faults: {len(self.faults)}",
        ]


class FaultDriver:
    """Buys `count` times on a server with a worker and the simulator."""

    def __init__(self, server: Server, count: int, seed: int) -> None:
        self.server = server
        self.count = count
        self.chance = random.Random(seed)
        self.report = Report()
        self._payments: list[str] = []
        self.unanswered: set[str] = set()
        self._enough = asyncio.Event()
        self._working = True

    async def run(self) -> None:
        """Buy, with callbacks first and without them afterwards, killing processes all the while."""
        limits = httpx.Limits(max_connections=30)
        async with (
            httpx.AsyncClient(base_url=self.server.base_url, timeout=30, limits=limits) as self.api,
            httpx.AsyncClient(base_url=self.server.operators_url, timeout=30) as self.control,
        ):
            self.item = (await self._post("/api/shop/items/", {"units": 10 * self.count}))["id"]
            killing = asyncio.create_task(self._kill())
            orders = list(self._orders())
            half = len(orders) // 2
            try:
                for callbacks, part in ((None, orders[:half]), (0, orders[half:])):
                    switch = {operator: {"callbacks": callbacks} for operator in OPERATORS}
                    assert (await self.control.patch("/_control/switches", json=switch)).status_code == 200
                    await self._buy_all(part)
                await self._refund_some()
                await asyncio.sleep(STILL_KILLING)
                await asyncio.wait_for(self._enough.wait(), SETTLING)
            finally:
                self._working = False
                await killing

    async def books(self) -> list[dict[str, Any]]:
        """Every entry of the operators' books."""
        async with httpx.AsyncClient(base_url=self.server.operators_url, timeout=30) as control:
            entries: list[dict[str, Any]] = (await control.get("/_control/ledger")).json()["entries"]
        return entries

    def _orders(self) -> Iterator[tuple[str, str]]:
        """Every operator with every ending, over and over."""
        pairs = [(operator, ending) for ending in ENDINGS for operator in OPERATORS]
        for number in range(self.count):
            yield pairs[number % len(pairs)]

    async def _buy_all(self, orders: list[tuple[str, str]]) -> None:
        self.chance.shuffle(orders)
        waiting = asyncio.Queue[tuple[str, str]]()
        for order in orders:
            waiting.put_nowait(order)

        async def buyer() -> None:
            while not waiting.empty():
                await self._buy(*waiting.get_nowait())
                await asyncio.sleep(self.chance.uniform(0, 0.1))

        await asyncio.gather(*(buyer() for _ in range(8)))

    async def _buy(self, operator: str, ending: str) -> None:
        body = {
            "item": self.item,
            "gateway": operator,
            "payer": OPERATORS[operator].format(ending),
            "amount": str(self.chance.randrange(100, 90_000)),
            "commission": "10",
            "payee": f"organiser:{ending}",
        }
        begun = await self._post("/api/shop/purchases/", body)
        self.report.purchases += 1
        self._payments.append(begun["payment"])
        if ending == SILENT:
            self.unanswered.add(begun["payment"])
        elif operator == "orange":
            await self._use_page(begun["payment"], begun["url"], ending)

    async def _use_page(self, payment: str, url: str | None, ending: str) -> None:
        """The payer goes to Orange's page once there is one."""
        for _ in range(40):
            if url:
                break
            await asyncio.sleep(0.25)
            url = (await self._get(f"/api/shop/payments/{payment}/"))["url"]
        if not url:
            self.unanswered.add(payment)
            return
        token = url.rstrip("/").rpartition("/")[2]
        entered = await self.control.post(f"/_control/orange/{token}/pay", json={"msisdn": ORANGE_PAYER.format(ending)})
        assert entered.status_code in (200, 409), entered.text

    async def _refund_some(self) -> None:
        """Ask for money back of every third payment, once it has succeeded. Nobody waits for what never ends."""
        deadline = time.monotonic() + SETTLING
        for number, payment in enumerate(self._payments[::3]):
            shown = await self._get(f"/api/shop/payments/{payment}/")
            while shown["state"] == "pending" and payment not in self.unanswered and time.monotonic() < deadline:
                await asyncio.sleep(0.5)
                shown = await self._get(f"/api/shop/payments/{payment}/")
            if shown["state"] != "succeeded":
                continue
            amount = Decimal(shown["amount"]) - (10 if number % 2 else 0)
            ending = REFUND_ENDINGS[number % len(REFUND_ENDINGS)]
            payee = f"+22507000000{ending}" if number % 2 else f"+22901970000{ending}"
            body = {"amount": str(amount), "payee": payee}
            # asked again after a kill, it may have been heard the first time: no more is left then
            await self._post(f"/api/shop/payments/{payment}/refund/", body, accept=(201, 400))

    async def _kill(self) -> None:
        """Kill the web process or the worker every few seconds, without a word."""
        while self._working:
            await asyncio.sleep(self.chance.uniform(1.0, 5.0))
            victim = self.chance.choice(("web", "worker"))
            processes = self.server.web_processes() if victim == "web" else self.server.workers()
            for process in processes[:1]:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
                self.report.kills[victim] += 1
                if self.report.kills.total() >= KILLS:
                    self._enough.set()

    async def _post(self, path: str, body: dict[str, Any], accept: tuple[int, ...] = (200, 201)) -> dict[str, Any]:
        return await self._asked("POST", path, accept, json=body)

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._asked("GET", path, (200,))

    async def _asked(self, method: str, path: str, accept: tuple[int, ...], **options: Any) -> dict[str, Any]:
        """Ask until somebody answers: a process may have been killed in between."""
        for _ in range(TRANSPORT_TRIES):
            try:
                answer = await self.api.request(method, path, **options)
            except httpx.TransportError:
                await asyncio.sleep(0.25)
                continue
            if answer.status_code == 503:
                await asyncio.sleep(0.25)
                continue
            assert answer.status_code in accept, f"{method} {path}: {answer.status_code} {answer.text}"
            content: dict[str, Any] = answer.json()
            return content
        raise AssertionError(f"nobody answers {method} {path}")


async def wait_for_ends(connection: Any, seconds: float, unanswered: set[str]) -> None:
    """Wait until every payment has ended but those that nobody answers, and every refund but those that are honestly
    unknown. Those are Moov's alone, who enforces no ids: it answered 500 to a command that it never executed, or the
    process died before the command; a refund that was executed is found by a look."""
    deadline = time.monotonic() + seconds
    sql = (
        "select (select count(*) from payment_attempt a where a.state in ('reserved', 'sending', 'pending', 'unknown')"
        " and coalesce(a.payer, '') <> all($1::text[]) and not (a.gateway = 'orange' and a.state = 'pending'"
        "    and a.payment_id = any($2::uuid[])))"
        " + (select count(*) from refund r where r.state in ('approved', 'sending', 'pending', 'unknown')"
        "    and not (r.state = 'unknown' and r.gateway = 'moov' and r.looks > 1"
        "      and (right(r.payee, 2) = '07' or r.code = 'interrupted')))"
    )
    silent = [pattern.format(SILENT) for pattern in OPERATORS.values() if pattern]
    while await connection.fetchval(sql, silent, list(unanswered)):
        if time.monotonic() > deadline:
            refunds = await connection.fetch(
                "select gateway, state, code, payee, looks, escalated from refund where state <> 'done'"
            )
            attempts = await connection.fetch(
                "select gateway, state, code, payer, looks, next_look_at from payment_attempt where not captured"
                " and state in ('reserved', 'sending', 'pending', 'unknown')"
            )
            raise AssertionError("\n".join(["payments or refunds are still open", *map(str, (*refunds, *attempts))]))
        await asyncio.sleep(0.5)


async def join_books(connection: Any, books: list[dict[str, Any]], report: Report) -> None:
    """Join the operators' entries with ours: no orphan on either side, nothing twice, no other amount."""
    report.states = Counter(dict(await connection.fetch("select state, count(*) from payment group by 1")))
    report.pending_attempts = Counter(
        dict(
            await connection.fetch(
                "select state || ' at ' || gateway, count(*) from payment_attempt"
                " where state in ('reserved', 'sending', 'pending', 'unknown') group by 1"
            )
        )
    )
    report.refunds = Counter(dict(await connection.fetch("select state, count(*) from refund group by 1")))
    for movement, sql in (
        ("debit", "select id, gateway, amount, captured as moved, state from payment_attempt"),
        ("credit", "select id, gateway, amount, state = 'done' as moved, state from refund"),
    ):
        theirs = [entry for entry in books if entry["movement"] == movement]
        seen = Counter[UUID | str]()
        ours = {row["id"]: row for row in await connection.fetch(sql)}
        # Orange's payout contract takes 20 characters
        short = {compact_reference(key)[:20]: key for key in ours}
        for entry in theirs:
            operation = read_reference(entry["reference"]) or short.get(entry["reference"])
            seen[operation or entry["reference"]] += 1
            row = ours.get(operation) if operation else None
            if row is None or not row["moved"]:
                state = row["state"] if row else "unknown to us"
                report.faults.append(f"orphan {movement} at {entry['operator']}: {entry['reference']} is {state}")
            elif row["amount"] != Decimal(entry["amount"]) or row["gateway"] != entry["operator"]:
                report.faults.append(f"another amount or operator: {entry}")
        report.faults += [f"{movement} twice: {key}" for key, times in seen.items() if times > 1]
        report.faults += [
            f"our {movement} {key} is unknown to {row['gateway']}"
            for key, row in ours.items()
            if row["moved"] and not seen[key]
        ]
        if movement == "debit":
            report.debits = len(theirs)
        else:
            report.credits = len(theirs)
    twice = await connection.fetch(
        "select a.payment_id from payment_attempt a join payment p on p.id = a.payment_id"
        " where a.captured and a.id is distinct from p.honoured and not exists ("
        "   select from refund r where r.attempt_id = a.id and r.state = 'done' and r.amount = a.amount)"
    )
    report.faults += [f"money of {row['payment_id']} neither paid an order nor went back" for row in twice]
    undelivered = await connection.fetchval(
        "select count(*) from shop_order o join payment p on p.id = o.payment"
        " where o.delivered <> (p.honoured is not null)::int"
    )
    if undelivered:
        report.faults.append(f"{undelivered} orders are not delivered exactly once")


async def connect(url: str) -> Any:
    """A connection as the owner."""
    return await asyncpg.connect(url)
