"""An installation whose payments go to an operator of the tests' own."""

from uuid import UUID

from core.payments.gateway import GatewayOffer, Reason, State
from core.testkit.gateways import FakeGateway, FakeOperator
from tests.running import Running


class Paying(Running):
    """An installation with the payment method MOMO_FAKE."""

    _operator: FakeOperator | None = None

    @property
    def operator(self) -> FakeOperator:
        """The far end of the payment method MOMO_FAKE, which prompts the phone; asked for, the method is there."""
        if self._operator is None:
            self._operator = FakeOperator()
            offer = GatewayOffer(slug="fake", title="Monnaie d'essai", gateway=FakeGateway(self._operator))
            self.kernel.payments.gateways.add(offer)
        return self._operator

    async def attempt(self, payment: str) -> UUID:
        """The operation of a payment's latest attempt."""
        latest = "select id from payment_attempt where payment_id = $1 order by position desc limit 1"
        found: UUID = await self.owner.fetchval(latest, UUID(payment))
        return found

    async def settle(self, payment: str) -> None:
        """Let the money of a payment by MOMO_FAKE come, and what comes of it happen."""
        await self.installed.drain()
        await self.operator.settle(await self.attempt(payment))
        await self.kernel.payments.verify(UUID(payment))
        await self.installed.drain()

    async def decline(self, payment: str) -> None:
        """Let the payer of a payment by MOMO_FAKE decline it, and what comes of it happen."""
        await self.installed.drain()
        await self.operator.end(await self.attempt(payment), State.FAILED, Reason.DECLINED_BY_PAYER)
        await self.kernel.payments.verify(UUID(payment))
        await self.installed.drain()
