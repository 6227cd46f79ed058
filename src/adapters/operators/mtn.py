"""MTN MoMo Open API below `/mtn`: collections, refunds, transfers and their status (mobile-money.md section 2)."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from litestar import get, post
from litestar.params import FromPath

from adapters.operators.answers import Answer, AnyRequest, Denied, empty, json_answer, read_object
from adapters.operators.callbacks import is_loopback, is_public
from adapters.operators.front import exchange_of
from adapters.operators.mtn_access import COLLECTION, DISBURSEMENT, PRODUCTS, ApiUser, MtnAccess
from adapters.operators.mtn_wire import (
    DELAYED,
    EVER_PENDING,
    PAYMENT_NUMBERS,
    TRANSFER_NUMBERS,
    MoneyRequest,
    invalid,
    plain,
    platform,
    read_amount,
    read_party,
    read_reference,
    read_request,
    refused,
    sandbox_number,
    shown,
)
from adapters.operators.payers import Course, Operator, Outcome, reason_of
from adapters.operators.simulation import Simulation
from adapters.operators.transactions import Kind, Standing, Transaction

PAYOUTS = {"transfer": Kind.TRANSFER, "deposit": Kind.DEPOSIT, "refund": Kind.REFUND}
VERSIONS = {"transfer": ("v1_0",), "deposit": ("v1_0", "v2_0"), "refund": ("v1_0", "v2_0")}
MAX_NOTIFICATION = 160


class MtnOperator:
    """The operator's calls."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._access = MtnAccess(simulation)

    def handlers(self) -> list[Any]:
        """The route handlers."""

        def of_products(path: str) -> list[str]:
            return [f"/mtn/{product}{path}" for product in PRODUCTS]

        holder = "/v1_0/accountholder/msisdn/{msisdn:str}"
        balances = [*of_products("/v1_0/account/balance"), *of_products("/v1_0/account/balance/{currency:str}")]
        payouts = [f"/mtn/disbursement/{version}/{name}" for name, versions in VERSIONS.items() for version in versions]
        return [
            post("/mtn/v1_0/apiuser")(self.create_user),
            post("/mtn/v1_0/apiuser/{name:str}/apikey")(self.create_key),
            get("/mtn/v1_0/apiuser/{name:str}")(self.show_user),
            post(of_products("/token"))(self.create_token),
            post("/mtn/collection/v1_0/requesttopay")(self.request_to_pay),
            get("/mtn/collection/v1_0/requesttopay/{reference:str}")(self.show_payment),
            post("/mtn/collection/v1_0/requesttopay/{reference:str}/deliverynotification")(self.notify_payer),
            get(of_products(f"{holder}/active"))(self.show_active),
            get(of_products(f"{holder}/basicuserinfo"))(self.show_holder),
            get(balances)(self.show_balance),
            post(payouts)(self.pay_out),
            get([f"/mtn/disbursement/v1_0/{name}/{{reference:str}}" for name in PAYOUTS])(self.show_payout),
        ]

    async def create_user(self, request: AnyRequest) -> Answer:
        """Provision an API user."""
        return await self._access.create_user(request)

    async def create_key(self, request: AnyRequest, name: FromPath[str]) -> Answer:
        """Provision an API key."""
        return self._access.create_key(request, name)

    async def show_user(self, request: AnyRequest, name: FromPath[str]) -> Answer:
        """Show an API user."""
        return self._access.show_user(request, name)

    async def create_token(self, request: AnyRequest) -> Answer:
        """Issue an access token."""
        return await self._access.create_token(request, _product(request))

    async def request_to_pay(self, request: AnyRequest) -> Answer:
        """Ask a payer for money: 202, and the payer's phone asks."""
        reference, given, amount = await self._initiation(request, COLLECTION)
        simulation = self._simulation
        party = read_party(given.payer, "payer", old_form=simulation.switches.mtn.old_numbers)
        course = simulation.course(Operator.MTN, reference, party)
        self._refuse(reference, course)
        transaction = self._open(request, Kind.COLLECTION, reference, given, amount, party, course)
        timings = simulation.settings.timings
        if not self._follow_sandbox(transaction, PAYMENT_NUMBERS):
            if course.callback_first:
                await simulation.finish_first(transaction)
            else:
                simulation.prompt(transaction, delay=timings.confirm_after, window=timings.mtn_window)
        self._executed(request, course)
        return empty(202)

    async def pay_out(self, request: AnyRequest) -> Answer:
        """Send money: a transfer or deposit to a number, or a refund of a payment by its reference."""
        name = request.url.path.split("/")[4]
        reference, given, amount = await self._initiation(request, DISBURSEMENT)
        simulation = self._simulation
        original = None
        missing_original = False
        if name == "refund":
            original_reference = read_reference(given.referenceIdToRefund)
            original = simulation.transactions.find(Operator.MTN, original_reference, Kind.COLLECTION)
            missing_original = original is None or original.standing is not Standing.SUCCEEDED
            party = original.party if original else ""
        else:
            original_reference = ""
            party = read_party(given.payee, "payee", old_form=simulation.switches.mtn.old_numbers)
        course = simulation.course(Operator.MTN, reference, party, payee=True)
        self._refuse(reference, course)
        if missing_original:
            course = Course(outcome=Outcome.FAIL, reason="TRANSACTION_NOT_FOUND")
        elif original is not None and amount > self._refundable(original):
            course = Course(outcome=Outcome.FAIL, reason="NOT_ALLOWED")
        elif course.outcome is Outcome.CONFIRM and not simulation.affordable(Operator.MTN, amount):
            course = Course(outcome=Outcome.INSUFFICIENT)
        transaction = self._open(request, PAYOUTS[name], reference, given, amount, party, course, original_reference)
        if not self._follow_sandbox(transaction, TRANSFER_NUMBERS if name == "transfer" else PAYMENT_NUMBERS):
            if course.callback_first:
                await simulation.finish_first(transaction)
            else:
                usual = simulation.settings.timings.refund_after
                simulation.run(transaction, usual if course.delay is None else course.delay)
        self._executed(request, course)
        return empty(202)

    async def show_payment(self, request: AnyRequest, reference: FromPath[str]) -> Answer:
        """Show a payment."""
        return self._show(request, COLLECTION, reference, Kind.COLLECTION)

    async def show_payout(self, request: AnyRequest, reference: FromPath[str]) -> Answer:
        """Show a transfer, deposit or refund."""
        return self._show(request, DISBURSEMENT, reference, PAYOUTS[request.url.path.split("/")[4]])

    async def notify_payer(self, request: AnyRequest, reference: FromPath[str]) -> Answer:
        """Send the payer of a paid request a note."""
        self._access.admit(request, COLLECTION)
        transaction = self._simulation.transactions.find(Operator.MTN, reference, Kind.COLLECTION)
        if transaction is None or transaction.standing is not Standing.SUCCEEDED:
            return platform(404, "RESOURCE_NOT_FOUND")
        body = await read_object(request)
        note = body.get("notificationMessage") if body else None
        if not isinstance(note, str) or not 0 < len(note) <= MAX_NOTIFICATION:
            raise invalid(f"notificationMessage is a text of at most {MAX_NOTIFICATION} characters.")
        transaction.words["notificationMessage"] = note
        return empty(200)

    async def show_active(self, request: AnyRequest, msisdn: FromPath[str]) -> Answer:
        """Tell whether a number has a wallet."""
        self._access.admit(request, _product(request))
        digits = sandbox_number(msisdn)
        if digits is not None:
            answers = {
                "50": platform(404, "RESOURCE_NOT_FOUND"),
                "51": json_answer(200, {"result": False}),
                "52": platform(500, "NOT_ALLOWED"),
                "53": platform(500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
                "54": platform(500, "INTERNAL_PROCESSING_ERROR"),
                "55": platform(503, "SERVICE_UNAVAILABLE"),
            }
            return answers.get(digits) or json_answer(200, {"result": True})
        course = self._simulation.course(Operator.MTN, "", msisdn)
        return json_answer(200, {"result": course.outcome is not Outcome.NOT_FOUND})

    async def show_holder(self, request: AnyRequest, msisdn: FromPath[str]) -> Answer:
        """Show who holds a wallet."""
        self._access.admit(request, _product(request))
        if self._simulation.course(Operator.MTN, "", msisdn).outcome is Outcome.NOT_FOUND:
            return platform(404, "RESOURCE_NOT_FOUND")
        return json_answer(
            200,
            {
                "given_name": "Awa",
                "family_name": f"Payeur {msisdn[-2:]}",
                "birthdate": "1990-01-01",
                "locale": "fr_BJ",
                "gender": "F",
                "status": "ACTIVE",
            },
        )

    async def show_balance(self, request: AnyRequest) -> Answer:
        """Show the merchant's balance. Both products share one wallet."""
        self._access.admit(request, _product(request))
        currency = request.path_params.get("currency") or self._access.currency
        if currency != self._access.currency:
            return platform(500, "INVALID_CURRENCY")
        balance = self._simulation.ledger.balance(Operator.MTN)
        return json_answer(200, {"availableBalance": plain(balance), "currency": currency})

    async def _initiation(self, request: AnyRequest, product: str) -> tuple[str, MoneyRequest, Decimal]:
        """The checks that every movement of money goes through. Raises `Denied`; no transaction is left then."""
        user = self._access.admit(request, product)
        reference = read_reference(request.headers.get("x-reference-id", ""))
        exchange_of(request).reference = reference
        self._check_callback(request, user)
        given = read_request(await request.body())
        if given.currency != self._access.currency:
            raise Denied(platform(500, "INVALID_CURRENCY"))
        amount = read_amount(given)
        if self._simulation.transactions.find(Operator.MTN, reference) is not None:
            raise Denied(platform(409, "RESOURCE_ALREADY_EXIST"))
        return reference, given, amount

    def _check_callback(self, request: AnyRequest, user: ApiUser) -> None:
        """Strictly: https on port 443 of a domain name that is the API user's host (section 2.8). Otherwise loopback
        is free, and other hosts still have to be the user's."""
        url = request.headers.get("x-callback-url", "")
        if not url:
            return
        strict = self._simulation.settings.strict
        if not strict and is_loopback(url):
            return
        if urlsplit(url).hostname != user.callback_host.lower() or (strict and not is_public(url)):
            raise Denied(platform(500, "INVALID_CALLBACK_URL_HOST"))

    def _refuse(self, reference: str, course: Course) -> None:
        """Raise `Denied` where the operator makes no transaction of this initiation."""
        if course.outcome is Outcome.REFUSE:
            raise Denied(refused(reason_of(Operator.MTN, course)))
        if self._simulation.stumbles(Operator.MTN, reference, course):
            raise Denied(platform(500, "INTERNAL_PROCESSING_ERROR"))

    def _open(
        self,
        request: AnyRequest,
        kind: Kind,
        reference: str,
        given: MoneyRequest,
        amount: Decimal,
        party: str,
        course: Course,
        original: str = "",
    ) -> Transaction:
        return self._simulation.open(
            Operator.MTN,
            kind,
            reference,
            amount=amount,
            currency=given.currency,
            party=party,
            course=course,
            callback_url=request.headers.get("x-callback-url", ""),
            original=original,
            words={
                "externalId": given.externalId,
                "payerMessage": given.payerMessage,
                "payeeNote": given.payeeNote,
            },
        )

    def _follow_sandbox(self, transaction: Transaction, reasons: dict[str, str]) -> bool:
        """Do what MTN's own test numbers ask for (section 2.10). False for all other numbers."""
        digits = sandbox_number(transaction.party)
        if digits is None or self._simulation.plans.find(Operator.MTN, transaction.reference, transaction.party):
            return False
        if digits in reasons:
            self._simulation.fail(transaction, reasons[digits])
        elif digits == DELAYED:
            transaction.standing = Standing.CREATED
            transaction.course = Course()
            self._simulation.run(transaction, self._simulation.settings.timings.created_for)
        elif digits != EVER_PENDING:
            self._simulation.succeed(transaction)
        return True

    def _executed(self, request: AnyRequest, course: Course) -> None:
        exchange = exchange_of(request)
        exchange.executed = True
        exchange.lose = course.lose_answer

    def _refundable(self, original: Transaction) -> Decimal:
        """What is left of a payment after its refunds."""
        refunds = self._simulation.transactions.matching(operator=Operator.MTN)
        given_back = sum(
            (
                each.amount
                for each in refunds
                if each.original == original.reference and each.standing in (Standing.PENDING, Standing.SUCCEEDED)
            ),
            Decimal(),
        )
        return original.amount - given_back

    def _show(self, request: AnyRequest, product: str, reference: str, kind: Kind) -> Answer:
        self._access.admit(request, product)
        exchange_of(request).reference = reference
        transaction = self._simulation.transactions.find(Operator.MTN, reference.lower(), kind)
        if transaction is None or transaction.reference != reference.lower():
            return platform(404, "RESOURCE_NOT_FOUND")
        return json_answer(200, shown(self._simulation, transaction))


def _product(request: AnyRequest) -> str:
    """The product that a path names."""
    return request.url.path.split("/")[2]
