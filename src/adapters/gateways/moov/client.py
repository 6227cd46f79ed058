"""Calls to Moov's merchant API (mobile-money.md sections 4A.1 and 4A.3)."""

from collections.abc import Mapping
from uuid import UUID

import httpx2

from adapters.gateways.moov.settings import MoovSettings
from adapters.gateways.moov.soap import envelope, read_result
from adapters.gateways.wire import Wire
from core.primitives.secret import Secret


class MoovClient:
    """A merchant's calls. `token` is static and goes with each."""

    def __init__(
        self, settings: MoovSettings, token: Secret, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.token = token
        self._path = settings.path
        self._wire = Wire(
            "moov",
            base_url=settings.url,
            deadline=settings.deadline,
            ca_file=settings.ca_file,
            transport=transport,
        )

    async def push(self, operation: UUID, *, number: str, message: str, amount: str, reference: str) -> dict[str, str]:
        """Prompt a payer. Raises `Trouble`."""
        children = {
            "msisdn": number,
            "message": message,
            "amount": amount,
            "externaldata1": reference,
            "externaldata2": "",
            "fee": "0",
        }
        return await self._call("PushWithPending", operation, children)

    async def status(self, operation: UUID | None, *, reference: str) -> dict[str, str]:
        """Read what became of our reference. Raises `Trouble`."""
        return await self._call("getTransactionStatus", operation, {"request": {"transid": reference}})

    async def transfer(
        self, operation: UUID, *, number: str, amount: str, reference: str, message: str
    ) -> dict[str, str]:
        """Send money from the merchant's wallet. Raises `Trouble`."""
        request = {
            "destination": number,
            "amount": amount,
            "referenceid": reference,
            "walletid": "0",
            "extendeddata": message,
        }
        return await self._call("transferFlooz", operation, {"request": request})

    async def close(self) -> None:
        """Let connections go."""
        await self._wire.close()

    async def _call(
        self, name: str, operation: UUID | None, children: Mapping[str, str | Mapping[str, str]]
    ) -> dict[str, str]:
        answer = await self._wire.call(
            name,
            "POST",
            self._path,
            operation=operation,
            headers={"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '""'},
            content=envelope(name, {"token": self.token.reveal(), **children}),
        )
        return read_result(answer)
