"""Orange's payout contract below `/orange/omcoreapis/1.0.2/cashin`, so that refunds work in development.

Web Payment has no refund (mobile-money.md section 3A.7): a merchant needs a payout contract beside it. Its form here
is that of the cash-in family of section 3B (Cameroon), which is the one whose calls are known. What is not known there
is settled so: the access token is Web Payment's (`/orange/oauth/v3/token`, also `/orange/token`); `subscriberMsisdn`
has its country code, since one contract pays to several countries; the wallet is XOF.
"""

import re
import secrets
from decimal import Decimal
from typing import Any

from litestar import get, post
from litestar.params import FromPath

from adapters.operators.answers import Answer, AnyRequest, Denied, json_answer, read_object
from adapters.operators.front import exchange_of
from adapters.operators.msisdn import is_international
from adapters.operators.orange_access import OrangeAccess
from adapters.operators.orange_wire import denied, payout_status, require
from adapters.operators.payers import Course, Operator, Outcome, reason_of
from adapters.operators.simulation import Simulation
from adapters.operators.transactions import Kind, Standing, Transaction

CASHIN = "/orange/omcoreapis/1.0.2/cashin"
FIELDS = ("payToken", "subscriberMsisdn", "channelUserMsisdn", "pin", "amount", "orderId", "description")
WRONG_CHANNEL = "99033"
WRONG_NUMBER = "0066111"
TOO_LITTLE = "60019"
_WHOLE = re.compile(r"[1-9][0-9]{0,14}\Z")


class OrangePayout:
    """The calls of the payout contract."""

    def __init__(self, simulation: Simulation, access: OrangeAccess) -> None:
        self._simulation = simulation
        self._access = access
        self._unused: set[str] = set()
        simulation.on_reset.append(self._unused.clear)

    def handlers(self) -> list[Any]:
        """The route handlers."""
        return [
            post(f"{CASHIN}/init")(self.begin),
            post(f"{CASHIN}/pay")(self.pay),
            get(f"{CASHIN}/paymentstatus/{{pay_token:str}}")(self.show),
        ]

    async def begin(self, request: AnyRequest) -> Answer:
        """Issue a payToken, which serves once."""
        self._admit(request)
        pay_token = f"CI{secrets.token_hex(12).upper()}"
        self._unused.add(pay_token)
        return json_answer(200, {"message": "Cash in request initiated", "data": {"payToken": pay_token}})

    async def pay(self, request: AnyRequest) -> Answer:
        """Send money to a number."""
        self._admit(request)
        body = require(await read_object(request), FIELDS)
        for name in FIELDS:
            if not isinstance(body[name], str):
                raise denied(24, name)
        pay_token, order, party = body["payToken"], body["orderId"], body["subscriberMsisdn"]
        exchange = exchange_of(request)
        exchange.reference = order
        simulation = self._simulation
        given = simulation.settings.orange
        if not _WHOLE.match(body["amount"]):
            raise denied(24, "amount")
        if body["pin"] != given.payout_pin:
            raise Denied(json_answer(401, {"message": "Invalid pin", "data": None}))
        if pay_token not in self._unused:
            return json_answer(422, {"message": "payToken unknown or already used", "data": None})
        amount = Decimal(body["amount"])
        course = simulation.course(Operator.ORANGE, order, party, payee=True)
        if simulation.stumbles(Operator.ORANGE, order, course):
            return json_answer(500, {"message": "Internal error", "data": None})
        if course.outcome is Outcome.REFUSE:
            return json_answer(503, {"message": "Service unavailable", "data": None})
        if body["channelUserMsisdn"] != given.payout_channel:
            course = Course(outcome=Outcome.FAIL, reason=WRONG_CHANNEL)
        elif not is_international(party, old_form=simulation.switches.orange.old_numbers):
            course = Course(outcome=Outcome.NOT_FOUND)
        elif course.outcome is Outcome.CONFIRM and not simulation.affordable(Operator.ORANGE, amount):
            course = Course(outcome=Outcome.INSUFFICIENT)
        self._unused.discard(pay_token)
        transaction = simulation.open(
            Operator.ORANGE,
            Kind.PAYOUT,
            order,
            amount=amount,
            currency="XOF",
            party=party,
            course=course,
            callback_url=str(body.get("notifUrl") or ""),
            words={"description": body["description"], "channelUserMsisdn": body["channelUserMsisdn"]},
            tokens={"payToken": pay_token},
        )
        simulation.issue(transaction)
        exchange.executed = True
        exchange.lose = course.lose_answer
        if course.outcome is Outcome.CONFIRM:
            usual = simulation.settings.timings.refund_after
            simulation.run(transaction, usual if course.delay is None else course.delay)
            return json_answer(200, {"message": "Cash in successfully initiated", "data": _data(transaction)})
        reason = reason_of(Operator.ORANGE, course)
        simulation.fail(transaction, reason)
        if reason == TOO_LITTLE:
            text = "60019 :: Le solde du compte est insuffisant"
            return json_answer(400, {"message": text, "data": _data(transaction)})
        return json_answer(200, {"message": f"{reason} :: refused", "data": _data(transaction)})

    async def show(self, request: AnyRequest, pay_token: FromPath[str]) -> Answer:
        """Show how a payout stands."""
        self._admit(request)
        transaction = self._simulation.transactions.find(Operator.ORANGE, pay_token, Kind.PAYOUT)
        if transaction is None or transaction.tokens["payToken"] != pay_token:
            return json_answer(404, {"message": "payToken unknown", "data": None})
        exchange_of(request).reference = transaction.reference
        return json_answer(200, {"message": "Transaction retrieved", "data": _data(transaction)})

    def _admit(self, request: AnyRequest) -> None:
        self._access.admit(request)
        if not self._simulation.switches.orange.payout:
            raise denied(50)
        token = request.headers.get("x-auth-token", "")
        if not secrets.compare_digest(token.encode(), self._simulation.settings.orange.payout_token.encode()):
            raise denied(41)


def _data(transaction: Transaction) -> dict[str, Any]:
    """The payout as section 3B shows a payment."""
    accepted = transaction.standing in (Standing.PENDING, Standing.SUCCEEDED)
    final = transaction.standing.final
    return {
        "id": transaction.number,
        "createtime": str(int(transaction.created_at.timestamp())),
        "subscriberMsisdn": transaction.party,
        "amount": int(transaction.amount),
        "payToken": transaction.tokens["payToken"],
        "txnid": transaction.operator_reference,
        "txnmode": transaction.reference,
        "inittxnmessage": "Cash in initiated" if accepted else "Refused",
        "inittxnstatus": "200" if accepted else transaction.reason,
        "confirmtxnstatus": ("200" if accepted else transaction.reason) if final else None,
        "confirmtxnmessage": None,
        "status": payout_status(transaction),
        "notifUrl": transaction.callback_url,
        "description": transaction.words["description"],
        "channelUserMsisdn": transaction.words["channelUserMsisdn"],
    }
