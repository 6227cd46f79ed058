"""The operator simulator in the tests' process, with a gateway of each operator before it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec

from adapters.gateways.moov.credentials import merchant_token
from adapters.gateways.moov.gateway import MoovGateway
from adapters.gateways.moov.settings import MoovSettings
from adapters.gateways.mtn.client import MtnCredentials
from adapters.gateways.mtn.gateway import MtnGateway
from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.orange.client import OrangeCredentials, PayoutCredentials
from adapters.gateways.orange.gateway import OrangeGateway
from adapters.gateways.orange.settings import OrangeSettings, PayoutSettings
from adapters.operators.application import operators_application
from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE
from adapters.operators.settings import OperatorSettings
from core.payments.gateway import (
    Gateway,
    Observation,
    OperationKind,
    Outcome,
    PreparesRefunds,
    RefundOrder,
    Submission,
    compact_reference,
)
from core.primitives.secret import Secret
from core.testkit.clock import FakeClock
from tests.adapters.gateways.stage import collection, inquiry, xof

ADDRESS = "http://127.0.0.1:8001"
LOCAL = {
    "callback_url": "http://127.0.0.1:9/webhooks/x/",
    "return_url": "http://127.0.0.1:9/retour",
    "cancel_url": "http://127.0.0.1:9/annulation",
}


class Operators:
    """The simulator in this process, with a gateway of each operator."""

    def __init__(self, settings: OperatorSettings | None = None) -> None:
        self.application = operators_application(
            settings, callback_transport=httpx2.MockTransport(lambda _: httpx2.Response(200))
        )
        self.transport = httpx2.ASGITransport(app=self.application)
        self.clock = FakeClock()
        self.mtn = MtnGateway(
            MtnSettings(base_url=f"{ADDRESS}/mtn", deadline=5),
            MtnCredentials(
                subscription_key=Secret(DEMO_MTN.collection_key),
                api_user=DEMO_MTN.api_user,
                api_key=Secret(DEMO_MTN.api_key),
            ),
            MtnCredentials(
                subscription_key=Secret(DEMO_MTN.disbursement_key),
                api_user=DEMO_MTN.api_user,
                api_key=Secret(DEMO_MTN.api_key),
            ),
            self.transport,
        )
        self.orange = OrangeGateway(
            OrangeSettings(
                base_url=f"{ADDRESS}/orange",
                deadline=5,
                payout=PayoutSettings(
                    user=DEMO_ORANGE.payout_user,
                    channel_number=DEMO_ORANGE.payout_channel,
                    number_form="digits",
                ),
            ),
            OrangeCredentials(
                client_id=DEMO_ORANGE.client_id,
                client_secret=Secret(DEMO_ORANGE.client_secret),
                merchant_key=Secret(DEMO_ORANGE.merchant_key),
            ),
            self.clock,
            PayoutCredentials(
                client_id=DEMO_ORANGE.client_id,
                client_secret=Secret(DEMO_ORANGE.client_secret),
                user=DEMO_ORANGE.payout_user,
                password=Secret(DEMO_ORANGE.payout_password),
                pin=Secret(DEMO_ORANGE.payout_pin),
            ),
            self.transport,
        )
        self.moov = MoovGateway(
            MoovSettings(base_url=f"{ADDRESS}/moov", deadline=5),
            merchant_token(Secret(DEMO_MOOV.key), DEMO_MOOV.username, Secret(DEMO_MOOV.password)),
            self.transport,
        )

    def of(self, name: str) -> Gateway:
        """A gateway by its operator."""
        gateway: Gateway = getattr(self, name)
        return gateway

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Speak to the control API."""
        async with httpx2.AsyncClient(transport=self.transport, base_url=ADDRESS) as client:
            answer = await client.request(method, f"/_control{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, there and here."""
        await self.control("POST", "/clock", {"seconds": seconds})
        self.clock.advance(timedelta(seconds=seconds))

    async def collect(self, name: str, payer: str, operation: UUID | None = None) -> tuple[UUID, Submission]:
        """Ask this payer for money; on Orange's page the payer enters the number."""
        operation = operation or uuid4()
        said = await self.of(name).collect(collection(operation=operation, payer=payer, **LOCAL))
        if said.outcome is Outcome.ACTION_REQUIRED:
            token = said.handles["pay_token"]
            await self.control("POST", f"/orange/{token}/pay", {"msisdn": payer})
        return operation, said

    async def refund(self, name: str, order: RefundOrder) -> Submission:
        """Send money back, prepared where the operator wants that; the handles are all that is kept."""
        gateway = self.of(name)
        if isinstance(gateway, PreparesRefunds):
            order = msgspec.structs.replace(order, prepared=(await gateway.prepare_refund(order)).handles)
        said = await gateway.refund(order)
        return msgspec.structs.replace(said, handles={**order.prepared, **said.handles})

    async def look(
        self,
        name: str,
        operation: UUID,
        said: Submission,
        kind: OperationKind = OperationKind.COLLECTION,
        amount: int = 500,
    ) -> Observation:
        """What became of it?"""
        return await self.of(name).lookup(
            inquiry(kind, operation=operation, amount=xof(amount), sent_at=self.clock.now(), handles=said.handles)
        )

    async def debits(self, operation: UUID) -> int:
        """How often the operators' books hold a movement of an operation."""
        names = {str(operation), compact_reference(operation), compact_reference(operation)[:20]}
        entries = (await self.control("GET", "/ledger"))["entries"]
        return sum(1 for each in entries if each["reference"] in names)

    async def close(self) -> None:
        """Stop."""
        for name in NAMES:
            await self.of(name).close()
        self.application.simulation.clock.reset()
        await self.application.simulation.callbacks.close()


NAMES = ("mtn", "orange", "moov")
