"""The control API below `/_control`: what tests and developers do to the operators. docs/operators-simulator.md tells
its calls."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath

from adapters.operators.answers import Answer, AnyRequest, Denied, json_answer
from adapters.operators.callbacks import OutgoingCallback
from adapters.operators.msisdn import digits_of
from adapters.operators.orange import OrangeOperator
from adapters.operators.payers import Course, Operator
from adapters.operators.simulation import Simulation
from adapters.operators.transactions import Standing, Transaction

S = TypeVar("S", bound=msgspec.Struct)


class Plan(Course, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A course for one reference, or for all transactions of a number."""

    operator: Operator
    reference: str = ""
    number: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which transactions are meant: by any of their names (ours, the operator's, a token), or by a number. `reason` is
    the operator's code of a forced failure."""

    operator: Operator
    reference: str = ""
    number: str = ""
    reason: str = ""


class CallbackOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A callback to be sent now, `times` in a row, about a transaction.

    It tells how the transaction stands. A forged one is sent whatever that is, and claims what `body` says: by default
    what the operator would say of a success. `url` replaces the callback's own address, `method` its method.
    """

    operator: Operator
    reference: str
    times: int = 1
    forged: bool = False
    body: dict[str, Any] | None = None
    url: str = ""
    method: str = ""


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the clock is moved, in seconds."""

    seconds: float


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a simulated payer enters on Orange's page."""

    msisdn: str


class Control:
    """The calls. Every refusal is `{"error": …}` with 400, 404 or 409."""

    def __init__(self, simulation: Simulation, orange: OrangeOperator) -> None:
        self._simulation = simulation
        self._orange = orange

    def handlers(self) -> list[Any]:
        """The route handlers."""
        return [
            get("/_control/switches")(self.show_switches),
            patch("/_control/switches")(self.set_switches),
            delete("/_control/switches", status_code=200)(self.clear_switches),
            get("/_control/plans")(self.show_plans),
            post("/_control/plans")(self.add_plan),
            delete("/_control/plans", status_code=200)(self.clear_plans),
            get("/_control/transactions")(self.show_transactions),
            get("/_control/ledger")(self.show_ledger),
            get("/_control/log")(self.show_log),
            post("/_control/approve")(self.approve),
            post("/_control/decline")(self.decline),
            post("/_control/fail")(self.fail),
            post("/_control/expire")(self.expire),
            post("/_control/callbacks")(self.send_callback),
            post("/_control/orange/{pay_token:str}/{action:str}")(self.use_page),
            get("/_control/clock")(self.show_clock),
            post("/_control/clock")(self.move_clock),
            post("/_control/reset")(self.reset),
        ]

    async def show_switches(self) -> Answer:
        """Every switch."""
        return json_answer(200, self._simulation.switches)

    async def set_switches(self, request: AnyRequest) -> Answer:
        """Set some switches."""
        try:
            change = msgspec.json.decode(await request.body(), type=dict[str, Any])
            self._simulation.switches.set(change)
        except msgspec.DecodeError as error:
            return _refusal(400, str(error))
        return json_answer(200, self._simulation.switches)

    async def clear_switches(self) -> Answer:
        """Return every switch to its default."""
        self._simulation.switches.clear()
        return json_answer(200, self._simulation.switches)

    async def show_plans(self) -> Answer:
        """Every plan."""
        return json_answer(200, {"plans": self._simulation.plans.all()})

    async def add_plan(self, request: AnyRequest) -> Answer:
        """Plan a course for what is to come, and for what is still open."""
        plan = await _read(request, Plan)
        if bool(plan.reference) == bool(digits_of(plan.number)):
            return _refusal(400, "either reference or number is needed")
        course = Course(**{name: getattr(plan, name) for name in Course.__struct_fields__})
        self._simulation.plans.set(plan.operator, course, reference=plan.reference, number=plan.number)
        for each in self._targets(Target(operator=plan.operator, reference=plan.reference, number=plan.number)):
            if not each.standing.final:
                self._simulation.replan(each, course)
        return json_answer(201, plan)

    async def clear_plans(self) -> Answer:
        """Forget every plan."""
        self._simulation.plans.clear()
        return json_answer(200, {"plans": []})

    async def show_transactions(self, request: AnyRequest) -> Answer:
        """Transactions with their debits and credits, by `operator`, `reference`, `number`."""
        query = request.query_params
        found = self._simulation.transactions.matching(
            operator=query.get("operator", ""), reference=query.get("reference", ""), party=query.get("number", "")
        )
        return json_answer(200, {"transactions": [self._shown(each) for each in found]})

    async def show_ledger(self) -> Answer:
        """The operators' books: every entry, and what each merchant wallet holds."""
        ledger = self._simulation.ledger
        balances = {operator.value: ledger.balance(operator) for operator in Operator}
        return json_answer(200, {"entries": ledger.entries(), "balances": balances})

    async def show_log(self, request: AnyRequest) -> Answer:
        """Requests and callbacks, by `operator`, `reference`, `direction` ("in", "out")."""
        query = {name: request.query_params.get(name, "") for name in ("operator", "reference", "direction")}
        return json_answer(200, {"entries": self._simulation.log.entries(**query)})

    async def approve(self, request: AnyRequest) -> Answer:
        """Have open transactions succeed, whatever their course."""
        return await self._decide(request, lambda each, _: self._simulation.succeed(each))

    async def decline(self, request: AnyRequest) -> Answer:
        """Have the payers of open transactions decline."""
        return await self._decide(request, lambda each, _: self._simulation.decline(each))

    async def fail(self, request: AnyRequest) -> Answer:
        """Have open transactions fail, with the operator's code in `reason`."""
        return await self._decide(request, lambda each, target: self._simulation.fail(each, target.reason))

    async def expire(self, request: AnyRequest) -> Answer:
        """Have open transactions expire."""
        return await self._decide(request, lambda each, _: self._simulation.expire(each))

    async def send_callback(self, request: AnyRequest) -> Answer:
        """Send a callback now and say how it was answered."""
        order = await _read(request, CallbackOrder)
        if not 0 < order.times <= 100:
            return _refusal(400, "times is 1 to 100")
        if order.operator is Operator.MOOV:
            return _refusal(409, "Moov sends no callback")
        simulation = self._simulation
        transaction = simulation.transactions.find(order.operator, order.reference)
        if transaction is None:
            return _refusal(404, "there is no such transaction")
        callback = self._forged(transaction) if order.forged else simulation.callback_of(transaction)
        if callback is None:
            return _refusal(409, "the operator sends no callback for how this transaction stands")
        if order.body is not None:
            callback = msgspec.structs.replace(callback, body=msgspec.json.encode(order.body))
        changes = {name: value for name in ("url", "method") if (value := getattr(order, name))}
        callback = msgspec.structs.replace(callback, **changes)
        if not callback.url:
            return _refusal(409, "the transaction has no callback address")
        await simulation.callbacks.deliver(callback, order.times)
        if not order.forged:
            transaction.callbacks_sent += order.times
        sent = simulation.log.entries(reference=transaction.reference, direction="out")[-order.times :]
        return json_answer(200, {"entries": sent})

    async def use_page(self, request: AnyRequest, pay_token: FromPath[str], action: FromPath[str]) -> Answer:
        """The simulated payer on Orange's page: pay, cancel or abandon. The payment is named by its pay_token or its
        order_id."""
        transaction = self._simulation.transactions.find(Operator.ORANGE, pay_token)
        if transaction is None or "pay_token" not in transaction.tokens:
            return _refusal(404, "there is no such payment")
        if action in ("cancel", "abandon"):
            return json_answer(200, self._shown(transaction) | {"location": transaction.words.get(f"{action}_url", "")})
        if action != "pay":
            return _refusal(404, "pay, cancel or abandon")
        entry = await _read(request, Entry)
        if not self._orange.pay(transaction, digits_of(entry.msisdn)):
            return _refusal(409, "somebody has entered a number already")
        return json_answer(200, self._shown(transaction) | {"location": transaction.words["return_url"]})

    async def show_clock(self) -> Answer:
        """The simulated moment, and how many seconds it is ahead."""
        clock = self._simulation.clock
        return json_answer(200, {"now": clock.now(), "ahead": clock.moved.total_seconds()})

    async def move_clock(self, request: AnyRequest) -> Answer:
        """Move the clock forward; what falls due on the way has happened when this is answered."""
        move = await _read(request, Move)
        try:
            self._simulation.clock.move(move.seconds)
        except (ValueError, OverflowError) as error:
            return _refusal(400, str(error))
        return await self.show_clock()

    async def reset(self) -> Answer:
        """Return to the state of the start."""
        await self._simulation.reset()
        return json_answer(200, {"reset": True})

    async def _decide(self, request: AnyRequest, decide: Callable[[Transaction, Target], bool]) -> Answer:
        """404 where no transaction is meant, 409 where all were decided already."""
        target = await _read(request, Target)
        found = self._targets(target)
        if not found:
            return _refusal(404, "there is no such transaction")
        decided = [each for each in found if decide(each, target)]
        if not decided:
            return _refusal(409, "it was decided already")
        return json_answer(200, {"transactions": [self._shown(each) for each in decided]})

    def _targets(self, target: Target) -> list[Transaction]:
        if not target.reference and not target.number:
            return []
        return list(
            self._simulation.transactions.matching(
                operator=target.operator, reference=target.reference, party=target.number
            )
        )

    def _forged(self, transaction: Transaction) -> OutgoingCallback | None:
        """What the operator would send of a success, without any."""
        claimed = Transaction(**{name: getattr(transaction, name) for name in Transaction.__struct_fields__})
        claimed.standing = Standing.SUCCEEDED
        claimed.operator_reference = transaction.operator_reference or "9999999999"
        return self._simulation.callback_of(claimed)

    def _shown(self, transaction: Transaction) -> dict[str, Any]:
        shown = msgspec.structs.asdict(transaction)
        return shown | {"entries": self._simulation.ledger.entries(transaction.number)}


async def _read(request: AnyRequest, form: type[S]) -> S:
    """The body. Raises `Denied` with 400 naming the field."""
    try:
        return msgspec.json.decode(await request.body(), type=form)
    except msgspec.DecodeError as error:
        raise Denied(_refusal(400, str(error))) from None


def _refusal(status: int, text: str) -> Answer:
    return json_answer(status, {"error": text})
