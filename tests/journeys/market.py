"""Buyers at a running server: they pay with the simulated operators' numbers, and see what becomes of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec

from core.payments.gateway import compact_reference
from tests.server import Server

OPERATORS = ("mtn", "orange", "moov")
NUMBERS = {"mtn": "+22901970000{}", "orange": "+22507000000{}", "moov": "+22901950000{}"}
SILENT = "03"
"""The ending of a payer who never answers."""
STEP = 0.4
LONGEST = 20.0
"""Seconds in which every payment is final but the one that nobody answers (DESIGN.md section 7)."""


class Ended(msgspec.Struct, frozen=True):
    """A payment as it is shown, and how long it took to become so."""

    state: str
    reason: str | None
    seconds: float


class Market:
    """A server with the test shop, a worker and the simulator; `database` is a pool of connections as the owner."""

    def __init__(self, server: Server, database: Any) -> None:
        limits = httpx.Limits(max_connections=40)
        self.api = httpx.AsyncClient(base_url=server.base_url, timeout=30, limits=limits)
        self.operators = httpx.AsyncClient(base_url=server.operators_url, timeout=30)
        self._database = database
        self._began: dict[str, float] = {}

    async def close(self) -> None:
        """Let connections go."""
        await self.api.aclose()
        await self.operators.aclose()

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """Look behind the scenes."""
        found: list[Any] = await self._database.fetch(sql, *values)
        return found

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 201) -> Any:
        """Speak to the shop."""
        answer = await self.api.request(method, f"/api/shop{path}", json=body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def control(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        """Speak to the simulator's control API."""
        answer = await self.operators.request(method, f"/_control{path}", json=body)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    async def item(self, units: int = 100) -> str:
        """Put a new item on the shelf."""
        key: str = (await self.ask("POST", "/items/", {"units": units}))["id"]
        return key

    async def buy(self, operator: str, ending: str, *, item: str = "", enter: bool = True, **fields: Any) -> str:
        """Begin to buy; on Orange's page the payer enters the number, unless told not to. Returns the payment."""
        body = {"item": item or await self.item(), "gateway": operator, **fields}
        if operator != "orange":
            body["payer"] = NUMBERS[operator].format(ending)
        begun = await self.ask("POST", "/purchases/", body)
        payment: str = begun["payment"]
        self._began[payment] = time.monotonic()
        if operator == "orange" and enter:
            await self.enter(await self.page(payment), ending)
        return payment

    async def page(self, payment: str, *, other_than: str = "") -> str:
        """The pay_token of a payment's page, once there is one."""

        def arrived(shown: Any) -> bool:
            return bool(shown["url"]) and not (other_than and shown["url"].endswith(other_than))

        url: str = (await self.until(payment, arrived))["url"]
        return url.rpartition("/")[2]

    async def enter(self, token: str, ending: str) -> None:
        """Somebody enters a number on Orange's page."""
        await self.control("POST", f"/orange/{token}/pay", {"msisdn": NUMBERS["orange"].format(ending).lstrip("+")})

    async def shown(self, payment: str) -> Any:
        """A payment."""
        return await self.ask("GET", f"/payments/{payment}/", status=200)

    async def until(self, payment: str, true: Callable[[Any], bool], seconds: float = LONGEST) -> Any:
        """A payment once something is true of it."""
        deadline = time.monotonic() + seconds
        while not true(shown := await self.shown(payment)):
            assert time.monotonic() < deadline, f"after {seconds:g} s a payment is {shown}"
            await asyncio.sleep(STEP)
        return shown

    async def ended(self, payment: str) -> Ended:
        """A payment once it is not pending any more."""
        shown = await self.until(payment, lambda each: each["state"] != "pending")
        return Ended(shown["state"], shown["reason"], time.monotonic() - self._began[payment])

    async def bought(self, operator: str, ending: str = "10", **fields: Any) -> str:
        """A payment that has succeeded."""
        payment = await self.buy(operator, ending, **fields)
        assert (await self.ended(payment)).state == "succeeded"
        return payment

    async def attempts(self, payment: str) -> list[Any]:
        """A payment's attempts."""
        return await self.rows("select * from payment_attempt where payment_id = $1 order by position", UUID(payment))

    async def prompted(self, payment: str) -> UUID:
        """The id of a payment's attempt once the operator has it."""

        async def look() -> Any:
            return [each["id"] for each in await self.attempts(payment) if each["state"] == "pending"]

        key: UUID = (await until(look, f"no operator has {payment}"))[0]
        return key

    async def reference(self, payment: str) -> tuple[str, str]:
        """The operator of a payment's latest attempt, and the name by which it knows it."""
        attempt = (await self.attempts(payment))[-1]
        return attempt["gateway"], reference_of(attempt["gateway"], attempt["id"])

    async def log(self, payment: str) -> list[Any]:
        """What the operator saw of a payment's latest attempt."""
        operator, reference = await self.reference(payment)
        found: list[Any] = (await self.control("GET", f"/log?operator={operator}&reference={reference}"))["entries"]
        return found

    async def moved(self, movement: str, *operations: UUID) -> list[str]:
        """The amounts that moved under these operations, in the operators' books."""
        compact = [compact_reference(each) for each in operations]
        names = {*map(str, operations), *compact, *(each[:20] for each in compact)}
        entries = (await self.control("GET", "/ledger"))["entries"]
        return [each["amount"] for each in entries if each["movement"] == movement and each["reference"] in names]

    async def balances(self, payment: str) -> dict[str, int]:
        """What a payment has put on our accounts."""
        found = await self.rows(
            "select account, sum(e.amount)::int as amount from ledger_entry e join ledger_transaction t"
            " on t.id = e.transaction_id where t.payment_id = $1 group by 1 having sum(e.amount) <> 0",
            UUID(payment),
        )
        return {each["account"]: each["amount"] for each in found}

    async def give_back(self, payment: str, amount: int, payee: str | None = None) -> UUID:
        """Ask for money back, approved; returns the refund."""
        answer = await self.ask("POST", f"/payments/{payment}/refund/", {"amount": str(amount), "payee": payee})
        return UUID(answer["refund"])

    async def refund(self, key: UUID, state: str) -> Any:
        """A refund once it is in a state."""

        async def look() -> Any:
            return await self.rows("select * from refund where id = $1 and state = $2", key, state)

        return (await until(look, f"the refund {key} is not {state}"))[0]

    async def refund_of(self, payment: str, state: str) -> Any:
        """A payment's one refund once it is there and in a state."""

        async def look() -> Any:
            return await self.rows("select id from refund where payment_id = $1", UUID(payment))

        return await self.refund((await until(look, f"{payment} has no refund"))[0]["id"], state)


async def until(look: Callable[[], Awaitable[Any]], fault: str, seconds: float = LONGEST) -> Any:
    """Look until there is something to see."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, f"after {seconds:g} s {fault}"
        await asyncio.sleep(STEP)
    return found


def reference_of(operator: str, operation: UUID) -> str:
    """The name by which an operator knows one of our operations."""
    return str(operation) if operator == "mtn" else compact_reference(operation)
