"""An operator in memory, for tests of whatever speaks to gateways. It holds transactions as a real one does, and
speaks a small JSON wire, so that its answers can be lost, late or broken."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from core.payments.gateway import (
    Callback,
    CallbackTrust,
    Capabilities,
    Flow,
    Reason,
    RefundMode,
    State,
)
from core.primitives.ids import new_id
from core.primitives.money import Money
from core.testkit.clock import START
from core.testkit.gateways.far_end import Answer, Call, Request, Script

PROMPT = Capabilities(
    flow=Flow.PUSH,
    currencies=frozenset({"XOF"}),
    resend=True,
    refunds=RefundMode.AUTOMATIC,
    callback=CallbackTrust.SIGNED,
)
"""An operator that prompts the phone, refuses a second operation of one id, signs its callbacks and sends refunds."""

PAGE = Capabilities(
    flow=Flow.REDIRECT,
    currencies=frozenset({"XOF", "EUR"}),
    needs_payer=False,
    payee_needed=False,
    answer_needed=True,
    reports_amount=False,
    callback=CallbackTrust.TOKEN,
    callback_token="notify",  # noqa: S106 - the name of a handle
    window=timedelta(minutes=10),
)
"""An operator with a page, whose status reads need what the first answer brought and tell no amount."""

BARE = Capabilities(flow=Flow.PUSH, currencies=frozenset({"XOF"}), refunds=RefundMode.AUTOMATIC)
"""An operator that prompts the phone, enforces no id, and never calls back with a proof."""

PREPARED = Capabilities(
    flow=Flow.PUSH, currencies=frozenset({"XOF"}), refunds=RefundMode.AUTOMATIC, prepares_refunds=True
)
"""An operator that enforces no id; a refund of its is prepared first, sent by that once, and known by nothing else."""


def status_of(state: State, reason: Reason | None = None) -> str:
    """A status as the fake operator says it: "failed/insufficient_funds"."""
    return f"{state}/{reason}" if reason else str(state)


class Transaction(msgspec.Struct, kw_only=True):
    """Money of a collection or a refund, as the operator holds it."""

    reference: UUID
    session: str
    notify: str
    asked: str
    currency: str
    text: str = ""
    payer: str = ""
    collection: UUID | None = None
    moved: Decimal | None = None
    status: str = State.PENDING.value


class Ordered(msgspec.Struct, kw_only=True):
    """The body of a command."""

    reference: UUID
    amount: str
    currency: str
    text: str
    number: str = ""
    collection: UUID | None = None
    preparation: str = ""


class FakeOperator:
    """Holds what it is asked for, and does what a test says.

    - `settle` and `end` decide collections; with `refunds_pending` a refund waits for them too.
    - `reject_next` refuses the next command. `script` loses, delays and breaks answers, and counts requests.
    - Credentials are exchanged for `tokens`, of which the last is good until `expire_tokens`; `revoke` refuses both.
    """

    def __init__(self, capabilities: Capabilities = PROMPT) -> None:
        self.capabilities = capabilities
        self.script = Script()
        self.key = f"key-{new_id()}"
        self.signing_key = f"signing-{new_id()}"
        self.tokens: list[str] = []
        self.refunds_pending = False
        self.transactions: list[Transaction] = []
        self._revoked = False
        self._ended = False
        self._rejections: list[Reason] = []
        self._preparations: set[str] = set()

    async def settle(self, operation: UUID, *, amount: Money | None = None) -> None:
        """Let the money of a collection or a refund move: what was asked for, or another amount."""
        transaction = self._of(operation)
        transaction.moved = amount.amount if amount else Decimal(transaction.asked)
        transaction.currency = amount.currency if amount else transaction.currency
        transaction.status = State.SUCCEEDED.value

    async def end(self, operation: UUID, state: State, reason: Reason | None = None) -> None:
        """End an operation without money."""
        await self.report(operation, status_of(state, reason))

    async def report(self, operation: UUID, raw: str) -> None:
        """Say this status of an operation from now on."""
        self._of(operation).status = raw

    def reject_next(self, reason: Reason) -> None:
        """Refuse the next command, making no transaction."""
        self._rejections.append(reason)

    def debits(self, operation: UUID) -> int:
        """How many transactions the collection has."""
        return sum(each.reference == operation and each.collection is None for each in self.transactions)

    def credits(self, operation: UUID) -> int:
        """How many transactions the refund has."""
        return sum(each.reference == operation and each.collection is not None for each in self.transactions)

    def received(self, operation: UUID) -> Transaction:
        """An operation as it came."""
        return self._of(operation)

    def expire_tokens(self) -> None:
        """End the tokens that were given out."""
        self._ended = True

    def revoke(self) -> None:
        """Refuse the credentials from now on."""
        self._revoked = True
        self._ended = True

    def callback(self, operation: UUID) -> Callback:
        """What it sends about an operation now."""
        transaction = self._of(operation)
        told = {"status": transaction.status, "session": transaction.session}
        if not self.capabilities.answer_needed:
            told["reference"] = str(operation)
        if self.capabilities.callback is CallbackTrust.TOKEN:
            told["notify"] = transaction.notify
        return self.sent(msgspec.json.encode(told), self.signing_key)

    def sent(self, body: bytes, key: str) -> Callback:
        """A callback with this body, signed with a key where callbacks are signed."""
        headers = {"content-type": "application/json"}
        if self.capabilities.callback is CallbackTrust.SIGNED:
            headers["x-signature"] = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return Callback(method="POST", headers=headers, query={}, body=body, received_at=START)

    async def respond(self, request: Request) -> Answer:
        """Carry a request out."""
        if request.call is Call.TOKEN:
            return self._give_token(request)
        if self._ended or request.headers.get("authorization") not in [f"Bearer {each}" for each in self.tokens[-1:]]:
            return _answer(401, error=Reason.INVALID_CREDENTIALS)
        if request.call is Call.PROBE:
            return _answer(200, status="up")
        if request.call is Call.LOOKUP:
            return self._tell(request.target.rpartition("/")[2])
        if self._rejections:
            return _answer(422, error=self._rejections.pop(0))
        if request.call is Call.PREPARE:
            return self._prepare()
        ordered = msgspec.json.decode(request.body, type=Ordered)
        return self._send_back(ordered) if request.call is Call.REFUND else self._take(ordered)

    def _give_token(self, request: Request) -> Answer:
        if self._revoked or request.headers.get("authorization") != f"Basic {self.key}":
            return _answer(401, error=Reason.INVALID_CREDENTIALS)
        self.tokens.append(f"token-{new_id()}")
        self._ended = False
        return _answer(200, token=self.tokens[-1])

    def _take(self, ordered: Ordered) -> Answer:
        if self.capabilities.resend and self.debits(ordered.reference):
            return _answer(409, error=Reason.DUPLICATE_REFERENCE)
        transaction = Transaction(
            reference=ordered.reference,
            session=f"session-{new_id()}",
            notify=f"notify-{new_id()}",
            asked=ordered.amount,
            currency=ordered.currency,
            text=ordered.text,
            payer=ordered.number,
        )
        self.transactions.append(transaction)
        told = {"status": transaction.status, "session": transaction.session, "notify": transaction.notify}
        if self.capabilities.flow is Flow.REDIRECT:
            told["page"] = f"https://operator.example/pay/{transaction.session}"
        return _answer(202, **told)

    def _prepare(self) -> Answer:
        preparation = f"session-{new_id()}"
        self._preparations.add(preparation)
        return _answer(202, status="prepared", session=preparation)

    def _send_back(self, ordered: Ordered) -> Answer:
        if self.capabilities.resend and self.credits(ordered.reference):
            return _answer(409, error=Reason.DUPLICATE_REFERENCE)
        if self.capabilities.prepares_refunds and ordered.preparation not in self._preparations:
            used = any(each.session == ordered.preparation for each in self.transactions)
            return _answer(409, error=Reason.DUPLICATE_REFERENCE) if used else _answer(422, error=Reason.NOT_ALLOWED)
        taken = [each for each in self.transactions if each.reference == ordered.collection and each.moved]
        back = [each for each in self.transactions if each.collection == ordered.collection and each.collection]
        left = sum(each.moved or 0 for each in taken) - sum(Decimal(each.asked) for each in back)
        if Decimal(ordered.amount) > left:
            return _answer(422, error=Reason.INVALID_AMOUNT)
        self._preparations.discard(ordered.preparation)
        transaction = Transaction(
            reference=ordered.reference,
            session=ordered.preparation or f"session-{new_id()}",
            notify="",
            asked=ordered.amount,
            currency=ordered.currency,
            collection=ordered.collection,
        )
        if not self.refunds_pending:
            transaction.moved = Decimal(ordered.amount)
            transaction.status = State.SUCCEEDED.value
        self.transactions.append(transaction)
        return _answer(202, status=transaction.status, session=transaction.session)

    def _tell(self, known: str) -> Answer:
        named = [each for each in self.transactions if known == each.session]
        if not self.capabilities.answer_needed:
            by_reference = [each for each in self.transactions if known == str(each.reference)]
            prepared = self.capabilities.prepares_refunds
            named += [each for each in by_reference if each.collection is None or not prepared]
        if not named:
            return _answer(404, error="not_found")
        transaction = named[0]
        told = {
            "status": transaction.status,
            "reference": str(transaction.reference),
            "transaction": f"tx-{transaction.session}",
        }
        if self.capabilities.reports_amount:
            told["amount"] = str(transaction.moved if transaction.moved is not None else transaction.asked)
            told["currency"] = transaction.currency
        return _answer(200, **told)

    def _of(self, operation: UUID) -> Transaction:
        return next(each for each in self.transactions if each.reference == operation)


def _answer(status: int, /, **told: str) -> Answer:
    body: Mapping[str, str] = told
    return Answer(status=status, body=msgspec.json.encode(body))
