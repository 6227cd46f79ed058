"""What other slices may call of payments."""

from decimal import Decimal
from uuid import UUID

from core.access.principal import Caller
from core.payments.entities import Payment, PaymentState
from core.payments.service import NextAction
from core.work import Work
from plugins.spotvibe.payments.checkout_service import Checkout
from plugins.spotvibe.payments.domain import Payables, Purchase, Raison, Statut, Type, statut_of
from plugins.spotvibe.payments.figure_service import FigureStore, PaymentFigures
from plugins.spotvibe.payments.refund_service import Refunds


class PaymentsApi:
    """Payments as other slices see them. But for `started`, every method works inside the unit of work of its caller.
    `payables` is the extension point of what can be paid for."""

    def __init__(self, checkout: Checkout, refunds: Refunds, figures: FigureStore, payables: Payables) -> None:
        self._checkout = checkout
        self._refunds = refunds
        self._figures = figures
        self.payables = payables

    async def begin(
        self,
        work: Work,
        caller: Caller,
        purchase: Purchase,
        method_field: str = "payment_method",
        phone_field: str = "phone_number",
    ) -> Payment:
        """Begin a payment beside what it pays for; the operator hears of it after the commit.

        Raises `DomainError` of kind invalid on `method_field` for a method that is not here or cannot take this
        amount, on `phone_field` for a number that is none of a configured country, is missing or blocked.
        """
        return await self._checkout.begin(work, caller, purchase, method_field=method_field, phone_field=phone_field)

    async def again(
        self,
        work: Work,
        payment: UUID,
        *,
        methode: str | None = None,
        telephone: str | None = None,
        otp: str = "",
        method_field: str = "payment_method",
        phone_field: str = "phone_number",
    ) -> Payment:
        """Try a payment again that ended without money; what is None stays. Whose it is, the caller has made sure of.
        Raises as `begin`, and `DomainError` of kind invalid where it cannot be tried again or its order is gone."""
        return await self._checkout.again(
            work,
            payment,
            methode=methode,
            telephone=telephone,
            otp=otp,
            method_field=method_field,
            phone_field=phone_field,
        )

    def first_action(self, payment: Payment) -> NextAction:
        """What the payer will do, as far as it is known inside the unit of work: for the answer that an
        `Idempotency-Key` keeps."""
        return self._checkout.first_action(payment.gateway, payment.action_url)

    async def started(self, payment: UUID) -> NextAction:
        """What the payer is to do next. Call it after the commit, outside of any unit of work."""
        return await self._checkout.started(payment)

    def statut_of(self, state: PaymentState) -> Statut:
        """The document's word for a payment's state."""
        return statut_of(state)

    async def revenue(self, work: Work, type_paiement: str | None = None) -> Decimal:
        """What was paid and has not gone back, of one type or of all (DECISIONS.md section 2, "Figures")."""
        return await self._figures.revenue(work, None if type_paiement is None else Type(type_paiement))

    async def figures(self, work: Work) -> PaymentFigures:
        """The figures of all payments of spotvibe, counted now."""
        return await self._figures.figures(work)

    async def revenue_by_month(self, work: Work) -> dict[str, Decimal]:
        """What came in each month ("2026-03", in the installation's zone) and has not gone back, the first one first;
        a month without any is not there."""
        return await self._figures.revenue_by_month(work)

    async def give_back(
        self,
        work: Work,
        payment: UUID,
        raison: str = Raison.ANNULATION_EVENT,
        *,
        montant: Decimal | None = None,
        description: str = "",
        by: UUID | None = None,
    ) -> int | None:
        """Send money of a paid payment back because what it paid for is cancelled: the whole, or `montant`, as far as
        it has not gone back already; a request that awaits its decision gives way to it. `by` is the account that
        caused it. Returns the refund's number, None where nothing is left to give back."""
        return await self._refunds.give_back(
            work, payment, Raison(raison), montant=montant, description=description, by=by
        )

    async def approve_refund(self, work: Work, number: int, by: UUID | None) -> None:
        """Approve a refund that a buyer asked for; `by` is the account that decides. Raises `DomainError` of kind
        missing for an unknown one, of kind conflict for one that is decided already."""
        await self._refunds.approve(work, number, by)

    async def reject_refund(self, work: Work, number: int, by: UUID | None) -> None:
        """Reject a refund that a buyer asked for. Raises as `approve_refund`."""
        await self._refunds.reject(work, number, by)

    async def mark_refund_paid(self, work: Work, number: int, by: UUID | None, operator_reference: str = "") -> None:
        """Record that staff have sent the money of an approved refund themselves, with the operator's reference where
        there is one. Raises `DomainError` of kind missing for an unknown one, of kind conflict for any other."""
        await self._refunds.mark_paid(work, number, by, operator_reference)
