"""Calls to Orange: Web Payment (mobile-money.md section 3A) and the payout contract (section 3B, cash-in)."""

from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

import httpx2
import msgspec

from adapters.gateways.orange.settings import OrangeSettings
from adapters.gateways.tokens import Token, TokenCache, basic, read_token
from adapters.gateways.wire import Answer, Wire
from core.primitives.secret import Secret


class OrangeCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """The application and the merchant key of Web Payment."""

    client_id: str
    client_secret: Secret
    merchant_key: Secret


class PayoutCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """The application, the API user and the PIN of the payout contract."""

    client_id: str
    client_secret: Secret
    user: str
    password: Secret
    pin: Secret


class Application:
    """An application of Orange's with its token (section 3A.1; 3B alike)."""

    def __init__(self, wire: Wire, call: str, path: str, client_id: str, client_secret: Secret) -> None:
        self._wire = wire
        self._call = call
        self._path = path
        self._basic = basic(client_id, client_secret)
        self.tokens = TokenCache(self._fetch_token)

    @property
    def secrets(self) -> tuple[Secret | None, ...]:
        """All that must not be shown."""
        return (self._basic, self.tokens.held)

    async def send(
        self,
        call: str,
        method: str,
        path: str,
        *,
        operation: UUID,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
    ) -> Answer:
        """Call with the token, and again with a new one where it is refused, unless `once`. Raises `Trouble`."""

        async def send(token: str) -> Answer:
            return await self._wire.call(
                call,
                method,
                path,
                operation=operation,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                    **(headers or {}),
                },
                content=msgspec.json.encode(body) if body is not None else b"",
            )

        return await self.tokens.authorised(send, once=once)

    async def close(self) -> None:
        """Let connections and token go."""
        self.tokens.close()
        await self._wire.close()

    async def _fetch_token(self) -> Token:
        answer = await self._wire.call(
            self._call,
            "POST",
            self._path,
            operation=None,
            headers={
                "Authorization": f"Basic {self._basic.reveal()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            content=b"grant_type=client_credentials",
        )
        return read_token(answer)


class WebPayment:
    """The calls of Web Payment."""

    def __init__(
        self,
        settings: OrangeSettings,
        credentials: OrangeCredentials,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        wire = Wire(
            "orange",
            base_url=settings.url,
            deadline=settings.deadline,
            ca_file=settings.ca_file,
            transport=transport,
        )
        self._path = f"/orange-money-webpay/{settings.environment}/v1"
        self._credentials = credentials
        self.application = Application(
            wire, "token", settings.token_path, credentials.client_id, credentials.client_secret
        )

    @property
    def secrets(self) -> tuple[Secret | None, ...]:
        """All that must not be shown."""
        return (self._credentials.client_secret, self._credentials.merchant_key, *self.application.secrets)

    async def create(self, operation: UUID, body: Mapping[str, object]) -> Answer:
        """Make a payment page. Raises `Trouble`."""
        whole = {"merchant_key": self._credentials.merchant_key.reveal(), **body}
        return await self.application.send(
            "webpayment", "POST", f"{self._path}/webpayment", operation=operation, body=whole
        )

    async def status(self, operation: UUID, body: Mapping[str, object]) -> Answer:
        """Read a payment's status. Raises `Trouble`."""
        return await self.application.send(
            "transactionstatus", "POST", f"{self._path}/transactionstatus", operation=operation, body=body
        )


class Payout:
    """The calls of the cash-in family. An init moves nothing; its token can be paid once."""

    def __init__(
        self,
        settings: OrangeSettings,
        credentials: PayoutCredentials,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        payout = settings.payout
        wire = Wire(
            "orange_payout",
            base_url=settings.payout_url,
            deadline=settings.deadline,
            ca_file=settings.ca_file,
            transport=transport,
        )
        self._path = f"{payout.path.rstrip('/')}/cashin"
        self._credentials = credentials
        self._auth_token = basic(credentials.user, credentials.password)
        self.application = Application(
            wire, "payout_token", payout.token_path, credentials.client_id, credentials.client_secret
        )

    @property
    def secrets(self) -> tuple[Secret | None, ...]:
        """All that must not be shown."""
        given = self._credentials
        return (given.client_secret, given.password, given.pin, self._auth_token, *self.application.secrets)

    async def init(self, operation: UUID) -> Answer:
        """Fetch a pay token. Raises `Trouble`."""
        return await self._send("cashin_init", "POST", "/init", operation, None)

    async def pay(self, operation: UUID, body: Mapping[str, object]) -> Answer:
        """Send money by a pay token, once: the access token has just served for `init` or a status read, so that a 401
        is rather about the PIN, of which wrong ones are counted. Raises `Trouble`."""
        whole = {**body, "pin": self._credentials.pin.reveal()}
        return await self._send("cashin_pay", "POST", "/pay", operation, whole, once=True)

    async def status(self, operation: UUID, pay_token: str) -> Answer:
        """Read what became of a pay token. Raises `Trouble`."""
        return await self._send(
            "cashin_paymentstatus", "GET", f"/paymentstatus/{quote(pay_token, safe='')}", operation, None
        )

    async def _send(
        self,
        call: str,
        method: str,
        path: str,
        operation: UUID,
        body: Mapping[str, object] | None,
        *,
        once: bool = False,
    ) -> Answer:
        return await self.application.send(
            call,
            method,
            self._path + path,
            operation=operation,
            body=body,
            headers={"X-AUTH-TOKEN": self._auth_token.reveal()},
            once=once,
        )
