"""The gateways of the house before the simulator, on real sockets: every named check of the conformance kit that
applies, and every status of the operators' documents (reference/mobile-money.md sections 2.5, 2.9, 3A.4, 3B, 4A.6)."""

import re
from abc import abstractmethod
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar
from uuid import UUID, uuid4

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
from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE
from adapters.operators.moov_wire import TEXTS
from adapters.operators.mtn_wire import shown
from adapters.operators.orange_wire import status_of
from adapters.operators.payers import Operator
from adapters.operators.transactions import Standing
from core.payments.gateway import (
    Callback,
    Capabilities,
    Gateway,
    compact_reference,
)
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.clock import START, FakeClock
from core.testkit.gateways import Call, GatewayConformance, GatewayPeer
from tests.conformance.documented_statuses import MOOV_STATUSES, MTN_STATUSES, ORANGE_STATUSES, PAYOUT_STATUSES
from tests.conformance.simulated_operators import SILENT, SimulatedOperator, asked_of

DEADLINE = 2.0
"""Seconds of a call: short, because the checks of silence wait for it."""
NOWHERE = "http://127.0.0.1:9"
LONGER_THAN_TOKENS = 4000


class SimulatedPeer(GatewayPeer):
    """A gateway with the simulator's end of it."""

    payer = SILENT

    def __init__(self, server: SimulatedOperator) -> None:
        self.server = server
        self.script = server.script
        self.gateway = self.another()

    @abstractmethod
    def another(self) -> Gateway: ...

    async def debits(self, operation: UUID) -> int:
        return self.server.moved(operation, collections=True)

    async def credits(self, operation: UUID) -> int:
        return self.server.moved(operation, collections=False)

    async def settle(self, operation: UUID, *, amount: Money | None = None) -> None:
        self.server.pay(operation, amount)

    async def revoke_credentials(self) -> None:
        self.server.revoke()

    async def expire_tokens(self) -> None:
        self.server.simulation.clock.move(LONGER_THAN_TOKENS)

    async def amount_received(self, operation: UUID) -> str:
        request = asked_of(self.server, compact_reference(operation))
        found = re.search(rb'(?:"amount":\s*"?|<amount>)([^",<}]+)', request.body)
        assert found is not None
        return found[1].decode()


def callback(body: object, method: str = "POST") -> Callback:
    """A callback with a JSON body."""
    return Callback(method=method, headers={}, query={}, body=msgspec.json.encode(body), received_at=START)


MTN_STANDINGS = {
    "PENDING": Standing.PENDING,
    "CREATED": Standing.CREATED,
    "SUCCESSFUL": Standing.SUCCEEDED,
    "FAILED": Standing.FAILED,
}


class MtnPeer(SimulatedPeer):
    """MTN with both products."""

    bodyless = frozenset({Call.COLLECT, Call.REFUND})
    statuses = MTN_STATUSES

    @property
    def shown(self) -> Sequence[object]:
        return (self._settings,)

    @property
    def secrets(self) -> Sequence[str]:
        pair = b64encode(f"{DEMO_MTN.api_user}:{DEMO_MTN.api_key}".encode()).decode()
        given = (DEMO_MTN.collection_key, DEMO_MTN.disbursement_key, DEMO_MTN.api_key, pair)
        return (*given, *self.server.given_out)

    @property
    def _settings(self) -> MtnSettings:
        return MtnSettings(base_url=f"{self.server.url}/mtn", deadline=DEADLINE, api_user=DEMO_MTN.api_user)

    def another(self) -> Gateway:
        return mtn_of(self._settings)

    async def report(self, operation: UUID, raw: str) -> None:
        status, _, rest = raw.partition(" ")
        form, _, reason = rest.partition(" ")
        self.server.simulation.switches.set({"mtn": {"reason": form or "string"}})
        words = {} if status in MTN_STANDINGS else {b'"PENDING"': f'"{status}"'.encode()}
        self.server.let(operation, MTN_STANDINGS.get(status, Standing.PENDING), reason, words)

    async def amount_received(self, operation: UUID) -> str:
        body: dict[str, str] = msgspec.json.decode(asked_of(self.server, str(operation)).body)
        return body["amount"]

    async def callback_for(self, operation: UUID) -> Callback:
        return callback(shown(self.server.simulation, self.server.transaction(operation)), "PUT")

    async def forged_callbacks(self, operation: UUID) -> Sequence[Callback]:
        true = shown(self.server.simulation, self.server.transaction(operation))
        paid = {**true, "status": "SUCCESSFUL", "financialTransactionId": "1000000099"}
        return (callback(paid), callback({**paid, "externalId": str(uuid4())}), callback({"status": "SUCCESSFUL"}))


def mtn_of(settings: MtnSettings) -> MtnGateway:
    """MTN's gateway with the simulator's credentials."""
    keys = (DEMO_MTN.collection_key, DEMO_MTN.disbursement_key)
    collection, disbursement = (
        MtnCredentials(subscription_key=Secret(key), api_user=DEMO_MTN.api_user, api_key=Secret(DEMO_MTN.api_key))
        for key in keys
    )
    return MtnGateway(settings, collection, disbursement)


class OrangePeer(SimulatedPeer):
    """Orange with a payout contract, or without."""

    statuses = ORANGE_STATUSES

    def __init__(self, server: SimulatedOperator, *, payout: bool) -> None:
        self._payout = payout
        super().__init__(server)
        if payout:
            self.statuses += PAYOUT_STATUSES

    @property
    def shown(self) -> Sequence[object]:
        return (self._settings,)

    @property
    def secrets(self) -> Sequence[str]:
        pair = b64encode(f"{DEMO_ORANGE.client_id}:{DEMO_ORANGE.client_secret}".encode()).decode()
        given = [DEMO_ORANGE.client_secret, DEMO_ORANGE.merchant_key, pair]
        if self._payout:
            given += [DEMO_ORANGE.payout_password, DEMO_ORANGE.payout_pin, DEMO_ORANGE.payout_token]
        return (*given, *self.server.given_out)

    @property
    def _settings(self) -> OrangeSettings:
        return orange_settings(self.server.url, payout=self._payout)

    def another(self) -> Gateway:
        return orange_of(self._settings, payout=self._payout)

    async def report(self, operation: UUID, raw: str) -> None:
        word, _, reason = raw.partition(" ")
        standings = {
            "INITIATED": Standing.INITIATED,
            "PENDING": Standing.PENDING,
            "SUCCESS": Standing.SUCCEEDED,
            "FAILED": Standing.FAILED,
            "EXPIRED": Standing.EXPIRED,
        }
        standing = standings.get(word, Standing.PENDING)
        words = {f'"{each}"'.encode(): f'"{word}"'.encode() for each in ("PENDING", "SUCCESSFULL")}
        self.server.let(operation, standing, reason, words if word not in standings or word == "SUCCESS" else {})

    async def callback_for(self, operation: UUID) -> Callback:
        transaction = self.server.transaction(operation)
        token = transaction.tokens["notif_token"]
        status = status_of(transaction)
        return callback({"status": status, "notif_token": token, "txnid": transaction.operator_reference})

    async def forged_callbacks(self, operation: UUID) -> Sequence[Callback]:
        token = self.server.transaction(operation).tokens["notif_token"]
        claimed = {"status": "SUCCESS", "txnid": "MP260315.1200.S00001"}
        others = (token[::-1], "", f"{token} ", token[:-1], self.server.transaction(operation).tokens["pay_token"])
        return (callback(claimed), *(callback({**claimed, "notif_token": each}) for each in others))


def orange_settings(url: str, *, payout: bool) -> OrangeSettings:
    """Orange's contracts."""
    contract = PayoutSettings(
        user=DEMO_ORANGE.payout_user, channel_number=DEMO_ORANGE.payout_channel, number_form="digits"
    )
    return OrangeSettings(
        base_url=f"{url}/orange",
        deadline=DEADLINE,
        client_id=DEMO_ORANGE.client_id,
        payout=contract if payout else PayoutSettings(),
    )


def orange_of(settings: OrangeSettings, *, payout: bool) -> OrangeGateway:
    """Orange's gateway with the simulator's credentials."""
    secret = Secret(DEMO_ORANGE.client_secret)
    web = OrangeCredentials(
        client_id=DEMO_ORANGE.client_id, client_secret=secret, merchant_key=Secret(DEMO_ORANGE.merchant_key)
    )
    contract = PayoutCredentials(
        client_id=DEMO_ORANGE.client_id,
        client_secret=secret,
        user=DEMO_ORANGE.payout_user,
        password=Secret(DEMO_ORANGE.payout_password),
        pin=Secret(DEMO_ORANGE.payout_pin),
    )
    return OrangeGateway(settings, web, FakeClock(), contract if payout else None)


class MoovPeer(SimulatedPeer):
    """Moov."""

    unlisted = "777"
    statuses = MOOV_STATUSES

    @property
    def shown(self) -> Sequence[object]:
        return (self._settings,)

    @property
    def secrets(self) -> Sequence[str]:
        return (self._token.reveal(), DEMO_MOOV.password, DEMO_MOOV.key)

    @property
    def _token(self) -> Secret:
        return merchant_token(Secret(DEMO_MOOV.key), DEMO_MOOV.username, Secret(DEMO_MOOV.password))

    @property
    def _settings(self) -> MoovSettings:
        return MoovSettings(base_url=f"{self.server.url}/moov", deadline=DEADLINE, username=DEMO_MOOV.username)

    def another(self) -> Gateway:
        return MoovGateway(self._settings, self._token)

    async def report(self, operation: UUID, raw: str) -> None:
        code, _, text = raw.partition(" ")
        words = {TEXTS[code].encode(): text.encode()} if text else {}
        standing = Standing.SUCCEEDED if code == "0" else Standing.FAILED
        self.server.let(operation, standing, code, words)


def mtn_call(method: str, target: str, body: bytes) -> Call:
    """Which call of MTN's a request is."""
    if target.endswith("/token/"):
        return Call.TOKEN
    if target.endswith("/balance"):
        return Call.PROBE
    if method == "GET":
        return Call.LOOKUP
    return Call.COLLECT if "/requesttopay" in target else Call.REFUND


def orange_call(method: str, target: str, body: bytes) -> Call:
    """Which call of Orange's a request is. A payout's `init` fetches a pay token and moves nothing."""
    if target.endswith("/token"):
        return Call.TOKEN
    if target.endswith("/init"):
        return Call.PREPARE
    if target.endswith("/webpayment"):
        return Call.COLLECT
    return Call.REFUND if target.endswith("/pay") else Call.LOOKUP


def moov_call(method: str, target: str, body: bytes) -> Call:
    """Which call of Moov's a request is."""
    if b"PushWithPending" in body:
        return Call.COLLECT
    if b"transferFlooz" in body:
        return Call.REFUND
    never_sent = compact_reference(UUID(int=0)).encode()
    return Call.PROBE if never_sent in body else Call.LOOKUP


class TestMtn(GatewayConformance):
    """MTN MoMo."""

    offers: ClassVar[Capabilities] = mtn_of(MtnSettings(base_url=NOWHERE)).capabilities
    tokens = True

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[MtnPeer]:
        async with SimulatedOperator(Operator.MTN, mtn_call) as server:
            yield MtnPeer(server)


class TestOrange(GatewayConformance):
    """Orange Web Payment, with refunds by a payout contract."""

    offers: ClassVar[Capabilities] = orange_of(orange_settings(NOWHERE, payout=True), payout=True).capabilities
    tokens = True

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[OrangePeer]:
        async with SimulatedOperator(Operator.ORANGE, orange_call) as server:
            yield OrangePeer(server, payout=True)


class TestOrangeWithoutPayout(GatewayConformance):
    """Orange Web Payment alone: staff send refunds."""

    offers: ClassVar[Capabilities] = orange_of(orange_settings(NOWHERE, payout=False), payout=False).capabilities
    tokens = True

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[OrangePeer]:
        async with SimulatedOperator(Operator.ORANGE, orange_call) as server:
            yield OrangePeer(server, payout=False)


class TestMoov(GatewayConformance):
    """Moov Money of Benin."""

    offers: ClassVar[Capabilities] = MoovGateway(MoovSettings(base_url=NOWHERE), Secret("t")).capabilities
    calls_back = False

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[MoovPeer]:
        async with SimulatedOperator(Operator.MOOV, moov_call) as server:
            yield MoovPeer(server)
