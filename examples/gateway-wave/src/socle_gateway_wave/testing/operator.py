"""A fake of Wave's Checkout API, on real sockets: what docs.wave.com says, and what README.md assumes."""

import itertools
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from core.payments.gateway import Callback
from core.primitives.secret import Secret
from core.testkit.gateways import Answer, Call, OperatorServer, Request
from socle_gateway_wave.gateway import EVENTS, NOBODYS_REFERENCE, SEARCH, SESSIONS, TRANSACTIONS
from socle_gateway_wave.signature import signature

WHOLE = re.compile(r"[1-9][0-9]{0,14}")
REQUIRED = ("amount", "currency", "error_url", "success_url")
FEE_PERCENT = 1
PAGE_LENGTH = 2
TIME = "%Y-%m-%dT%H:%M:%SZ"


class WaveServer(OperatorServer):
    """Wave, with one wallet. `sessions` are by their id, `transactions` by day."""

    def __init__(self, *, now: datetime, api_key: str, webhook_secret: str) -> None:
        super().__init__()
        self.api_key = api_key
        self.webhook_secret = webhook_secret
        self.now = now
        self.sessions: dict[str, dict[str, Any]] = {}
        self.transactions: dict[str, list[dict[str, Any]]] = {}
        self.refund_keys: dict[str, str] = {}
        self.refunds_failing = False
        self._numbers = itertools.count(1)

    def call_of(self, method: str, target: str, body: bytes) -> Call:  # noqa: ARG002
        """Which call a request is."""
        path, query = _split(target)
        if method == "POST":
            return Call.REFUND if path.endswith("/refund") else Call.COLLECT
        return Call.PROBE if query.get("client_reference") == NOBODYS_REFERENCE else Call.LOOKUP

    async def respond(self, request: Request) -> Answer:
        """Carry a request out."""
        if "authorization" not in request.headers:
            return _problem(401, "missing-auth-header")
        if request.headers["authorization"] != f"Bearer {self.api_key}":
            return _problem(401, "no-matching-api-key")
        path, query = _split(request.target)
        if path == SESSIONS and request.method == "POST":
            return self._make(request)
        if path == SEARCH:
            wanted = query.get("client_reference")
            return _json([each for each in self.sessions.values() if each["client_reference"] == wanted], "result")
        if path == TRANSACTIONS:
            return self._movements(query)
        return self._one(request, path)

    def session_of(self, reference: object) -> dict[str, Any]:
        """The first session of a reference."""
        return next(each for each in self.sessions.values() if each["client_reference"] == str(reference))

    def pay(self, session: dict[str, Any], amount: str | None = None) -> None:
        """The payer pays: what was asked, or another amount."""
        gross = int(amount or session["amount"])
        session.update(
            amount=str(gross),
            checkout_status="complete",
            payment_status="succeeded",
            transaction_id=f"T_{next(self._numbers):010d}",
            when_completed=self.now.strftime(TIME),
            last_payment_error=None,
        )
        self._move("api_checkout", session, gross)

    def webhook(self, session: Mapping[str, Any], *, secret: str | None = None, at: datetime | None = None) -> Callback:
        """The event about a session as it is now, signed with the webhook's secret or another."""
        paid = session["payment_status"] == "succeeded"
        event = {"id": f"EV_{next(self._numbers):010d}", "type": EVENTS[0 if paid else 1], "data": session}
        return self.signed(msgspec.json.encode(event), secret=secret, at=at)

    def signed(self, body: bytes, *, secret: str | None = None, at: datetime | None = None) -> Callback:
        """A webhook with this body."""
        timestamp = str(int((at or self.now).timestamp()))
        made = signature(Secret(secret or self.webhook_secret), timestamp, body)
        headers = {"content-type": "application/json", "wave-signature": f"t={timestamp},v1={made}"}
        return Callback(method="POST", headers=headers, query={}, body=body, received_at=self.now)

    def _make(self, request: Request) -> Answer:
        try:
            asked = msgspec.json.decode(request.body, type=dict[str, str])
        except msgspec.MsgspecError:
            return _problem(400, "request-validation-error")
        urls = (asked.get("success_url", ""), asked.get("error_url", ""))
        if (
            any(name not in asked for name in REQUIRED)
            or not WHOLE.fullmatch(asked["amount"])
            or asked["currency"] != "XOF"
            or not all(each.startswith("https://") for each in urls)
            or len(asked.get("client_reference", "")) > 255
        ):
            return _problem(400, "request-validation-error")
        known = f"cos-{next(self._numbers):012x}"
        self.sessions[known] = {
            "id": known,
            "amount": asked["amount"],
            "currency": asked["currency"],
            "business_name": "La boutique d'Awa",
            "client_reference": asked.get("client_reference"),
            "success_url": asked["success_url"],
            "error_url": asked["error_url"],
            "checkout_status": "open",
            "payment_status": "processing",
            "last_payment_error": None,
            "transaction_id": None,
            "wave_launch_url": f"https://pay.wave.com/c/{known}",
            "when_created": self.now.strftime(TIME),
            "when_expires": (self.now + timedelta(minutes=30)).strftime(TIME),
            "when_completed": None,
        }
        return _json(self.sessions[known])

    def _one(self, request: Request, path: str) -> Answer:
        known, _, command = unquote(path.removeprefix(f"{SESSIONS}/")).partition("/")
        session = self.sessions.get(known)
        if session is None:
            return _problem(404, "checkout-session-not-found")
        if request.method == "GET" and not command:
            return _json(session)
        if known in self.refund_keys:
            return Answer(status=200)
        if session["payment_status"] != "succeeded" or self.refunds_failing:
            return _problem(400, "checkout-refund-failed")
        self.refund_keys[known] = request.headers.get("idempotency-key", "")
        self._move("api_checkout_refund", session, -int(session["amount"]))
        return Answer(status=200)

    def _move(self, kind: str, session: Mapping[str, Any], gross: int) -> None:
        fee = gross * FEE_PERCENT // 100
        self.transactions.setdefault(self.now.date().isoformat(), []).append(
            {
                "timestamp": self.now.strftime(TIME),
                "transaction_id": f"T_{next(self._numbers):010d}",
                "transaction_type": kind,
                "amount": str(gross - fee),
                "fee": str(fee),
                "balance": "0",
                "currency": session["currency"],
                "client_reference": session["client_reference"],
                "checkout_api_session_id": session["id"],
            }
        )

    def _movements(self, query: Mapping[str, str]) -> Answer:
        items = self.transactions.get(query.get("date", self.now.date().isoformat()), [])
        start = int(query.get("after", "0"))
        more = len(items) > start + PAGE_LENGTH
        page = {
            "page_info": {"start_cursor": None, "has_next_page": more, "end_cursor": str(start + PAGE_LENGTH)},
            "items": items[start : start + PAGE_LENGTH],
        }
        return _json(page)


def _split(target: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(target)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def _json(value: object, name: str = "") -> Answer:
    return Answer(status=200, body=msgspec.json.encode({name: value} if name else value))


def _problem(status: int, code: str) -> Answer:
    body = msgspec.json.encode({"code": code, "message": "…", "details": []})
    return Answer(status=status, body=body)
