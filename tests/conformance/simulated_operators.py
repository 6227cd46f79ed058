"""The operators' simulator behind a real socket, as the far end of the conformance suite."""

import functools
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import TracebackType
from uuid import UUID

import httpx2
import msgspec

from adapters.operators.application import OperatorsApplication, operators_application
from adapters.operators.demo import DEMO_MOOV, DEMO_MTN, DEMO_ORANGE
from adapters.operators.payers import Operator
from adapters.operators.settings import OperatorSettings, Timings
from adapters.operators.transactions import Kind, Standing, Transaction
from core.payments.gateway import compact_reference
from core.primitives.money import Money
from core.testkit.gateways import Answer, Call, Cut, OperatorServer, Request

DAYS = 1_000_000.0
HOST = "socle.example"
MTN = msgspec.structs.replace(DEMO_MTN, callback_host=HOST)
SETTINGS = OperatorSettings(mtn=MTN, timings=Timings(mtn_window=DAYS, orange_window=DAYS, moov_window=DAYS))
"""Prompts outlive the tokens: what ends is what a check ends."""

SILENT = "+2290197000003"
"""A payer who answers when a check says so."""
REVOKED = "revoked-since"
GIVEN_OUT = re.compile(rb'"(?:access_token|notif_token)"\s*:\s*"([^"]+)"')
PAYOUT_ORDER = 20
"""How much of a compact reference Orange's payout contract takes."""

Classify = Callable[[str, str, bytes], Call]


@functools.cache
def _application() -> OperatorsApplication:
    """The simulator, one after another for all checks: building it takes longer than most of them."""
    return operators_application(SETTINGS, callback_transport=httpx2.MockTransport(lambda _: httpx2.Response(200)))


class SimulatedOperator(OperatorServer):
    """The simulator on a socket of its own. `given_out` are the secrets that it has answered with; `words` replaces a
    status word in the answers to status reads, for statuses that the simulator never has by itself."""

    def __init__(self, operator: Operator, classify: Classify) -> None:
        super().__init__()
        self.operator = operator
        self.given_out: list[str] = []
        self.words: dict[bytes, bytes] = {}
        self._classify = classify
        application = _application()
        self.simulation = application.simulation
        self._inside = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application))

    def call_of(self, method: str, target: str, body: bytes) -> Call:
        return self._classify(method, target, body)

    async def respond(self, request: Request) -> Answer:
        """Have the simulator answer."""
        try:
            answer = await self._inside.request(
                request.method, self.url + request.target, headers=dict(request.headers), content=request.body
            )
        except httpx2.RemoteProtocolError:
            raise Cut from None
        body = answer.content
        self.given_out += [each.decode() for each in GIVEN_OUT.findall(body)]
        if request.call is Call.LOOKUP:
            for word, said in self.words.items():
                body = body.replace(word, said)
        return Answer(status=answer.status_code, body=body, content_type=answer.headers.get("content-type", ""))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self.simulation.settings = SETTINGS
        await self.simulation.reset()
        await self._inside.aclose()

    def found(self, operation: UUID) -> list[Transaction]:
        """The transactions of an operation, under any of the forms in which the operators know it."""
        compact = compact_reference(operation)
        names = {str(operation), compact, compact[:PAYOUT_ORDER]}
        return [each for each in self.simulation.transactions.matching() if each.reference in names]

    def transaction(self, operation: UUID) -> Transaction:
        """The one transaction of an operation."""
        (found,) = self.found(operation)
        return found

    def moved(self, operation: UUID, *, collections: bool) -> int:
        """How many of an operation's transactions moved money, or still can."""
        return sum(
            (each.kind is Kind.COLLECTION) is collections and each.standing not in (Standing.FAILED, Standing.EXPIRED)
            for each in self.found(operation)
        )

    def pay(self, operation: UUID, amount: Money | None) -> None:
        """The payer pays, late or not, what was asked or another amount."""
        transaction = self.transaction(operation)
        transaction.standing = Standing.PENDING
        transaction.party = transaction.party or SILENT.lstrip("+")
        if amount is not None:
            transaction.amount = Decimal(amount.amount)
        self.words.clear()
        assert self.simulation.succeed(transaction)

    def let(
        self, operation: UUID, standing: Standing, reason: str = "", words: Mapping[bytes, bytes] | None = None
    ) -> None:
        """Have a transaction stand so from now on; with `words` the simulator says something else than it means."""
        transaction = self.transaction(operation)
        self.words = dict(words or {})
        if standing is Standing.SUCCEEDED and not transaction.operator_reference:
            self.simulation.issue(transaction)
        transaction.standing = standing
        transaction.reason = reason

    def revoke(self) -> None:
        """Know other credentials from now on, and no token that the old ones brought."""
        simulation = self.simulation
        simulation.settings = msgspec.structs.replace(
            simulation.settings,
            mtn=msgspec.structs.replace(MTN, api_key=REVOKED),
            orange=msgspec.structs.replace(DEMO_ORANGE, client_secret=REVOKED),
            moov=msgspec.structs.replace(DEMO_MOOV, password=REVOKED),
        )
        for forget in simulation.on_reset:
            forget()


def asked_of(server: SimulatedOperator, name: str) -> Request:
    """The latest collection whose request holds a name of its operation."""
    collections = [each for each in server.script.requests if each.call is Call.COLLECT]
    return next(
        each
        for each in reversed(collections)
        if name.encode() in each.body or each.headers.get("x-reference-id", "") == name
    )
