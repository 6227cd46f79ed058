"""A stall that sells what spotvibe's payments are for, for tests of payments alone: its gateways are fakes, and what is
sold are rows of nobody's. Tickets and subscriptions are switched off."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM, Caller
from core.payments.entities import Payment, Refund
from core.payments.gateway import Capabilities, Reason, RefundMode, State
from core.payments.refund_sending import LOOK_AT_REFUND
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.testkit.gateways.fake_operator import PROMPT
from core.work import Work
from plugins.spotvibe.payments.api import PaymentsApi
from plugins.spotvibe.payments.domain import INITIATE_FIELDS, ORDER_TYPES, WRONG_AMOUNT, Means, Purchase, Type
from plugins.spotvibe.payments.payment_service import KEYS
from tests.cluster import DatabaseUrls
from tests.plugins.spotvibe.till import Till
from tests.scene import Person, Scene, scene_on

PRICE = Decimal(5000)
FEES = {Type.BILLET: Decimal(500), Type.ABONNEMENT: Decimal(0)}
UNKNOWN_KEY = 404
"""What nobody sells."""
NEWS = ("spotvibe.payment_failed", "spotvibe.refund_decided", "spotvibe.refund_done")


class Sold:
    """What is paid as one type: order type and payable in one. `used` orders are not refundable, `gone` ones are not
    held again."""

    def __init__(self, kind: Type, api: PaymentsApi) -> None:
        self.type_paiement = kind
        self.order_type = self.name = ORDER_TYPES[kind]
        self.used: set[str] = set()
        self.gone: set[str] = set()
        self._api = api

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Hold again what is not gone."""
        return payment.order not in self.gone

    async def honour(self, work: Work, payment: Payment) -> bool:
        """Deliver what is not gone."""
        return payment.order not in self.gone

    async def release(self, work: Work, payment: Payment) -> None:
        """Nothing was held."""

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:
        """Nothing was delivered."""

    async def initiate(self, work: Work, caller: Caller, key: int, montant: Decimal, means: Means) -> UUID:
        """Sell for the price."""
        if key == UNKNOWN_KEY:
            raise invalid_field(KEYS[self.type_paiement], messages.NOT_REFERENCE)
        if montant != PRICE:
            raise invalid_field("montant", WRONG_AMOUNT, montant=PRICE)
        purchase = Purchase(
            type_paiement=self.type_paiement,
            order=str(key),
            montant=montant,
            commission=FEES[self.type_paiement],
            payee="spotvibe:1",
            means=means,
            description="Concert de Rock",
        )
        return (await self._api.begin(work, caller, purchase, **INITIATE_FIELDS)).id

    async def titles(self, work: Work, orders: Sequence[str]) -> Mapping[str, str]:
        """What was sold."""
        return {order: f"Concert {order}" for order in orders}

    async def refundable(self, work: Work, order: str) -> bool:
        """What is not used is."""
        return order not in self.used


class Stall(Till):
    """A scene with a stall. `operator` is the far end of MOMO_FAKE, which prompts the phone; `page` that of MOMO_PAGE,
    which has a page; MOMO_HAND prompts the phone, and staff send its refunds. `news` are the events that payments
    publish, in order."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, *NEWS)
        self.api: PaymentsApi = scene.installed.composition.wired["spotvibe_payments"].api
        self.by_hand = self.add_operator("hand", _by_hand(PROMPT))
        self.tickets, self.plans = (self._sell(kind) for kind in (Type.BILLET, Type.ABONNEMENT))

    def _sell(self, kind: Type) -> Sold:
        sold = Sold(kind, self.api)
        self.scene.kernel.payments.orders.add(sold)
        self.api.payables.add(sold)
        return sold

    def news_of(self, person: Person) -> list[tuple[str, dict[str, Any]]]:
        """What was told about somebody's payments."""
        return [(topic, payload) for topic, payload in self.news if payload["user"] == person.id]

    def order(self, **fields: Any) -> dict[str, Any]:
        """A request that initiates the payment of tickets."""
        return {
            "type_paiement": "BILLET",
            "montant": "5000.00",
            "methode_paiement": "MOMO_FAKE",
            "telephone_paiement": "+22997000000",
            "event_ticket_id": 7,
            **fields,
        }

    async def begun(self, person: Person, **fields: Any) -> str:
        """Somebody's payment, prompted."""
        answer = await person.client.post("/api/payments/initiate/", json=self.order(**fields))
        assert answer.status_code == 201, answer.text
        await self.scene.installed.drain()
        key: str = answer.json()["payment_uuid"]
        return key

    async def paid(self, person: Person, **fields: Any) -> str:
        """Somebody's payment whose money has come."""
        key = await self.begun(person, **fields)
        if fields.get("methode_paiement") == "MOMO_HAND":
            await self.by_hand.settle(await self.scene.attempt(key))
        else:
            await self.operator.settle(await self.scene.attempt(key))
        await self._verified(person, key, "REUSSI")
        return key

    async def failed(self, person: Person, **fields: Any) -> str:
        """Somebody's payment that its payer declined."""
        key = await self.begun(person, **fields)
        await self.operator.end(await self.scene.attempt(key), State.FAILED, Reason.DECLINED_BY_PAYER)
        await self._verified(person, key, "ECHEC")
        return key

    async def _verified(self, person: Person, key: str, statut: str) -> None:
        verified = await person.client.post("/api/payments/verify/", json={"payment_uuid": key})
        assert verified.json()["status"] == statut, verified.text
        await self.scene.installed.drain()

    async def detail(self, person: Person, key: str) -> Any:
        """A payment as somebody reads it."""
        answer = await person.client.get(f"/api/payments/{key}/")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def decide(self, number: int, *, approve: bool) -> None:
        """Decide on a refund as the administration does, and let what comes of it happen."""
        async with self.scene.kernel.works.everywhere(SYSTEM) as work:
            await (self.api.approve_refund if approve else self.api.reject_refund)(work, number, None)
            await work.commit()
        await self.settle()

    async def settle(self) -> None:
        """Let refunds be sent, and looked at without waiting for it."""
        await self.scene.installed.drain()
        await self.scene.owner.execute(
            "update outbox set available_at = now() where done_at is null and subscriber = $1", LOOK_AT_REFUND
        )
        await self.scene.installed.drain()


def _by_hand(capabilities: Capabilities) -> Capabilities:
    return msgspec.structs.replace(capabilities, refunds=RefundMode.MANUAL)


@asynccontextmanager
async def stall_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[Stall]:
    """Run a stall on a database."""
    off = {"off": ["spotvibe_tickets", "spotvibe_subscriptions"]}
    async with scene_on(urls, home, plugins=off, **settings) as scene:
        yield Stall(scene)
