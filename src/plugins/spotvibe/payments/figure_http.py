"""Figures, methods, transactions and commissions on the wire (contracts/spotvibe.md sections 6.3 and 6.4)."""

from litestar import Controller, Response

from adapters.http.operations import operation
from adapters.http.request import StrictRequest
from core.access.principal import Caller
from core.access.rules import Anyone, SignedIn
from core.primitives.locale import Text
from core.primitives.page import ListQuery, Page
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.payments.figure_service import Figures
from plugins.spotvibe.payments.payment_service import OwnPayments
from plugins.spotvibe.payments.wire import Commission, MethodePaiement, Stats, Summary, Transaction
from plugins.spotvibe.rules import StaffOnly


def figure_controller(figures: Figures, payments: OwnPayments) -> type[Controller]:
    """The controller of figures."""

    class FigureController(Controller):
        path = "/api/payments"
        tags = ["payments"]

        @operation(
            "GET",
            "/stats",
            name="get_payment_stats",
            rule=StaffOnly(),
            summary=Text(fr="Lire les statistiques des paiements", en="Read the statistics of payments"),
        )
        async def stats(self, request: StrictRequest) -> Stats:  # noqa: ARG002 - the same for everybody
            """Count all payments."""
            counted = await figures.stats()
            revenue = int(counted.revenue) if counted.revenue % 1 == 0 else float(counted.revenue)
            return Stats(counted.total, counted.successful, revenue)

        @operation(
            "GET",
            "/methods",
            name="list_payment_methods",
            rule=Anyone(),
            summary=Text(fr="Lister les moyens de paiement", en="List payment methods"),
            facts=LISTED,
        )
        async def methods(self, request: StrictRequest) -> Response[list[MethodePaiement]]:
            """List payment methods, and whether they can be used now."""
            known = [
                MethodePaiement(each.code, each.name, each.active) for each in figures.methods(request.caller.locale)
            ]

            async def find(_: Caller, query: ListQuery) -> Page[MethodePaiement]:
                return Page(len(known), known[query.offset : query.offset + query.page_size])

            return await respond_array(request, find)

        @operation(
            "GET",
            "/summary",
            name="get_payment_summary",
            rule=SignedIn(),
            summary=Text(fr="Résumer ses paiements", en="Sum one's payments up"),
        )
        async def summary(self, request: StrictRequest) -> Summary:
            """Sum the caller's payments up."""
            found: Summary = await figures.summary(request.caller)
            return found

        @operation(
            "GET",
            "/transactions",
            name="list_payment_transactions",
            rule=StaffOnly(),
            summary=Text(fr="Lister les transactions Mobile Money", en="List Mobile Money transactions"),
            facts=LISTED,
        )
        async def transactions(self, request: StrictRequest) -> Response[list[Transaction]]:
            """List every try with an operator, newest first."""
            return await respond_array(request, payments.transactions)

        @operation(
            "GET",
            "/commissions",
            name="list_commissions",
            rule=StaffOnly(),
            summary=Text(fr="Lister les commissions", en="List commissions"),
            facts=LISTED,
        )
        async def commissions(self, request: StrictRequest) -> Response[list[Commission]]:
            """List the installation's commissions, newest first."""
            return await respond_array(request, figures.commissions)

    return FigureController
