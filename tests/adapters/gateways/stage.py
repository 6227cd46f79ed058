"""What the tests of the gateways share: orders, gateways with known secrets, and scripted peers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import msgspec
from lxml import etree

from adapters.gateways.moov.gateway import MoovGateway
from adapters.gateways.moov.settings import MoovSettings
from adapters.gateways.mtn.client import MtnCredentials
from adapters.gateways.mtn.gateway import MtnGateway
from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.orange.client import OrangeCredentials, PayoutCredentials
from adapters.gateways.orange.gateway import OrangeGateway
from adapters.gateways.orange.settings import OrangeSettings, PayoutSettings
from core.payments.gateway import (
    Callback,
    Collection,
    Inquiry,
    OperationKind,
    RefundOrder,
)
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.clock import START, FakeClock

OPERATION = UUID("7d1f2f5e-7c57-4b64-9c0a-5f1f7a6b0c11")
ORIGINAL = UUID("1b8c0f0e-93ac-4c2f-8a65-0d6a2f3b4c5d")
PAYER = "+2290197000000"
HOST = "https://operator.example"
URLS = {
    "callback_url": "https://socle.example/webhooks/x/1/",
    "return_url": "https://socle.example/retour",
    "cancel_url": "https://socle.example/annulation",
}

SUBSCRIPTION_KEY = "subscription-key-of-mtn-0001"
API_KEY = "api-key-of-mtn-0002"
DISBURSEMENT_KEY = "subscription-key-of-mtn-0003"
MTN_TOKEN = "bearer-token-of-mtn-0004"
CLIENT_SECRET = "client-secret-of-orange-0005"
MERCHANT_KEY = "merchant-key-of-orange-0006"
PAYOUT_PASSWORD = "payout-password-of-orange-0007"
PAYOUT_PIN = "payout-pin-of-orange-0008"
ORANGE_TOKEN = "bearer-token-of-orange-0009"
MOOV_TOKEN = "opaque-token-of-moov-0010"
API_USER = "0f2d1c3b-4a59-4876-9a8b-7c6d5e4f3a2b"

Handler = Callable[[httpx2.Request], Any]


def xof(amount: int | str) -> Money:
    """An amount in XOF."""
    return Money(Decimal(amount), "XOF")


def collection(**changes: Any) -> Collection:
    """500 XOF from somebody in Benin."""
    whole: dict[str, Any] = {
        "operation": OPERATION,
        "amount": xof(500),
        "payer": PAYER,
        "description": "Billet Été",
        **URLS,
    }
    return Collection(**(whole | changes))


def refund_order(**changes: Any) -> RefundOrder:
    """300 XOF of it back."""
    whole: dict[str, Any] = {
        "operation": OPERATION,
        "collection": ORIGINAL,
        "captured": xof(500),
        "amount": xof(300),
        "payee": PAYER,
        "description": "Remboursement",
        "callback_url": URLS["callback_url"],
    }
    return RefundOrder(**(whole | changes))


def inquiry(kind: OperationKind = OperationKind.COLLECTION, **changes: Any) -> Inquiry:
    """What became of it?"""
    whole: dict[str, Any] = {"operation": OPERATION, "kind": kind, "amount": xof(500), "sent_at": START}
    return Inquiry(**(whole | changes))


def callback(body: bytes, method: str = "POST") -> Callback:
    """A request that claims to be the operator's."""
    return Callback(method=method, headers={}, query={}, body=body, received_at=datetime(2026, 3, 15, 12, tzinfo=UTC))


def json_answer(status: int, body: Any, **headers: str) -> httpx2.Response:
    """An answer in JSON."""
    return httpx2.Response(
        status, content=msgspec.json.encode(body), headers={"content-type": "application/json", **headers}
    )


def unread(answer: httpx2.Response) -> httpx2.Response:
    """The same answer as it comes over a wire: its body not read yet."""
    return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(answer.content))


class Peer:
    """An operator that answers by path, and keeps what it was asked.

    Routes are ends of paths; an answer is a response, a function of the request, or an exception to raise.
    """

    def __init__(self, routes: Mapping[str, Any] | None = None) -> None:
        self.routes: dict[str, Any] = dict(routes or {})
        self.requests: list[httpx2.Request] = []

    @property
    def transport(self) -> httpx2.AsyncBaseTransport:
        """The way to it."""
        return httpx2.MockTransport(self._answer)

    def asked(self, end: str) -> list[httpx2.Request]:
        """The requests to a path."""
        return [request for request in self.requests if request.url.path.endswith(end)]

    def body(self, end: str) -> Any:
        """The last JSON body that a path got."""
        return msgspec.json.decode(self.asked(end)[-1].content)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        ends = [end for end in self.routes if request.url.path.endswith(end)]
        answer = self.routes[max(ends, key=len)] if ends else httpx2.Response(404)
        if callable(answer):
            answer = answer(request)
        if hasattr(answer, "__await__"):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx2.Response)
        return unread(answer)


def token_answer(token: str, expires_in: Any = 3600) -> httpx2.Response:
    """A token call's answer."""
    return json_answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": expires_in})


def mtn(
    peer: Peer | httpx2.AsyncBaseTransport, settings: MtnSettings | None = None, *, disbursement: bool = True
) -> MtnGateway:
    """MTN's gateway before a peer."""
    if isinstance(peer, Peer):
        peer.routes.setdefault("/token/", token_answer(MTN_TOKEN))
    return MtnGateway(
        settings or MtnSettings(base_url=HOST, deadline=2),
        MtnCredentials(subscription_key=Secret(SUBSCRIPTION_KEY), api_user=API_USER, api_key=Secret(API_KEY)),
        MtnCredentials(subscription_key=Secret(DISBURSEMENT_KEY), api_user=API_USER, api_key=Secret(API_KEY))
        if disbursement
        else None,
        transport=peer.transport if isinstance(peer, Peer) else peer,
    )


PAYOUT = PayoutSettings(user="marchand", channel_number="699000000", number_form="digits")


def orange(
    peer: Peer | httpx2.AsyncBaseTransport,
    settings: OrangeSettings | None = None,
    *,
    payout: bool = True,
    clock: FakeClock | None = None,
) -> OrangeGateway:
    """Orange's gateway before a peer."""
    if isinstance(peer, Peer):
        peer.routes.setdefault("/token", token_answer(ORANGE_TOKEN))
    return OrangeGateway(
        settings or OrangeSettings(base_url=HOST, deadline=2, payout=PAYOUT),
        OrangeCredentials(client_id="client", client_secret=Secret(CLIENT_SECRET), merchant_key=Secret(MERCHANT_KEY)),
        clock or FakeClock(),
        PayoutCredentials(
            client_id="client",
            client_secret=Secret(CLIENT_SECRET),
            user="marchand",
            password=Secret(PAYOUT_PASSWORD),
            pin=Secret(PAYOUT_PIN),
        )
        if payout
        else None,
        transport=peer.transport if isinstance(peer, Peer) else peer,
    )


def moov(peer: Peer | httpx2.AsyncBaseTransport, settings: MoovSettings | None = None) -> MoovGateway:
    """Moov's gateway before a peer."""
    return MoovGateway(
        settings or MoovSettings(base_url=HOST, deadline=2),
        Secret(MOOV_TOKEN),
        transport=peer.transport if isinstance(peer, Peer) else peer,
    )


def soap(fields: Mapping[str, Any], *, inner: str = "result", prefix: str = "ns2", operation: str = "Push") -> bytes:
    """An answer of Moov's."""
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soap:Body><{prefix}:{operation}Response xmlns:{prefix}="http://api.merchant.tlc.com/">'
        f"<{inner}>{inside}</{inner}></{prefix}:{operation}Response></soap:Body></soap:Envelope>"
    ).encode()


def xml_answer(body: bytes, status: int = 200, content_type: str = "text/xml; charset=utf-8") -> httpx2.Response:
    """An answer in XML."""
    return httpx2.Response(status, content=body, headers={"content-type": content_type})


def moov_result(**fields: Any) -> httpx2.Response:
    """An answer of Moov's with these fields."""
    return xml_answer(soap(fields))


def soap_call(peer: Peer) -> tuple[str, dict[str, str]]:
    """The operation that was called last, with its fields by their paths, none of them in a namespace."""
    root = etree.fromstring(peer.requests[-1].content)
    body = root.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
    assert body is not None
    (call,) = body
    assert etree.QName(call).namespace == "http://api.merchant.tlc.com/"
    fields = {}
    for child in call:
        for each in child if len(child) else [child]:
            fields[each.tag] = each.text or ""
    return etree.QName(call).localname, fields
