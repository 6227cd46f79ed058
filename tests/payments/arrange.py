"""The payments kernel on a real database, with the fake operator, a clock that stands still, and the test shop."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from adapters.db.database import Database
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM, Caller, RequestContext
from core.numbers import Numbers
from core.payments.entities import Attempt, Payment, PaymentState, Refund
from core.payments.gateway import Callback, Capabilities, Gateway, GatewayOffer
from core.plugin import Handler
from core.primitives.errors import DomainError
from core.testkit.clock import FakeClock
from core.testkit.gateways import FakeGateway, FakeOperator
from core.work import Delivery
from socle.payments import compose_payments
from tests.cluster import DatabaseUrls

SHOP = Path(__file__).parent.parent / "shop"
if str(SHOP / "packages") not in sys.path:
    sys.path.append(str(SHOP / "packages"))
SHOP_MIGRATIONS = SHOP / "packages" / "socle_shop" / "migrations"
SHOP_PATH = f"{SHOP / 'packages'}:{SHOP / 'installed'}"
"""What finds the shop as an installed package."""

from socle_shop.http import Purchase  # noqa: E402
from socle_shop.service import Shop, ShopOrders  # noqa: E402

PAYER = "+2290197000000"
FROM_OPERATOR = Caller(request=RequestContext(method="POST", path="/webhooks/fake/", status=200, address="192.0.2.1"))


class Till:
    """A shop that takes payments. `operator` is the far end of the gateway "fake"; deliveries run when a test says so.

    The outbox is emptied by hand, whatever its times say: `run` makes one round, `settle` rounds until nothing new is
    asked for.
    """

    def __init__(
        self,
        database: Database,
        operator: FakeOperator,
        clock: FakeClock,
        *,
        gateway: Gateway | None = None,
        blocked: Any = None,
    ) -> None:
        self.works = PgWorks(database, {})
        self.operator = operator
        self.clock = clock
        numbers = Numbers(self.works, "BJ")
        if blocked is not None:
            numbers.add_guards(blocked)
        self.area = compose_payments(self.works, numbers, clock, "http://127.0.0.1")
        self.payments = self.area.payments
        self.gateway = gateway or FakeGateway(operator)
        self.payments.gateways.add(GatewayOffer(slug="fake", title="Fake", gateway=self.gateway))
        self.payments.orders.add(ShopOrders())
        self.shop = Shop(self.works, self.payments)
        self.handlers: Mapping[str, Handler] = self.area.jobs

    @property
    def capabilities(self) -> Capabilities:
        """What the operator offers."""
        return self.gateway.capabilities

    async def stock(self, units: int = 1) -> UUID:
        """An item with so many units."""
        return await self.shop.stock(SYSTEM, units)

    async def buy(self, item: UUID | None = None, **fields: Any) -> UUID:
        """Begin to buy a unit; the payment's id."""
        given = {"payer": PAYER, "gateway": "fake", **fields}
        given |= {name: Decimal(given[name]) for name in ("amount", "commission") if name in given}
        purchase = Purchase(item=item or await self.stock(), **given)
        _, payment, _ = await self.shop.buy(SYSTEM, purchase)
        return payment

    async def run(self) -> int:
        """Run every open delivery of payments once; how many there were."""
        async with self.works.everywhere(SYSTEM) as work:
            records = await work.connection.fetch(
                "update outbox set done_at = now() where done_at is null and subscriber like 'payments.%'"
                " returning id, topic, subscriber, payload"
            )
            await work.commit()
        for record in sorted(records, key=lambda each: each["id"]):
            delivery = Delivery(record["id"], record["topic"], record["subscriber"], record["payload"])
            await self.handlers[record["subscriber"]](delivery)
        return len(records)

    async def settle(self, rounds: int = 12) -> None:
        """Run deliveries until none is left, or as often as an open payment would be looked at."""
        for _ in range(rounds):
            if not await self.run():
                return

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass, and what is due run."""
        self.clock.advance(by)
        await self.run()

    async def payment(self, key: UUID) -> Payment:
        """A payment."""
        async with self.works.everywhere(SYSTEM) as work:
            return await self.payments.get(work, key)

    async def state(self, key: UUID) -> PaymentState:
        """A payment's state."""
        return (await self.payment(key)).state

    async def attempts(self, key: UUID) -> list[Attempt]:
        """A payment's attempts."""
        async with self.works.everywhere(SYSTEM) as work:
            return await self.payments._store.attempts(work, key)

    async def attempt(self, key: UUID) -> Attempt:
        """A payment's latest attempt."""
        return (await self.attempts(key))[-1]

    async def refunds(self, key: UUID) -> list[Refund]:
        """A payment's refunds."""
        async with self.works.everywhere(SYSTEM) as work:
            return await self.payments.refunds._store.of_payment(work, key)

    async def give_back(self, key: UUID, amount: int | str | Decimal) -> UUID:
        """Ask for a refund, approved."""
        return await self.shop.give_back(SYSTEM, key, Decimal(amount), None)

    async def call_back(self, callback: Callback, reference: str = "") -> None:
        """Take a callback in."""
        await self.area.callbacks.receive(FROM_OPERATOR, "fake", reference, callback)

    async def left(self, item: UUID) -> int:
        """Units on the shelf."""
        async with self.works.everywhere(SYSTEM) as work:
            left: int = await work.connection.fetchval("select stock from shop_item where id = $1", item)
        return left

    async def order(self, key: UUID) -> Mapping[str, Any]:
        """The order of a payment."""
        async with self.works.everywhere(SYSTEM) as work:
            order: Mapping[str, Any] = await work.connection.fetchrow(
                "select * from shop_order where payment = $1", key
            )
        return order

    async def balances(self, payment: UUID) -> dict[str, Decimal]:
        """What a payment has put on the accounts."""
        async with self.works.everywhere(SYSTEM) as work:
            records = await work.connection.fetch(
                "select account, sum(e.amount) as amount from ledger_entry e join ledger_transaction t"
                " on t.id = e.transaction_id where t.payment_id = $1 group by 1 having sum(e.amount) <> 0",
                payment,
            )
        return {record["account"]: record["amount"] for record in records}

    async def faults(self) -> list[Any]:
        """What the books say against us."""
        return await self.area.reconciliation.faults()


def quick(capabilities: Capabilities, **changes: Any) -> Capabilities:
    """Capabilities with short times, so that calls that hang end soon."""
    return msgspec.structs.replace(capabilities, deadline=timedelta(seconds=1), **changes)


async def migrated(urls: DatabaseUrls) -> DatabaseUrls:
    """Add the shop's tables to a database."""
    from adapters.db import migrate

    await migrate.upgrade(urls.owner, urls.app, version_locations=[SHOP_MIGRATIONS])
    return urls


@contextmanager
def refusing(code: str) -> Iterator[None]:
    """Expect a refusal by the code of its message, of the request as a whole or of a problem in it."""
    with pytest.raises(DomainError) as refused:
        yield
    assert code in (refused.value.code, *(problem.message.code for problem in refused.value.problems))
