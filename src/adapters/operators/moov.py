"""Moov Money's SOAP merchant API of Benin below `/moov` (mobile-money.md section 4A).

What the specification leaves open is settled so: a repeat of an `externaldata1` is a second debit, and the status of
that reference is the latest one's; `getTransactionStatus` takes our reference or Moov's, of pushes and transfers alike.
There is no callback of any kind.
"""

from decimal import Decimal
from typing import Any

from litestar import post

from adapters.operators.answers import Answer, AnyRequest
from adapters.operators.front import exchange_of
from adapters.operators.moov_token import is_token
from adapters.operators.moov_wire import PENDING_TEXT, TEXTS, SoapCall, SoapFault, read_call, write_answer, write_fault
from adapters.operators.msisdn import digits_of, is_international
from adapters.operators.payers import Course, Operator, Outcome, reason_of
from adapters.operators.simulation import Operations, Simulation
from adapters.operators.transactions import Kind, Standing, Transaction

PATHS = ["/moov/com.tlc.merchant.api/UssdPush", "/moov/com.merchant.api/UssdPush"]
AT_ONCE = (Outcome.DECLINE, Outcome.INSUFFICIENT, Outcome.NOT_FOUND, Outcome.FAIL)
PUSH_FIELDS = ("msisdn", "message", "amount", "externaldata1")


class MoovOperator:
    """The operator's one endpoint and its operations."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def handlers(self) -> list[Any]:
        """The route handlers."""
        return [post(PATHS)(self.call)]

    async def call(self, request: AnyRequest) -> Answer:
        """Do what an envelope asks for."""
        switches = self._simulation.switches.moov
        try:
            call = read_call(await request.body())
            return write_answer(call.operation, self._answer(call, request), switches)
        except SoapFault as fault:
            return write_fault(str(fault), utf16=switches.utf16)

    def _answer(self, call: SoapCall, request: AnyRequest) -> dict[str, str]:
        if not is_token(self._simulation.settings.moov, call.fields.get("token", "").strip()):
            return _said("98", call.operation)
        match call.operation:
            case "PushWithPending":
                return self._push(call, request)
            case "getTransactionStatus":
                return self._status(call, request)
            case "transferFlooz":
                return self._transfer(call, request)
            case "getBalance":
                return self._balance(call)
            case _:
                return self._account(call)

    def _push(self, call: SoapCall, request: AnyRequest) -> dict[str, str]:
        """Prompt a payer. Nothing keeps a second call of the same reference from being a second debit."""
        simulation = self._simulation
        fields = call.fields
        if any(not fields.get(name) for name in PUSH_FIELDS):
            return _said("91")
        reference = fields["externaldata1"]
        exchange = exchange_of(request)
        exchange.reference = reference
        amount = call.whole("amount")
        if fields.get("fee"):
            call.whole("fee")
        if amount == 0:
            return _said("12")
        wrong = self._wrong_number(fields["msisdn"])
        if wrong:
            return _said(wrong)
        course = simulation.course(Operator.MOOV, reference, fields["msisdn"])
        if course.outcome is Outcome.REFUSE:
            return _said(reason_of(Operator.MOOV, course))
        transaction = self._open(Kind.COLLECTION, reference, amount, fields["msisdn"], course)
        transaction.words["message"] = fields["message"]
        transaction.failures_left = course.failures
        timings = simulation.settings.timings
        usual = 0.0 if course.outcome in AT_ONCE else timings.confirm_after
        simulation.prompt(transaction, delay=usual, window=timings.moov_window)
        exchange.executed = True
        exchange.lose = course.lose_answer
        return self._shown(transaction)

    def _status(self, call: SoapCall, request: AnyRequest) -> dict[str, str]:
        """Tell how a push or transfer stands, by our reference or Moov's."""
        name = call.request.get("transid", "")
        exchange_of(request).reference = name
        if not name:
            return _said("91")
        transaction = self._simulation.transactions.find(Operator.MOOV, name)
        if transaction is None:
            return _said("94")
        exchange_of(request).reference = transaction.reference
        if transaction.failures_left > 0:
            transaction.failures_left -= 1
            raise SoapFault("Internal server error")
        return self._shown(transaction)

    def _transfer(self, call: SoapCall, request: AnyRequest) -> dict[str, str]:
        """Send money from the merchant's wallet, at once."""
        simulation = self._simulation
        asked = call.request
        destination, reference = asked.get("destination", ""), asked.get("referenceid", "")
        if not destination or not reference or "amount" not in asked:
            return _said("91", call.operation)
        exchange = exchange_of(request)
        exchange.reference = reference
        amount = call.whole("amount")
        if amount == 0:
            return _said("12", call.operation)
        wrong = self._wrong_number(destination)
        if wrong:
            return _said(wrong, call.operation)
        course = simulation.course(Operator.MOOV, reference, destination, payee=True)
        if simulation.stumbles(Operator.MOOV, reference, course):
            raise SoapFault("Internal server error")
        if course.outcome is Outcome.REFUSE:
            return _said(reason_of(Operator.MOOV, course), call.operation)
        if course.outcome is Outcome.CONFIRM and not simulation.affordable(Operator.MOOV, Decimal(amount)):
            course = Course(outcome=Outcome.INSUFFICIENT)
        before = simulation.ledger.balance(Operator.MOOV)
        transaction = self._open(Kind.TRANSFER, reference, amount, destination, course)
        simulation.issue(transaction)
        simulation.finish(transaction)
        exchange.executed = True
        exchange.lose = course.lose_answer
        status = "0" if transaction.standing is Standing.SUCCEEDED else transaction.reason
        return {
            "message": TEXTS.get(status, status),
            "referenceid": transaction.operator_reference,
            "senderbalanceafter": f"{simulation.ledger.balance(Operator.MOOV):f}",
            "senderbalancebefore": f"{before:f}",
            "senderbonus": "0",
            "senderkeycost": "0",
            "status": status,
            "transactionid": reference,
        }

    def _balance(self, call: SoapCall) -> dict[str, str]:
        """Tell the merchant's balance, of its own wallet alone."""
        if digits_of(call.request.get("msisdn", "")) != digits_of(self._simulation.settings.moov.wallet):
            return _said("2", call.operation)
        balance = self._simulation.ledger.balance(Operator.MOOV)
        return {"balance": f"{balance:f}", "message": TEXTS["0"], "status": "0"}

    def _account(self, call: SoapCall) -> dict[str, str]:
        """Tell whether a number has a wallet, and whose it is."""
        msisdn = call.request.get("msisdn", "")
        if not msisdn:
            return _said("91", call.operation)
        wrong = self._wrong_number(msisdn)
        if not wrong and self._simulation.course(Operator.MOOV, "", msisdn).outcome is Outcome.NOT_FOUND:
            wrong = "555"
        if wrong:
            return _said(wrong, call.operation)
        return {
            "accounttype": "SUBSCRIBER",
            "allowedtransfer": "1",
            "city": "Cotonou",
            "dateofbirth": "1990-01-01",
            "firstname": "Awa",
            "lastname": f"Payeur {digits_of(msisdn)[-2:]}",
            "secondname": "",
            "region": "Littoral",
            "street": "",
            "idtype": "CNI",
            "idnumber": "",
            "msisdn": msisdn,
            "subscriberstatus": "ACTIVE",
            "message": TEXTS["0"],
            "status": "0",
        }

    def _wrong_number(self, msisdn: str) -> str:
        """The code of a number that is not taken, "" for one that is. Without its `+` a number is refused strictly
        alone, with the misleading code 8 that integrators saw (section 4A.6)."""
        digits = msisdn.removeprefix("+")
        if not is_international(digits, old_form=self._simulation.switches.moov.old_numbers):
            return "3"
        return "8" if self._simulation.settings.strict and not msisdn.startswith("+") else ""

    def _open(self, kind: Kind, reference: str, amount: int, party: str, course: Course) -> Transaction:
        return self._simulation.open(
            Operator.MOOV, kind, reference, amount=Decimal(amount), currency="XOF", party=party, course=course
        )

    def _shown(self, transaction: Transaction) -> dict[str, str]:
        """A transaction as a push's answer and the status show it. A waiting one has no reference of Moov's."""
        if not transaction.standing.final:
            code = self._simulation.switches.moov.pending
            return {"description": TEXTS["100"] if code == "100" else PENDING_TEXT, "status": code}
        if transaction.standing is Standing.SUCCEEDED:
            return {
                "description": TEXTS["0"],
                "referenceid": transaction.operator_reference,
                "status": "0",
                "transid": transaction.reference,
            }
        return _said(transaction.reason) | {"referenceid": "", "transid": transaction.reference}


def _said(code: str, operation: str = "PushWithPending") -> dict[str, str]:
    """A code with its text, which is called `message` by the operations that answer in `return`."""
    text = "message" if operation in ("transferFlooz", "getBalance", "getMobileAccountStatus") else "description"
    return {text: TEXTS.get(code, f"Error {code}"), "status": code}


def _announced(simulation: Simulation, transaction: Transaction) -> None:  # noqa: ARG001
    return None


def _issue(simulation: Simulation, transaction: Transaction, number: int) -> str:  # noqa: ARG001
    return f"{simulation.clock.now():%Y%m%d%H%M}{number:05d}"


MOOV_OPERATIONS = Operations(announce=_announced, issue=_issue)
