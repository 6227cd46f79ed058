"""Refunds on the wire (contracts/spotvibe.md section 6.2; DECISIONS.md section 2, "Refunds")."""

from typing import Any

from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.principal import Caller
from core.access.rules import SignedIn
from core.primitives.locale import Text
from core.primitives.page import Filter, FilterKind, Listing, ListQuery, Page
from plugins.spotvibe.arrays import respond_array
from plugins.spotvibe.payments.domain import StatutRemboursement, refund_states_of
from plugins.spotvibe.payments.payment_http import A_UUID
from plugins.spotvibe.payments.refund_service import Refunds
from plugins.spotvibe.payments.wire import RefundRequest, Remboursement, RemboursementDetail
from plugins.spotvibe.wire import ARRAY, DIALECT

LISTING = Listing(
    filters=(
        Filter("statut", choices=tuple(StatutRemboursement)),
        Filter("tous", FilterKind.BOOLEAN),
    ),
    default_ordering=(),
)


def refund_controller(refunds: Refunds) -> type[Controller]:
    """The controller of refunds."""

    class RefundController(Controller):
        path = "/api/payments/refunds"
        tags = ["payments"]

        @operation(
            "GET",
            "/",
            name="list_refunds",
            rule=SignedIn(),
            summary=Text(
                fr="Lister ses remboursements ; le personnel les lit tous par tous=true",
                en="List one's refunds; staff read everybody's by tous=true",
            ),
            facts=Facts(listing=LISTING, pagination=ARRAY, errors=(400,)),
        )
        async def listed(self, request: StrictRequest) -> Response[list[Remboursement]]:
            """List the refunds of the caller's payments, newest first."""

            async def find(caller: Caller, query: ListQuery) -> Page[Any]:
                asked = dict(query.filters)
                words = [StatutRemboursement(asked["statut"])] if "statut" in asked else StatutRemboursement
                states = [state for word in words for state in refund_states_of(word)]
                return await refunds.page(caller, query, everybodys=bool(asked.get("tous")), states=states)

            return await respond_array(request, find, LISTING)

        @operation(
            "POST",
            "/",
            name="request_refund",
            rule=SignedIn(),
            creates=True,
            summary=Text(fr="Demander un remboursement", en="Ask for a refund"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={"payment_uuid": A_UUID, "raison": "DEMANDE_CLIENT", "description": "Empêchement."},
            ),
        )
        async def request(self, request: StrictRequest, data: JSONBody[RefundRequest]) -> RemboursementDetail:
            """Ask for the money of a payment; staff decide."""
            asked: RemboursementDetail = await refunds.request(
                request.caller, data.payment_uuid, data.raison, data.description
            )
            return asked

        @operation(
            "GET",
            "/{key:str}",
            name="get_refund",
            rule=SignedIn(),
            summary=Text(fr="Lire un remboursement", en="Read a refund"),
            facts=Facts(errors=(404,)),
        )
        async def get(self, request: StrictRequest, key: FromPath[str]) -> RemboursementDetail:
            """Read a refund of the caller's payments; staff read any."""
            found: RemboursementDetail = await refunds.detail(request.caller, key_of(DIALECT, key))
            return found

    return RefundController
