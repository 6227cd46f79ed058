"""Calls to the MoMo Open API: products, tokens, headers (mobile-money.md sections 2.1, 2.3 and 2.4)."""

from collections.abc import Mapping
from uuid import UUID

import httpx2
import msgspec

from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.tokens import Token, TokenCache, basic, read_token, tenth
from adapters.gateways.wire import Answer, Wire
from core.primitives.secret import Secret

RENEWED_BEFORE_END = 600.0
"""Seconds: MTN asks for a new token about ten minutes before the old one's end (section 2.3)."""


class MtnCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What opens one product."""

    subscription_key: Secret
    api_user: str
    api_key: Secret


class Product:
    """One product ("collection", "disbursement") with its subscription key and its token."""

    def __init__(self, name: str, credentials: MtnCredentials, settings: MtnSettings, wire: Wire) -> None:
        self.name = name
        self._credentials = credentials
        self._basic = basic(credentials.api_user, credentials.api_key)
        self._target = settings.target_environment
        self._wire = wire
        self.tokens = TokenCache(self._fetch_token, margin=_margin)

    @property
    def secrets(self) -> tuple[Secret | None, ...]:
        """All that must not be shown."""
        return (self._credentials.subscription_key, self._credentials.api_key, self._basic, self.tokens.held)

    async def post(
        self, call: str, path: str, *, operation: UUID, body: Mapping[str, object], callback_url: str
    ) -> Answer:
        """Send a command under the operation's id. Raises `Trouble`."""
        headers = {"X-Reference-Id": str(operation), "Content-Type": "application/json"}
        if callback_url:
            headers["X-Callback-Url"] = callback_url
        return await self._send(call, "POST", path, operation, headers, msgspec.json.encode(body))

    async def get(self, call: str, path: str, *, operation: UUID | None) -> Answer:
        """Ask a question. Raises `Trouble`."""
        return await self._send(call, "GET", path, operation, {}, b"")

    async def _send(
        self, call: str, method: str, path: str, operation: UUID | None, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        async def send(token: str) -> Answer:
            return await self._wire.call(
                call,
                method,
                f"/{self.name}{path}",
                operation=operation,
                headers={
                    "Authorization": f"Bearer {token}",
                    "X-Target-Environment": self._target,
                    "Ocp-Apim-Subscription-Key": self._credentials.subscription_key.reveal(),
                    "Accept": "application/json",
                    **headers,
                },
                content=content,
            )

        return await self.tokens.authorised(send)

    async def _fetch_token(self) -> Token:
        answer = await self._wire.call(
            f"{self.name}_token",
            "POST",
            f"/{self.name}/token/",
            operation=None,
            headers={
                "Authorization": f"Basic {self._basic.reveal()}",
                "Ocp-Apim-Subscription-Key": self._credentials.subscription_key.reveal(),
                "Accept": "application/json",
            },
        )
        return read_token(answer)


class MtnClient:
    """The products of a merchant. Without `disbursement` there are no refunds."""

    def __init__(
        self,
        settings: MtnSettings,
        collection: MtnCredentials,
        disbursement: MtnCredentials | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._wire = mtn_wire(settings, transport)
        self.collection = Product("collection", collection, settings, self._wire)
        self.disbursement = Product("disbursement", disbursement, settings, self._wire) if disbursement else None

    @property
    def products(self) -> tuple[Product, ...]:
        """The products that there are."""
        return (self.collection, self.disbursement) if self.disbursement else (self.collection,)

    @property
    def secrets(self) -> tuple[Secret | None, ...]:
        """All that must not be shown."""
        return tuple(secret for product in self.products for secret in product.secrets)

    async def close(self) -> None:
        """Let connections and tokens go."""
        for product in self.products:
            product.tokens.close()
        await self._wire.close()


def mtn_wire(settings: MtnSettings, transport: httpx2.AsyncBaseTransport | None = None) -> Wire:
    """Return the connections to MTN."""
    return Wire(
        "mtn",
        base_url=settings.url,
        deadline=settings.deadline,
        ca_file=settings.ca_file,
        transport=transport,
    )


def _margin(lifetime: float) -> float:
    return RENEWED_BEFORE_END if lifetime > 2 * RENEWED_BEFORE_END else tenth(lifetime)
