"""The page behind a quote's link, and what it posts (DECISIONS.md section 5, "Quotes"): no account, and no token but
that of the address. A GET changes nothing: mail scanners follow links."""

from collections.abc import Awaitable
from urllib.parse import quote

from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest, asked_path
from core.access.rules import Anyone
from core.primitives.errors import DomainError, Kind
from core.primitives.locale import Text
from plugins.crm.devis.answer_service import Answers
from plugins.crm.devis.devis_http import pdf_answer
from plugins.crm.devis.page import HEADERS, closed_page, quote_page
from plugins.crm.devis.printing import Printed
from plugins.crm.devis.sending_service import Sending
from plugins.crm.devis.wire import RefusBody, Reponse

HTML = "text/html"


def link_path(request: StrictRequest, below: str = "") -> str:
    """The path of the link that was asked, without what stands `below` it."""
    return asked_path(request.scope).rstrip("/").removesuffix(below)


def wants_page(request: StrictRequest) -> bool:
    """Whether a browser asks: it wants a page; a program gets JSON (RFC 9110 section 12.5.1)."""
    return "text/html" in request.headers.get("accept", "")


def page_controller(answers: Answers, sending: Sending, printed: Printed) -> type[Controller]:
    """The controller of `/devis/{token}`."""

    async def shown(
        request: StrictRequest, token: str, path: str, status: int = 200, alert: str = ""
    ) -> Response[bytes]:
        locale = request.caller.locale
        try:
            devis = await answers.opened(token)
        except DomainError as error:
            if error.kind is not Kind.MISSING:
                raise
            return Response(closed_page(locale), status_code=404, media_type=HTML, headers=HEADERS)
        page = quote_page(devis, locale, printed, path, alert)
        return Response(page, status_code=status, media_type=HTML, headers=HEADERS)

    async def answered(request: StrictRequest, token: str, below: str, answering: Awaitable[None]) -> Response[Reponse]:
        """Take an answer. A browser is sent back to the page; where the answer was not taken it is told why there."""
        path = link_path(request, below)
        page = wants_page(request)
        try:
            await answering
        except DomainError as error:
            if not page or error.kind not in (Kind.INVALID, Kind.MISSING):
                raise
            problem = error.problems[0] if error.problems else None
            alert = problem.message.say(request.caller.locale) if problem else ""
            return await shown(request, token, path, 409, alert)  # type: ignore[return-value]
        if page:
            return Response(None, status_code=303, headers={"location": quote(path), **HEADERS})  # type: ignore[arg-type]
        return Response(Reponse((await answers.opened(token)).statut.value))

    class QuotePageController(Controller):
        path = "/devis"
        tags = ["devis"]

        @operation(
            "GET",
            "/{key:str}",
            name="show_devis_page",
            rule=Anyone(),
            tokenless=True,
            summary=Text(fr="Voir un devis par son lien", en="See a quote by its link"),
            media_type="text/html",
            facts=Facts(errors=(404,), key="token", text_key=True),
        )
        async def show(self, request: StrictRequest, key: FromPath[str]) -> Response[bytes]:
            """Show a quote, with forms to accept or decline it."""
            return await shown(request, key, link_path(request))

        @operation(
            "GET",
            "/{key:str}/pdf",
            name="show_devis_page_pdf",
            rule=Anyone(),
            tokenless=True,
            summary=Text(fr="Télécharger un devis par son lien", en="Download a quote by its link"),
            media_type="application/pdf",
            facts=Facts(errors=(404, 503), key="token", text_key=True),
        )
        async def pdf(self, request: StrictRequest, key: FromPath[str]) -> Response[bytes]:
            """Give the PDF that was sent."""
            return pdf_answer(*await sending.document(await answers.opened(key), request.caller))

        @operation(
            "POST",
            "/{key:str}/vu",
            name="see_devis_page",
            rule=Anyone(),
            tokenless=True,
            status=200,
            summary=Text(fr="Noter que le client a vu le devis", en="Note that the client has seen the quote"),
            facts=Facts(errors=(404,), key="token", text_key=True, response_example={"statut": "Consulté"}),
        )
        async def see(self, request: StrictRequest, key: FromPath[str]) -> Reponse:
            """Mark the quote "Consulté", once: the page's own script says that it is looked at."""
            return Reponse((await answers.see(request.caller, key)).value)

        @operation(
            "POST",
            "/{key:str}/accepter",
            name="accept_devis_page",
            rule=Anyone(),
            tokenless=True,
            status=200,
            summary=Text(fr="Accepter un devis par son lien", en="Accept a quote by its link"),
            facts=Facts(errors=(400, 404), key="token", text_key=True, response_example={"statut": "Accepté"}),
        )
        async def accept(self, request: StrictRequest, key: FromPath[str]) -> Response[Reponse]:
            """Accept the quote; a browser is sent back to the page (303)."""
            return await answered(request, key, "/accepter", answers.accept_by_link(request.caller, key))

        @operation(
            "POST",
            "/{key:str}/refuser",
            name="refuse_devis_page",
            rule=Anyone(),
            tokenless=True,
            status=200,
            form=True,
            summary=Text(fr="Refuser un devis par son lien", en="Decline a quote by its link"),
            facts=Facts(
                errors=(400, 404, 415),
                key="token",
                text_key=True,
                request_example={"motif": "Budget dépassé"},
                response_example={"statut": "Refusé"},
            ),
        )
        async def refuse(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[RefusBody]
        ) -> Response[Reponse]:
            """Decline the quote; a browser is sent back to the page (303)."""
            return await answered(request, key, "/refuser", answers.refuse_by_link(request.caller, key, data.motif))

    return QuotePageController
