"""Beginning payments, and trying them again, for every slice that sells."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from core.access.principal import Caller
from core.payments import messages as refusals
from core.payments.entities import Payment
from core.payments.gateway import Flow
from core.payments.service import NextAction, PaymentOrder, Payments
from core.primitives import messages
from core.primitives.errors import DomainError, FieldProblem, invalid, invalid_field
from core.primitives.money import Money
from core.primitives.phone import is_of, normalise_phone
from core.work import Work
from plugins.spotvibe.payments.domain import ORDER_TYPES, Purchase, Type, gateway_of

_OF_PHONE: Final = frozenset({refusals.NO_PAYER.code, refusals.BLOCKED_NUMBER.code})
_OF_METHOD: Final = frozenset({refusals.UNKNOWN_GATEWAY.code, refusals.NOT_PAYABLE.code})


class Checkout:
    """Begins payments in units of work of others. `region` reads numbers without a country code, `countries` are those
    whose numbers may pay; `return_url` and `cancel_url` are where an operator's page leads afterwards."""

    def __init__(
        self,
        payments: Payments,
        *,
        currency: str,
        region: str,
        countries: Collection[str],
        return_url: str,
        cancel_url: str,
    ) -> None:
        self._payments = payments
        self._currency = currency
        self._region = region
        self._countries = frozenset({region, *countries})
        self._return_url = return_url
        self._cancel_url = cancel_url

    async def begin(
        self, work: Work, caller: Caller, purchase: Purchase, *, method_field: str, phone_field: str
    ) -> Payment:
        """Begin a payment. Raises `DomainError` of kind invalid on the named fields: a method that is not here or
        cannot take this amount, a number that is none of a configured country, is missing or blocked."""
        gateway, payer = self._chosen(
            purchase.means.methode, purchase.means.telephone, method_field=method_field, phone_field=phone_field
        )
        amount = Money(purchase.montant, self._currency)
        with _naming(method_field, phone_field):
            return await self._payments.begin(
                work,
                PaymentOrder(
                    account=purchase.account or caller.account,
                    order_type=ORDER_TYPES[Type(purchase.type_paiement)],
                    order=purchase.order,
                    amount=amount,
                    commission=Money(purchase.commission, self._currency).rounded().amount,
                    payee=purchase.payee,
                    gateway=gateway or "",
                    payer=payer,
                    description=purchase.description,
                    locale=caller.locale,
                    return_url=self._return_url,
                    cancel_url=self._cancel_url,
                    otp=purchase.means.otp,
                ),
            )

    async def again(
        self,
        work: Work,
        payment: UUID,
        *,
        methode: str | None = None,
        telephone: str | None = None,
        otp: str = "",
        method_field: str,
        phone_field: str,
    ) -> Payment:
        """Try a payment again that ended without money; method and number stay what they were where None is given.
        Raises `DomainError` of kind missing for an unknown one, of kind invalid as `begin`, and where it cannot be
        tried again now or what it was for is gone."""
        gateway, payer = self._chosen(methode, telephone, method_field=method_field, phone_field=phone_field)
        with _naming(method_field, phone_field):
            return await self._payments.retry(work, payment, gateway=gateway, payer=payer, otp=otp)

    def first_action(self, gateway: str, url: str | None = None) -> NextAction:
        """What the payer will do, as far as it is known before the operator has heard of the payment; `url` is that
        of the operator's page where there is one already."""
        capabilities = self._payments.gateways.capabilities(gateway)
        flow = capabilities.flow if capabilities else Flow.PUSH
        if flow is Flow.REDIRECT:
            return NextAction("redirect", url)
        return NextAction("otp" if flow is Flow.OTP else "prompt", None)

    async def started(self, payment: UUID) -> NextAction:
        """What the payer is to do next. Call it after the commit: for an operator with a page it sends the payment
        and waits some seconds for the page's address (DECISIONS.md section 2, "When")."""
        return await self._payments.action(payment)

    def _chosen(
        self, methode: str | None, telephone: str | None, *, method_field: str, phone_field: str
    ) -> tuple[str | None, str | None]:
        """The gateway and the payer's number as E.164; None for what is not given."""
        problems = []
        gateway = None if methode is None else gateway_of(methode)
        capabilities = self._payments.gateways.capabilities(gateway) if gateway else None
        if gateway is not None and capabilities is None:
            problems.append(FieldProblem((method_field,), refusals.UNKNOWN_GATEWAY))
        payer = normalise_phone(telephone, self._region) if telephone else None
        if payer is not None and not is_of(payer, self._countries):
            payer = None
        if telephone and payer is None:
            problems.append(FieldProblem((phone_field,), messages.NOT_PHONE))
        if problems:
            raise invalid(*problems)
        return gateway, payer


@contextmanager
def _naming(method_field: str, phone_field: str) -> Iterator[None]:
    """Say of the kernel's refusals which field of the request they are about."""
    try:
        yield
    except DomainError as error:
        codes = {problem.message.code for problem in error.problems}
        if codes & _OF_PHONE:
            raise invalid_field(phone_field, error.problems[0].message) from error
        if codes & _OF_METHOD:
            raise invalid_field(method_field, error.problems[0].message) from error
        raise
