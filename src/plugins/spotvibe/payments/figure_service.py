"""The use cases of figures, methods and commissions (contracts/spotvibe.md sections 6.3 and 6.4)."""

from collections import defaultdict
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM, Caller
from core.payments.gateways import Gateways
from core.primitives.locale import Locale, Text
from core.primitives.page import ListQuery, Page
from core.work import Work, Works
from plugins.spotvibe.figures import Remembered
from plugins.spotvibe.payments.domain import TYPES, Methode, Payables, Type, gateway_of, methode_of
from plugins.spotvibe.users.profile_service import principal_of

CARD = Text(fr="Carte bancaire", en="Bank card")
MOBILE = {
    Methode.MOMO_MTN: "Mobile Money MTN",
    Methode.MOMO_ORANGE: "Mobile Money Orange",
    Methode.MOMO_MOOV: "Mobile Money Moov",
}


class StatutCommission(StrEnum):
    """How a commission stands: computed while its payment waits, credited to the installation in the ledger when the
    payment's order is honoured, void where the money never came or has gone back whole."""

    CALCULEE = "CALCULEE"
    VERSEE = "VERSEE"
    ANNULEE = "ANNULEE"


class PaymentFigures(msgspec.Struct, frozen=True):
    """Figures of all payments: how many, how many whose money came, how many that failed or expired, and what came in
    and has not gone back."""

    total: int
    successful: int
    failed: int
    revenue: Decimal


class Method(msgspec.Struct, frozen=True):
    """A payment method, and whether it can be used now."""

    code: str
    name: str
    active: bool


class FigureStore(Protocol):
    """What figures need of their store. Only payments of spotvibe are there."""

    async def revenue(self, work: Work, type_paiement: Type | None = None) -> Decimal:
        """Return what was paid and has not gone back."""
        ...

    async def figures(self, work: Work) -> PaymentFigures:
        """Return the figures of all payments."""
        ...

    async def revenue_by_month(self, work: Work) -> dict[str, Decimal]:
        """Return what came in each month and has not gone back, the first one first."""
        ...

    async def summary(self, work: Work, account: UUID) -> Any:
        """Return an account's own payments in short."""
        ...

    async def commissions(self, work: Work, query: ListQuery) -> Page[tuple[str, str, Any]]:
        """Return a page of commissions, newest first, each behind its order type and order."""
        ...


class Figures:
    """Figures of payments, for people."""

    def __init__(self, works: Works, store: FigureStore, gateways: Gateways, payables: Payables) -> None:
        self._works = works
        self._store = store
        self._gateways = gateways
        self._payables = payables
        self._remembered = Remembered(self._count)

    async def stats(self) -> PaymentFigures:
        """The figures of all payments, at most 60 seconds old (DECISIONS.md section 2, "Figures")."""
        return await self._remembered.get()

    async def summary(self, caller: Caller) -> Any:
        """The caller's own payments in short."""
        async with self._works.reading(caller) as work:
            return await self._store.summary(work, principal_of(caller).account)

    async def commissions(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of commissions with what was bought, in one statement and one for each type."""
        async with self._works.reading(caller) as work:
            page = await self._store.commissions(work, query)
            orders = defaultdict(list)
            for order_type, order, _ in page.items:
                orders[order_type].append(order)
            titles: dict[tuple[str, str], str] = {}
            for order_type, keys in orders.items():
                payable = self._payables.get(TYPES[order_type])
                found = await payable.titles(work, keys) if payable is not None else {}
                titles |= {(order_type, key): title for key, title in found.items()}
        for order_type, order, commission in page.items:
            commission.event_titre = titles.get((order_type, order))
        return Page(page.count, [commission for _, _, commission in page.items])

    def methods(self, locale: Locale) -> list[Method]:
        """The methods of the document, then those of other gateways that are here."""
        offers = self._gateways.offers
        documented = [Method(code.value, name, gateway_of(code) in offers) for code, name in MOBILE.items()]
        others = [
            Method(methode_of(slug), offer.title, active=True)
            for slug, offer in sorted(offers.items())
            if methode_of(slug) not in MOBILE
        ]
        return [*documented, *others, Method(Methode.CARTE_BANCAIRE.value, CARD.in_(locale), active=False)]

    async def _count(self) -> PaymentFigures:
        async with self._works.reading(SYSTEM) as work:
            return await self._store.figures(work)
