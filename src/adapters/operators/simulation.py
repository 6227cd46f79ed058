"""The state of the simulator, and how transactions begin and end whatever the operator."""

import itertools
from collections.abc import Callable, Mapping
from decimal import Decimal

import httpx2
import msgspec

from adapters.operators.callbacks import Callbacks, OutgoingCallback
from adapters.operators.clock import SimulatedClock
from adapters.operators.ledger import Entry, Ledger
from adapters.operators.log import Log
from adapters.operators.payers import Course, Operator, Outcome, Plans, course_by_number, reason_of
from adapters.operators.settings import OperatorSettings
from adapters.operators.switches import Switches
from adapters.operators.transactions import Kind, Standing, Transaction, Transactions

Announcer = Callable[["Simulation", Transaction], OutgoingCallback | None]
"""Writes an operator's callback about a transaction; None where that operator sends none for how it stands."""

Issuer = Callable[["Simulation", Transaction, int], str]
"""Makes an operator's own reference of a transaction, out of a running number."""


class Operations(msgspec.Struct, frozen=True):
    """What differs between operators when transactions begin and end."""

    announce: Announcer
    issue: Issuer


class Simulation:
    """All state, in memory, of one process and one event loop."""

    def __init__(
        self,
        settings: OperatorSettings,
        operations: Mapping[Operator, Operations],
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.clock = SimulatedClock()
        self.switches = Switches()
        self.plans = Plans()
        self.transactions = Transactions()
        self.ledger = Ledger(settings.opening_balance)
        self.log = Log()
        self.callbacks = Callbacks(self.clock, self.log, timeout=settings.timings.callback_timeout, transport=transport)
        self.on_reset: list[Callable[[], None]] = []
        self._operations = operations
        self._stumbled: dict[tuple[Operator, str], int] = {}
        self._issued = itertools.count(1)

    async def reset(self) -> None:
        """Return to the state of the start."""
        await self.callbacks.close()
        self.clock.reset()
        self.switches.clear()
        self.plans.clear()
        self.transactions.clear()
        self.ledger.clear()
        self.log.clear()
        self._stumbled.clear()
        for forget in self.on_reset:
            forget()

    def course(self, operator: Operator, reference: str, number: str, *, payee: bool = False) -> Course:
        """How a new transaction goes: as planned, else by the number."""
        return self.plans.find(operator, reference, number) or course_by_number(number, payee=payee)

    def stumbles(self, operator: Operator, reference: str, course: Course) -> bool:
        """Whether this initiation is one of those that fail before the operator works."""
        count = self._stumbled.get((operator, reference), 0)
        if count >= course.failures:
            return False
        self._stumbled[operator, reference] = count + 1
        return True

    def open(
        self,
        operator: Operator,
        kind: Kind,
        reference: str,
        *,
        amount: Decimal,
        currency: str,
        party: str,
        course: Course,
        standing: Standing = Standing.PENDING,
        callback_url: str = "",
        original: str = "",
        words: dict[str, str] | None = None,
        tokens: dict[str, str] | None = None,
    ) -> Transaction:
        """Keep a new transaction. Nothing happens to it yet."""
        transaction = Transaction(
            number=self.transactions.next_number(),
            operator=operator,
            kind=kind,
            reference=reference,
            amount=amount,
            currency=currency,
            created_at=self.clock.now(),
            party=party,
            standing=standing,
            course=course,
            callback_url=callback_url,
            original=original,
            words=words or {},
            tokens=tokens or {},
        )
        self.transactions.add(transaction)
        return transaction

    def prompt(self, transaction: Transaction, *, delay: float, window: float) -> None:
        """Ask the payer: the handset shows the prompt, the course decides after `delay` seconds unless it has one of
        its own, and the prompt dies after `window` seconds."""
        transaction.prompted = True
        course = transaction.course
        self.clock.after(window, lambda: self.expire(transaction))
        if course.outcome is Outcome.SILENT:
            return
        if not self.switches.of(transaction.operator).automatic and course.delay is None and delay > 0:
            return
        self.run(transaction, delay if course.delay is None else course.delay)

    def run(self, transaction: Transaction, seconds: float) -> None:
        """Have a transaction's course decide, at once or after some seconds."""
        course = transaction.course

        def decide() -> None:
            # a course that was planned meanwhile has a timer of its own
            if transaction.course is course:
                self.finish(transaction)

        if seconds > 0:
            self.clock.after(seconds, decide)
        else:
            self.finish(transaction)

    def replan(self, transaction: Transaction, course: Course) -> None:
        """Give an open transaction another course, from now on."""
        transaction.course = course
        transaction.failures_left = course.failures
        if transaction.standing is not Standing.INITIATED and course.outcome is not Outcome.SILENT:
            timings = self.settings.timings
            usual = timings.refund_after if _pays_out(transaction) else timings.confirm_after
            self.run(transaction, usual if course.delay is None else course.delay)

    def finish(self, transaction: Transaction, *, announce: bool = True) -> None:
        """End an open transaction as its course says."""
        course = transaction.course
        if course.outcome is Outcome.CONFIRM:
            self.succeed(transaction, announce=announce)
        elif course.outcome is not Outcome.SILENT:
            self.fail(
                transaction, reason_of(transaction.operator, course, payee=_pays_out(transaction)), announce=announce
            )

    def confirm(self, transaction: Transaction) -> bool:
        """A person confirms the prompt. False where it was decided already. A payer who cannot pay still cannot."""
        course = transaction.course
        if course.outcome in (Outcome.INSUFFICIENT, Outcome.NOT_FOUND, Outcome.FAIL):
            return self.fail(transaction, reason_of(transaction.operator, course))
        return self.succeed(transaction)

    def decline(self, transaction: Transaction) -> bool:
        """A person declines the prompt. False where it was decided already."""
        return self.fail(transaction, reason_of(transaction.operator, Course(outcome=Outcome.DECLINE)))

    def succeed(self, transaction: Transaction, *, announce: bool = True) -> bool:
        """Move the money of an open transaction and tell the merchant. False where it was decided already."""
        if transaction.standing.final:
            return False
        operator = transaction.operator
        if not transaction.operator_reference:
            self.issue(transaction)
        self._settle(transaction, Standing.SUCCEEDED, "")
        self.ledger.post(
            Entry(
                transaction=transaction.number,
                operator=operator,
                movement=transaction.kind.movement,
                kind=transaction.kind,
                reference=transaction.reference,
                operator_reference=transaction.operator_reference,
                amount=transaction.amount,
                currency=transaction.currency,
                party=transaction.party,
                at=self.clock.now(),
            )
        )
        if announce:
            self.announce(transaction)
        return True

    def fail(self, transaction: Transaction, reason: str, *, announce: bool = True) -> bool:
        """End an open transaction without money. False where it was decided already."""
        if transaction.standing.final:
            return False
        self._settle(transaction, Standing.FAILED, reason)
        if announce:
            self.announce(transaction)
        return True

    def expire(self, transaction: Transaction) -> bool:
        """End an open transaction because nobody answered. False where it was decided already."""
        if transaction.standing.final:
            return False
        reason = reason_of(transaction.operator, Course(outcome=Outcome.SILENT))
        self._settle(transaction, Standing.EXPIRED, reason)
        self.announce(transaction)
        return True

    def issue(self, transaction: Transaction) -> None:
        """Give a transaction the operator's own reference."""
        transaction.operator_reference = self._operations[transaction.operator].issue(
            self, transaction, next(self._issued)
        )
        self.transactions.name(transaction, transaction.operator_reference)

    def announce(self, transaction: Transaction) -> None:
        """Send the callbacks of a transaction, as many as its course and the switches say."""
        wanted = self.switches.of(transaction.operator).callbacks
        times = transaction.course.callbacks if wanted is None else wanted
        callback = self.callback_of(transaction)
        if callback is not None and times > 0:
            transaction.callbacks_sent += times
            self.callbacks.send(callback, times)

    async def finish_first(self, transaction: Transaction) -> None:
        """End a transaction at once, and have the callback answered before the initiation is."""
        self.finish(transaction, announce=False)
        callback = self.callback_of(transaction)
        if callback is not None:
            transaction.callbacks_sent += 1
            await self.callbacks.deliver(callback)

    def callback_of(self, transaction: Transaction) -> OutgoingCallback | None:
        """The operator's callback about a transaction as it stands, or None."""
        if not transaction.callback_url:
            return None
        return self._operations[transaction.operator].announce(self, transaction)

    def affordable(self, operator: Operator, amount: Decimal) -> bool:
        """Whether the merchant's wallet holds an amount."""
        return self.ledger.balance(operator) >= amount

    def _settle(self, transaction: Transaction, standing: Standing, reason: str) -> None:
        transaction.standing = standing
        transaction.reason = reason
        transaction.prompted = False
        transaction.settled_at = self.clock.now()


def _pays_out(transaction: Transaction) -> bool:
    return transaction.kind is not Kind.COLLECTION
