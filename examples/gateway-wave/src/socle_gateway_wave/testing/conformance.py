"""The gateway's conformance: run by its own tests, and by `socle gateway check socle-gateway-wave`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import msgspec

from core.payments.gateway import Callback, Reason, State
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.clock import FakeClock
from core.testkit.gateways import Call, DocumentedStatus, GatewayConformance, GatewayPeer
from socle_gateway_wave.gateway import WaveGateway, capabilities_of
from socle_gateway_wave.reading import PAYMENT_ERRORS
from socle_gateway_wave.settings import WaveSettings
from socle_gateway_wave.testing.operator import WaveServer

API_KEY = "wave_sn_test_AqHyvJ9Tm2"
WEBHOOK_SECRET = "wave_sn_WHS_xz4m6g8rjs9b"  # noqa: S105
TESTED = WaveSettings(deadline_seconds=1)


def _said(raw: str, state: State, reason: Reason | None = None) -> DocumentedStatus:
    return DocumentedStatus(raw=raw, state=state, reason=reason)


STATUSES = (
    _said("open/processing", State.PENDING),
    _said("open/cancelled", State.PENDING),
    _said("open/cancelled/insufficient-funds", State.PENDING),
    _said("complete/processing", State.PENDING),
    _said("complete/succeeded", State.SUCCEEDED),
    _said("open/succeeded", State.SUCCEEDED),
    _said("complete/cancelled", State.CANCELLED, Reason.UNSPECIFIED),
    *(_said(f"complete/cancelled/{code}", State.FAILED, reason) for code, reason in PAYMENT_ERRORS.items()),
    _said("complete/cancelled/something-new", State.FAILED, Reason.UNSPECIFIED),
    _said("expired/processing", State.EXPIRED, Reason.TIMEOUT),
    _said("expired/cancelled", State.EXPIRED, Reason.TIMEOUT),
    _said("expired/cancelled/insufficient-funds", State.FAILED, Reason.INSUFFICIENT_FUNDS),
)
"""checkout_status / payment_status / last_payment_error.code."""


class WavePeer(GatewayPeer):
    """The gateway with the fake Wave."""

    secrets = (API_KEY, WEBHOOK_SECRET)
    statuses = STATUSES
    bodyless = frozenset({Call.REFUND})

    def __init__(self, server: WaveServer) -> None:
        self.server = server
        self.script = server.script
        self.settings = msgspec.structs.replace(TESTED, url=server.url)
        self.shown = (self.settings,)
        self.clock = FakeClock(self.now)
        self.gateway = self.another()

    def another(self) -> WaveGateway:
        """A second gateway of the same settings."""
        return WaveGateway(
            self.settings, api_key=Secret(API_KEY), webhook_secret=Secret(WEBHOOK_SECRET), clock=self.clock
        )

    async def debits(self, operation: UUID) -> int:
        """The sessions of a reference: each can be paid."""
        return sum(each["client_reference"] == str(operation) for each in self.server.sessions.values())

    async def credits(self, operation: UUID) -> int:
        """The refunds that were made for an operation."""
        return sum(each == str(operation) for each in self.server.refund_keys.values())

    async def settle(self, operation: UUID, *, amount: Money | None = None) -> None:
        """The payer pays."""
        self.server.pay(self.server.session_of(operation), str(amount.amount) if amount else None)

    async def report(self, operation: UUID, raw: str) -> None:
        """Say "checkout_status/payment_status/code"; a single word is a payment status."""
        checkout, _, rest = raw.partition("/") if "/" in raw else ("open", "", raw)
        payment, _, error = rest.partition("/")
        session = self.server.session_of(operation)
        session.update(checkout_status=checkout, payment_status=payment)
        session["last_payment_error"] = {"code": error, "message": "…"} if error else None

    async def amount_received(self, operation: UUID) -> str:
        """The amount of the session."""
        return str(self.server.session_of(operation)["amount"])

    async def revoke_credentials(self) -> None:
        """Wave knows another key from now on."""
        self.server.api_key = "wave_sn_test_another"

    async def callback_for(self, operation: UUID) -> Callback:
        """The webhook about a session."""
        return self.server.webhook(self.server.session_of(operation))

    async def forged_callbacks(self, operation: UUID) -> Sequence[Callback]:
        """Without a signature, with another secret, with a body or a time of somebody else's, and too old."""
        paid = {**self.server.session_of(operation), "checkout_status": "complete", "payment_status": "succeeded"}
        true = self.server.webhook(paid)
        seal = true.headers["wave-signature"]
        later = f"t={int(self.now.timestamp()) + 1},{seal.partition(',')[2]}"
        old = self.server.now - timedelta(seconds=self.settings.callback_age_seconds + 1)
        return (
            msgspec.structs.replace(true, headers={}),
            msgspec.structs.replace(true, headers={"wave-signature": seal.partition(",")[0]}),
            msgspec.structs.replace(true, headers={"wave-signature": later}),
            msgspec.structs.replace(true, body=true.body.replace(b'"XOF"', b'"XAF"')),
            self.server.webhook(paid, secret="wave_sn_WHS_guessed"),  # noqa: S106
            self.server.webhook(paid, at=old),
        )


class WaveConformance(GatewayConformance):
    """What Socle asks of a gateway, asked of Wave's."""

    offers = capabilities_of(TESTED)

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[WavePeer]:
        """A fresh wallet."""
        async with WaveServer(now=WavePeer.now, api_key=API_KEY, webhook_secret=WEBHOOK_SECRET) as server:
            yield WavePeer(server)
