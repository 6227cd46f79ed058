"""Buying: a unit is held while its payment runs, delivered once when it is paid."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.db.work import pg
from core.access.principal import Caller
from core.payments.entities import Payment, Refund, RefundCause
from core.payments.service import NextAction, PaymentOrder, Payments
from core.primitives.errors import invalid_request, message
from core.primitives.ids import new_id
from core.primitives.money import Money
from core.work import Work, Works

SOLD_OUT = message("shop_sold_out", fr="Il n'en reste plus.", en="There are none left.")
ORDER_TYPE = "shop_order"

TAKE = "update shop_item set stock = stock - $2 where id = $1 and stock >= $2 returning id"
GIVE_BACK = "update shop_item set stock = stock + $2 where id = $1"
MOVE = "update shop_order set state = $3 where id = $1 and state = $2 returning item, quantity"


class ShopOrders:
    """The order type of the shop."""

    name = ORDER_TYPE

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Hold the units again."""
        return await self._take_again(work, payment, "held")

    async def honour(self, work: Work, payment: Payment) -> bool:
        """Deliver: what is held, or what is still there."""
        run = pg(work).connection
        order = UUID(payment.order)
        held = await run.fetchrow(MOVE, order, "held", "paid")
        if held is None and not await self._take_again(work, payment, "paid"):
            return False
        await run.execute("update shop_order set delivered = delivered + 1 where id = $1", order)
        return True

    async def release(self, work: Work, payment: Payment) -> None:
        """Put the held units back."""
        run = pg(work).connection
        let_go = await run.fetchrow(MOVE, UUID(payment.order), "held", "released")
        if let_go is not None:
            await run.execute(GIVE_BACK, let_go["item"], let_go["quantity"])

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:
        """The delivery is void."""
        await pg(work).connection.fetchrow(MOVE, UUID(payment.order), "paid", "refunded")

    async def _take_again(self, work: Work, payment: Payment, state: str) -> bool:
        run = pg(work).connection
        order = UUID(payment.order)
        record = await run.fetchrow(
            "select item, quantity from shop_order where id = $1 and state = 'released' for update", order
        )
        if record is None or await run.fetchval(TAKE, record["item"], record["quantity"]) is None:
            return False
        await run.execute("update shop_order set state = $2 where id = $1", order, state)
        return True


class Shop:
    """Items, purchases, refunds."""

    def __init__(self, works: Works, payments: Payments) -> None:
        self._works = works
        self._payments = payments

    async def stock(self, caller: Caller, units: int) -> UUID:
        """Put an item with so many units on the shelf."""
        key = new_id()
        async with self._works.within(caller) as work:
            await pg(work).connection.execute("insert into shop_item (id, stock) values ($1, $2)", key, units)
            await work.commit()
        return key

    async def buy(self, caller: Caller, purchase: Any) -> tuple[UUID, UUID, NextAction]:
        """Hold a unit and begin its payment: (order, payment, next action)."""
        order = new_id()
        async with self._works.within(caller) as work:
            run = pg(work).connection
            if await run.fetchval(TAKE, purchase.item, purchase.quantity) is None:
                raise invalid_request(SOLD_OUT)
            payment = await self._payments.begin(
                work,
                PaymentOrder(
                    account=caller.account,
                    order_type=ORDER_TYPE,
                    order=str(order),
                    amount=Money(purchase.amount, purchase.currency),
                    commission=purchase.commission,
                    payee=purchase.payee or None,
                    gateway=purchase.gateway,
                    payer=purchase.payer or None,
                    description="Commande n° 1 – Chez l'Étoile",
                    return_url=purchase.return_url,
                    cancel_url=purchase.return_url,
                    locale=caller.locale,
                ),
            )
            await run.execute(
                "insert into shop_order (id, item, quantity, payment) values ($1, $2, $3, $4)",
                order,
                purchase.item,
                purchase.quantity,
                payment.id,
            )
            await work.commit()
        return order, payment.id, await self._payments.action(payment.id)

    async def payment(self, caller: Caller, key: UUID) -> Payment:
        """Read a payment."""
        async with self._works.within(caller) as work:
            return await self._payments.get(work, key)

    async def retry(self, caller: Caller, key: UUID, gateway: str | None, payer: str | None) -> NextAction:
        """Try a payment again."""
        async with self._works.within(caller) as work:
            await self._payments.retry(work, key, gateway=gateway, payer=payer)
            await work.commit()
        return await self._payments.action(key)

    async def cancel(self, caller: Caller, key: UUID) -> None:
        """Cancel a payment."""
        async with self._works.within(caller) as work:
            await self._payments.cancel(work, key)
            await work.commit()

    async def give_back(self, caller: Caller, key: UUID, amount: Decimal, payee: str | None) -> UUID:
        """Ask for a refund and approve it."""
        async with self._works.within(caller) as work:
            refund = await self._payments.refunds.request(
                work, key, amount, RefundCause.REQUESTED, description="Essai", payee=payee
            )
            await self._payments.refunds.approve(work, refund.id, None)
            await work.commit()
        return refund.id

    async def verify(self, caller: Caller, key: UUID) -> Payment:
        """Ask the operator now."""
        await self.payment(caller, key)
        return await self._payments.verify(key)
