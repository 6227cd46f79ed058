"""Buying slots: they are there when the money is confirmed, once (issue 7, "paid upgrade"; the kernel's payments)."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.payments import messages as refusals
from core.payments.entities import Payment, Refund
from core.payments.gateway import Flow
from core.payments.service import NextAction, PaymentOrder, Payments
from core.primitives import messages
from core.primitives.errors import DomainError, FieldProblem, Kind, invalid, invalid_field, message
from core.primitives.money import Money
from core.primitives.phone import normalise_phone
from core.resources import ResourceId
from core.work import Work, Works
from plugins.megahub.companies.company_service import Companies
from plugins.megahub.slots.domain import NO_INCREMENT, HeldSlots
from plugins.megahub.slots.settings import SlotSettings

ORDER_TYPE: Final = "megahub_slots.purchase"
MOST: Final = Decimal(10) ** 12
"""What a purchase costs stays below this."""

NOT_SOLD: Final = message(
    "megahub_slots_not_sold", fr="Ces slots ne sont pas en vente", en="These slots are not for sale"
)
TOO_DEAR: Final = message(
    "megahub_slots_too_dear", fr="Cet achat dépasse le montant maximal", en="This purchase exceeds the largest amount"
)
DESCRIPTION: Final = message(
    "megahub_slots_description",
    fr="{brands} slots de marques, {users} slots d'utilisateurs",
    en="{brands} brand slots, {users} user slots",
)


class Status(StrEnum):
    """How a purchase stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUNDED = "refunded"


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase of slots by a company."""

    id: int
    company: int
    brands: int
    users: int
    status: Status
    archived: bool
    """Whether the company is there no more."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody pays: the name of an operator's gateway, the number that pays, and an operator's code."""

    gateway: str
    phone: str | None = None
    otp: str = ""


class Begun(msgspec.Struct, frozen=True):
    """A purchase whose payment was begun."""

    payment: UUID
    action: NextAction


class PurchaseStore(Protocol):
    """Keeps purchases."""

    async def insert(
        self, work: Work, *, company: int, account: UUID | None, brands: int, users: int, amount: Decimal
    ) -> int:
        """Insert a purchase that waits for its money, and return its id."""
        ...

    async def lock(self, work: Work, key: int) -> Purchase | None:
        """Return a purchase and hold it until the transaction ends."""
        ...

    async def move(self, work: Work, key: int, status: Status) -> None:
        """Change how a purchase that is held stands."""
        ...


class Raising(Protocol):
    """Changes slots in a unit of work that answers for it (`plugins.megahub.slots.slot_service.Slots`)."""

    async def raise_by(self, work: Work, number: int, brands: int = 0, users: int = 0) -> HeldSlots:
        """Add slots, and return what there was before. Raises `DomainError` of kind invalid past what can be counted,
        `LookupError` for an organisation without slots."""
        ...

    async def take_back(self, work: Work, number: int, brands: int, users: int) -> None:
        """Take slots away again, but none that are used."""
        ...


class Purchases:
    """Begins purchases."""

    def __init__(
        self,
        works: Works,
        store: PurchaseStore,
        companies: Companies[Any],
        payments: Payments,
        settings: SlotSettings,
        *,
        currency: str,
        region: str,
        return_url: str,
    ) -> None:
        self._works = works
        self._store = store
        self._companies = companies
        self._payments = payments
        self._settings = settings
        self._currency = currency
        self._region = region
        self._return_url = return_url

    async def begin(self, caller: Caller, key: ResourceId, brands: int, users: int, means: Means) -> Begun:
        """Begin the purchase of slots. Raises `DomainError` of kind missing for another's company, of kind invalid
        with the fields that fail: what is not sold, a gateway that is not here, a number that cannot pay."""
        inside, company = await self._companies.inside(caller, key)
        amount, payer = self._checked(brands, users, means)
        async with self._works.within(inside) as work:
            made = await self._store.insert(
                work, company=company.number, account=caller.account, brands=brands, users=users, amount=amount
            )
            with _naming():
                payment = await self._payments.begin(
                    work,
                    PaymentOrder(
                        account=caller.account,
                        order_type=ORDER_TYPE,
                        order=str(made),
                        amount=Money(amount, self._currency),
                        gateway=means.gateway.lower(),
                        payer=payer,
                        description=DESCRIPTION.say(caller.locale, {"brands": brands, "users": users}),
                        locale=caller.locale,
                        return_url=self._return_url,
                        cancel_url=self._return_url,
                        otp=means.otp,
                    ),
                )
            work.audit(
                "PURCHASE",
                "Slots",
                company.number,
                organisation=company.id,
                details={"brands": brands, "users": users, "payment": str(payment.id)},
            )
            begun = Begun(payment.id, self._first_action(payment))
            await work.commit(begun)
        return Begun(payment.id, await self._payments.action(payment.id))

    def _checked(self, brands: int, users: int, means: Means) -> tuple[Decimal, str | None]:
        problems = []
        if brands + users == 0:
            problems.append(FieldProblem(("brands_increment",), NO_INCREMENT))
        if brands and not self._settings.brand_slot_price:
            problems.append(FieldProblem(("brands_increment",), NOT_SOLD))
        if users and not self._settings.user_slot_price:
            problems.append(FieldProblem(("users_increment",), NOT_SOLD))
        amount = Decimal(brands * self._settings.brand_slot_price + users * self._settings.user_slot_price)
        if amount >= MOST:
            problems.append(FieldProblem(("brands_increment",), TOO_DEAR))
        payer = normalise_phone(means.phone, self._region) if means.phone else None
        if means.phone and payer is None:
            problems.append(FieldProblem(("phone_number",), messages.NOT_PHONE))
        if self._payments.gateways.capabilities(means.gateway.lower()) is None:
            problems.append(FieldProblem(("payment_method",), refusals.UNKNOWN_GATEWAY))
        if problems:
            raise invalid(*problems)
        return amount, payer

    def _first_action(self, payment: Payment) -> NextAction:
        """What the payer will do, as far as it is known before the operator has heard of it: kept under an
        `Idempotency-Key`."""
        capabilities = self._payments.gateways.capabilities(payment.gateway)
        flow = capabilities.flow if capabilities is not None else Flow.PUSH
        return NextAction(_ACTIONS.get(flow, "prompt"), None)


_ACTIONS: Final = {Flow.REDIRECT: "redirect", Flow.OTP: "otp"}


class PurchaseOrders:
    """The kernel's order type of purchases. An order is a purchase's id, and is paid by one payment."""

    name = ORDER_TYPE

    def __init__(self, store: PurchaseStore, slots: Raising) -> None:
        self._store = store
        self._slots = slots

    async def reserve(self, work: Work, payment: Payment) -> bool:
        """Have a purchase wait again whose payment is tried again."""
        return await self._move(work, payment, Status.PENDING)

    async def honour(self, work: Work, payment: Payment) -> bool:
        """Add the slots that were paid, once. False where that is not possible any more: the money goes back."""
        purchase = await self._open(work, payment)
        if purchase is None or purchase.archived:
            return False
        try:
            await self._slots.raise_by(work, purchase.company, purchase.brands, purchase.users)
        except (LookupError, DomainError) as refused:
            if isinstance(refused, DomainError) and refused.kind is not Kind.INVALID:
                raise
            return False
        await self._store.move(work, purchase.id, Status.DELIVERED)
        return True

    async def release(self, work: Work, payment: Payment) -> None:
        """The payment has ended without money: nothing was held."""
        await self._move(work, payment, Status.FAILED)

    async def refunded(self, work: Work, payment: Payment, refund: Refund) -> None:  # noqa: ARG002 - in part is whole
        """The money has gone back: so do the slots, but for those that are used."""
        purchase = await self._store.lock(work, int(payment.order))
        if purchase is not None and purchase.status is Status.DELIVERED:
            await self._slots.take_back(work, purchase.company, purchase.brands, purchase.users)
            await self._store.move(work, purchase.id, Status.REFUNDED)

    async def _open(self, work: Work, payment: Payment) -> Purchase | None:
        purchase = await self._store.lock(work, int(payment.order))
        return purchase if purchase is not None and purchase.status in (Status.PENDING, Status.FAILED) else None

    async def _move(self, work: Work, payment: Payment, status: Status) -> bool:
        purchase = await self._open(work, payment)
        if purchase is None:
            return False
        await self._store.move(work, purchase.id, status)
        return True


@contextmanager
def _naming() -> Iterator[None]:
    """Say of the kernel's refusals which field of the request they are about."""
    try:
        yield
    except DomainError as error:
        fields = {
            refusals.NO_PAYER.code: "phone_number",
            refusals.BLOCKED_NUMBER.code: "phone_number",
            refusals.UNKNOWN_GATEWAY.code: "payment_method",
            refusals.NOT_PAYABLE.code: "payment_method",
        }
        for problem in error.problems:
            if problem.message.code in fields:
                raise invalid_field(fields[problem.message.code], problem.message) from error
        raise
