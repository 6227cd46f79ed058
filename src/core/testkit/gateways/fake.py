"""The gateway of the fake operator: what a test gives to the kernel, and an example of a gateway in one file."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from core.payments.gateway import (
    Callback,
    CallbackReading,
    CallbackTrust,
    Capabilities,
    Collection,
    Flow,
    Inquiry,
    Observation,
    Outcome,
    Probe,
    Reason,
    RefundOrder,
    State,
    Submission,
    UnreadableCallback,
    read_reference,
)
from core.primitives.money import Money
from core.primitives.secret import Secret
from core.testkit.gateways.fake_operator import FakeOperator
from core.testkit.gateways.far_end import Answer, Call, Cut, Request

MOST_BYTES = 1_000_000
"""What an answer may hold at most; more is not read."""


_STATES = {each.value: each for each in State}
_REASONS = {each.value: each for each in Reason}


class Told(msgspec.Struct, kw_only=True):
    """What the operator answers, or calls back with."""

    status: str | None = None
    session: str | None = None
    notify: str | None = None
    page: str | None = None
    reference: str | None = None
    transaction: str | None = None
    amount: str | None = None
    currency: str | None = None
    token: str | None = None
    error: str | None = None


class Lost(Exception):
    """No answer that can be read; the text says why, for people."""


class Refused(Exception):
    """The credentials are refused: nothing was carried out."""


class FakeGateway:
    """Speaks to a `FakeOperator`. Several may speak to one, as several processes do."""

    def __init__(self, operator: FakeOperator, *, capabilities: Capabilities | None = None) -> None:
        self._operator = operator
        self._capabilities = capabilities or operator.capabilities
        self._key = Secret(operator.key)
        self._signing_key = Secret(operator.signing_key)
        self._token = Secret("")
        self._refreshing = asyncio.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """What the operator offers."""
        return self._capabilities

    async def collect(self, collection: Collection) -> Submission:
        """Ask for money."""
        amount = collection.amount
        return await self.command(
            Call.COLLECT,
            {
                "reference": str(collection.operation),
                "amount": f"{amount.amount:f}",
                "currency": amount.currency,
                "text": collection.description,
                "number": collection.payer or "",
            },
        )

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Read what became of an operation."""
        known = inquiry.handles.get("session") or str(inquiry.operation)
        try:
            status, told = await self.exchange(Call.LOOKUP, f"/operations/{known}")
        except (Lost, Refused) as error:
            return Observation(state=State.UNKNOWN, code=str(error))
        if status == 404 and told.error:
            return Observation(state=State.UNKNOWN, found=False, code=told.error)
        if status != 200 or told.status is None:
            return Observation(state=State.UNKNOWN, code=f"HTTP {status}")
        return self.read_status(told)

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        """Fetch the session that a refund is sent with."""
        return await self.command(Call.PREPARE, {"reference": str(order.operation)})

    async def refund(self, order: RefundOrder) -> Submission:
        """Send money back."""
        return await self.command(
            Call.REFUND,
            {
                "reference": str(order.operation),
                "preparation": order.prepared.get("session", ""),
                "collection": str(order.collection),
                "amount": f"{order.amount.amount:f}",
                "currency": order.amount.currency,
                "text": order.description,
                "number": order.payee or "",
            },
        )

    def read_callback(self, callback: Callback) -> CallbackReading:
        """Read a callback. Raises `UnreadableCallback`."""
        try:
            told = msgspec.json.decode(callback.body, type=Told)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableCallback("no callback of the fake operator") from error
        reference = read_reference(told.reference or "")
        if reference is None and not told.session:
            raise UnreadableCallback("the callback names nothing")
        return CallbackReading(
            reference=reference,
            handle=("session", told.session) if reference is None and told.session else None,
            authentic=self._signed(callback),
            token=Secret(told.notify) if told.notify and self._trusts(CallbackTrust.TOKEN) else None,
        )

    async def probe(self) -> Probe:
        """Try connection and credentials."""
        try:
            status, _ = await self.exchange(Call.PROBE, "/balance")
        except (Lost, Refused) as error:
            return Probe(ok=False, detail=str(error))
        return Probe(ok=status == 200, detail="" if status == 200 else f"HTTP {status}")

    async def close(self) -> None:
        """There is no connection to let go."""

    async def command(self, call: Call, ordered: Mapping[str, str]) -> Submission:
        """Send a command, and say how it was answered."""
        try:
            status, told = await self.exchange(call, "/commands", ordered)
        except Refused as error:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.INVALID_CREDENTIALS, code=str(error))
        except Lost as error:
            return Submission(outcome=Outcome.UNKNOWN, code=str(error))
        if status == 409 and told.error:
            return Submission(outcome=Outcome.ACCEPTED, code=told.error)
        if 400 <= status < 500 and told.error:
            return Submission(outcome=Outcome.REJECTED, reason=_reason(told.error), code=told.error)
        if status != 202 or not told.status or not told.session:
            return Submission(outcome=Outcome.UNKNOWN, code=f"HTTP {status}")
        handles = {name: value for name in ("session", "notify") if (value := getattr(told, name))}
        if call is Call.COLLECT and self._capabilities.flow is Flow.REDIRECT:
            if not told.page:
                return Submission(outcome=Outcome.UNKNOWN, handles=handles, code="no page to pay on")
            return Submission(outcome=Outcome.ACTION_REQUIRED, url=told.page, handles=handles)
        return Submission(outcome=Outcome.ACCEPTED, handles=handles)

    async def exchange(self, call: Call, target: str, body: Mapping[str, str] | None = None) -> tuple[int, Told]:
        """Send a request with a token, fetching one where there is none or it has ended. Raises `Lost`, `Refused`."""
        try:
            async with asyncio.timeout(self._capabilities.deadline.total_seconds()):
                token = self._token if self._token.reveal() else await self.refresh(self._token)
                answered = await self.send(call, target, body, f"Bearer {token.reveal()}")
                if answered[0] == 401:
                    token = await self.refresh(token)
                    answered = await self.send(call, target, body, f"Bearer {token.reveal()}")
                return answered
        except TimeoutError as error:
            raise Lost("no answer in time") from error

    async def refresh(self, ended: Secret) -> Secret:
        """Fetch a token in place of one that has ended, unless somebody else just did. Raises `Lost`, `Refused`."""
        async with self._refreshing:
            if self._token == ended:
                status, told = await self.send(Call.TOKEN, "/token", None, f"Basic {self._key.reveal()}")
                if status == 401:
                    raise Refused("the credentials are refused")
                if status != 200 or not told.token:
                    raise Lost(f"no token: HTTP {status}")
                self._token = Secret(told.token)
            return self._token

    async def send(
        self, call: Call, target: str, body: Mapping[str, str] | None, authorization: str
    ) -> tuple[int, Told]:
        """Send one request and read its answer. Raises `Lost`."""
        request = Request(
            call=call,
            method="GET" if body is None else "POST",
            target=target,
            headers={"authorization": authorization},
            body=b"" if body is None else msgspec.json.encode(body),
        )
        try:
            answer = await self._operator.script.play(request, self._operator.respond)
        except Cut as error:
            raise Lost("the connection was cut") from error
        return await self._read(answer)

    def read_status(self, told: Told) -> Observation:
        """What a status means. An unknown word is pending."""
        word, _, why = (told.status or "").partition("/")
        state = _STATES.get(word, State.PENDING)
        reason = _reason(why) if why and state not in (State.PENDING, State.SUCCEEDED) else None
        return Observation(
            state=state,
            reason=reason,
            amount=_money(told),
            reference=read_reference(told.reference or ""),
            operator_reference=told.transaction,
            code=told.status or "",
        )

    async def _read(self, answer: Answer) -> tuple[int, Told]:
        if answer.pause:
            await asyncio.sleep(answer.pause * len(answer.body))
        if answer.missing:
            raise Lost("the answer was cut off")
        if len(answer.body) > MOST_BYTES:
            raise Lost("the answer is too long")
        status = answer.status or 200
        try:
            return status, msgspec.json.decode(answer.body, type=Told)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Lost(f"HTTP {status} that cannot be read") from error

    def _signed(self, callback: Callback) -> bool:
        key = self._signing_key.reveal().encode()
        given = callback.headers.get("x-signature", "").encode()
        expected = hmac.new(key, callback.body, hashlib.sha256).hexdigest().encode()
        return self._trusts(CallbackTrust.SIGNED) and hmac.compare_digest(given, expected)

    def _trusts(self, trust: CallbackTrust) -> bool:
        return self._capabilities.callback is trust


def _reason(code: str) -> Reason:
    return _REASONS.get(code, Reason.UNSPECIFIED)


def _money(told: Told) -> Money | None:
    if not told.amount or not told.currency:
        return None
    try:
        return Money(Decimal(told.amount), told.currency)
    except InvalidOperation:
        return None
