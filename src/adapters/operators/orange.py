"""Orange Web Payment below `/orange`: creation, the payer's page, status (mobile-money.md section 3A)."""

import secrets
from typing import Any
from urllib.parse import parse_qs

from litestar import get, post
from litestar.params import FromPath

from adapters.operators.answers import Answer, AnyRequest, Denied, html, json_answer, read_object
from adapters.operators.callbacks import is_loopback, is_public
from adapters.operators.front import exchange_of
from adapters.operators.msisdn import digits_of, is_international
from adapters.operators.orange_access import OrangeAccess
from adapters.operators.orange_page import ended_page, payment_page, unknown_page
from adapters.operators.orange_wire import (
    CREATION_FIELDS,
    DEV,
    DEV_CURRENCY,
    STATUS_FIELDS,
    check_creation,
    denied,
    error,
    read_amount,
    require,
    status_of,
)
from adapters.operators.payers import Operator, Outcome, reason_of
from adapters.operators.simulation import Simulation
from adapters.operators.transactions import Kind, Standing, Transaction
from core.primitives.locale import negotiate

WEBPAY = "/orange/orange-money-webpay/{country:str}/v1"
DEFAULT_PAYER = "2250700000000"


class OrangeOperator:
    """The operator's calls and its page."""

    def __init__(self, simulation: Simulation, access: OrangeAccess) -> None:
        self._simulation = simulation
        self._access = access

    def handlers(self) -> list[Any]:
        """The route handlers."""
        return [
            post(["/orange/oauth/v3/token", "/orange/oauth/v2/token", "/orange/token"])(self.create_token),
            post(f"{WEBPAY}/webpayment")(self.create_payment),
            post(f"{WEBPAY}/transactionstatus")(self.show_status),
            get("/orange/payment/pay_token/{pay_token:str}")(self.show_page),
            post("/orange/payment/pay_token/{pay_token:str}")(self.use_page),
        ]

    async def create_token(self, request: AnyRequest) -> Answer:
        """Issue an access token."""
        return await self._access.create_token(request)

    async def create_payment(self, request: AnyRequest, country: FromPath[str]) -> Answer:
        """Create a payment: 201 with the page that the payer goes to."""
        self._access.admit(request)
        simulation = self._simulation
        currency = self._currency(country)
        body = require(await read_object(request), CREATION_FIELDS)
        check_creation(body)
        amount = read_amount(body["amount"])
        order = body["order_id"]
        exchange = exchange_of(request)
        exchange.reference = order
        if body["merchant_key"] != simulation.settings.orange.merchant_key:
            raise denied(1202)
        if body["currency"] != currency:
            raise denied(1203)
        if simulation.transactions.find(Operator.ORANGE, order, Kind.COLLECTION) is not None:
            raise denied(1204)
        planned = simulation.plans.find(Operator.ORANGE, order, "")
        if planned is not None and planned.outcome is Outcome.REFUSE:
            raise Denied(error(int(reason_of(Operator.ORANGE, planned))))
        tokens = {"pay_token": secrets.token_hex(32), "notif_token": secrets.token_hex(16)}
        course = planned or simulation.course(Operator.ORANGE, order, "")
        transaction = simulation.open(
            Operator.ORANGE,
            Kind.COLLECTION,
            order,
            amount=amount,
            currency=currency,
            party="",
            course=course,
            standing=Standing.INITIATED,
            callback_url=body["notif_url"],
            words={name: body[name] for name in ("return_url", "cancel_url", "lang")}
            | {"reference": body.get("reference", "")},
            tokens=tokens,
        )
        strict = simulation.settings.strict
        if not is_public(body["notif_url"]) and (strict or not is_loopback(body["notif_url"])):
            # the payment is taken, and its notification never comes (section 3A.5)
            transaction.callback_url = ""
        if course.callback_first:
            transaction.party = DEFAULT_PAYER
            simulation.issue(transaction)
            await simulation.finish_first(transaction)
        exchange.executed = True
        exchange.lose = course.lose_answer
        page = f"{str(request.base_url).rstrip('/')}/orange/payment/pay_token/{tokens['pay_token']}"
        return json_answer(
            201,
            {
                "status": 201,
                "message": "OK",
                "pay_token": tokens["pay_token"],
                "payment_url": page,
                "notif_token": tokens["notif_token"],
            },
        )

    async def show_status(self, request: AnyRequest, country: FromPath[str]) -> Answer:
        """Show how a payment stands. What a mismatch answers is not documented: here it is not found, or invalid."""
        self._access.admit(request)
        self._currency(country)
        body = require(await read_object(request), STATUS_FIELDS)
        exchange_of(request).reference = str(body["order_id"])
        transaction = self._find(str(body["pay_token"]))
        if transaction is None or transaction.reference != body["order_id"]:
            raise denied(60)
        if read_amount(body["amount"]) != transaction.amount:
            raise denied(24, "amount")
        if transaction.failures_left > 0:
            transaction.failures_left -= 1
            return json_answer(500, {"code": 1, "message": "Internal error", "description": "Internal error"})
        shown = {"status": status_of(transaction), "order_id": transaction.reference}
        if transaction.operator_reference:
            shown["txnid"] = transaction.operator_reference
        return json_answer(201, shown)

    async def show_page(self, request: AnyRequest, pay_token: FromPath[str]) -> Answer:
        """Show the payer's page."""
        transaction = self._find(pay_token)
        locale = negotiate(request.headers.get("accept-language", ""))
        if transaction is None:
            return unknown_page(locale)
        if transaction.standing is not Standing.INITIATED or transaction.party:
            return ended_page(transaction, locale)
        return payment_page(transaction, locale)

    async def use_page(self, request: AnyRequest, pay_token: FromPath[str]) -> Answer:
        """Take what the payer did on the page: pay, cancel or abandon."""
        transaction = self._find(pay_token)
        locale = negotiate(request.headers.get("accept-language", ""))
        if transaction is None:
            return unknown_page(locale)
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        action, number, code = (form.get(name, [""])[0] for name in ("action", "msisdn", "code"))
        if action == "cancel":
            return _redirect(transaction.words["cancel_url"])
        if action == "abandon":
            return ended_page(transaction, locale)
        number = digits_of(number)
        old_form = self._simulation.switches.orange.old_numbers
        if not is_international(number, old_form=old_form) or not (code.isdigit() and 4 <= len(code) <= 8):
            return payment_page(transaction, locale, refused=True)
        self.pay(transaction, number)
        return _redirect(transaction.words["return_url"])

    def pay(self, transaction: Transaction, number: str) -> bool:
        """The payer enters number and code. False where somebody has already. After the token's lifetime the payment
        is EXPIRED and nothing is debited (section 3A.4)."""
        if transaction.standing is not Standing.INITIATED or transaction.party:
            return False
        simulation = self._simulation
        timings = simulation.settings.timings
        transaction.party = number
        left = timings.orange_window - (simulation.clock.now() - transaction.created_at).total_seconds()
        if left <= 0:
            return simulation.expire(transaction)
        transaction.course = simulation.course(Operator.ORANGE, transaction.reference, number)
        transaction.failures_left = transaction.course.failures
        simulation.issue(transaction)
        if transaction.course.outcome is not Outcome.SILENT:
            transaction.standing = Standing.PENDING
        simulation.prompt(transaction, delay=timings.confirm_after, window=left)
        return True

    def _find(self, pay_token: str) -> Transaction | None:
        transaction = self._simulation.transactions.find(Operator.ORANGE, pay_token, Kind.COLLECTION)
        return transaction if transaction is not None and transaction.tokens["pay_token"] == pay_token else None

    def _currency(self, country: str) -> str:
        """The currency of a path's environment. Raises `Denied` where the application has no such offer."""
        if country == DEV:
            return DEV_CURRENCY
        if country == self._simulation.settings.orange_country:
            return "XOF"
        raise denied(50)


def _redirect(url: str) -> Answer:
    answer = html(303, "")
    answer.headers["location"] = url
    return answer
