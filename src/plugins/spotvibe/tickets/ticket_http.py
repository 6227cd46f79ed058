"""Tickets on the wire: one's own, their codes, and the door (contracts/spotvibe.md section 4.6; DECISIONS.md section 2,
"Tickets")."""

from base64 import b64encode
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.access.principal import Caller
from core.access.rules import Anyone, SignedIn
from core.primitives.errors import message, missing
from core.primitives.ids import parse_uuid
from core.primitives.locale import Text
from core.primitives.page import ListQuery, Page
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.tickets.code import CONTEXT, PREFIX
from plugins.spotvibe.tickets.domain import TICKET_NOT_FOUND, Billet, number_of
from plugins.spotvibe.tickets.ticket_service import AlreadyScanned, Tickets
from plugins.spotvibe.tickets.wire import (
    BilletListe,
    BilletScanne,
    CodeFormat,
    Porteur,
    PublicKey,
    Scan,
    Scanned,
    ScannedBefore,
)

PNG = ".png"
FORMAT = CodeFormat(
    prefixe=PREFIX,
    encodage="base64url",
    billet_uuid="0-15",
    evenement_id="16-23 (big endian)",
    signature="24-87 (Ed25519, RFC 8032)",
    contexte=CONTEXT.decode(),
)

ADMITTED = message(
    "spotvibe_ticket_admitted", fr="Billet valable : entrée enregistrée.", en="Good ticket: the entry is recorded."
)


def ticket_of(text: str) -> UUID:
    """Read a ticket's UUID of a path. Raises `DomainError` of kind missing for a malformed one."""
    key = parse_uuid(text)
    if key is None:
        raise missing(TICKET_NOT_FOUND)
    return key


def _scanned(billet: Billet) -> BilletScanne:
    return BilletScanne(
        id=billet.id,
        uuid=billet.uuid,
        numero=number_of(billet.id),
        evenement_id=billet.evenement,
        evenement_titre=billet.titre,
        prix=billet.prix,
        statut=billet.statut.value,
        utilise_le=billet.utilise_le,
        porteur=Porteur(billet.user, billet.porteur),
    )


def ticket_controllers(tickets: Tickets) -> list[type[Controller]]:
    """The controllers of tickets, and of their images."""

    class TicketController(Controller):
        path = "/api/events"
        tags = ["events"]

        @operation(
            "GET",
            "/my-tickets",
            name="list_own_tickets",
            rule=SignedIn(),
            summary=Text(fr="Lister ses billets", en="List one's tickets"),
            facts=LISTED,
        )
        async def mine(self, request: StrictRequest) -> Response[list[BilletListe]]:
            """List the caller's tickets, newest first."""

            async def find(caller: Caller, query: ListQuery) -> Page[BilletListe]:
                page = await tickets.page(caller, query)
                shown = [
                    msgspec.structs.replace(each, code_qr_url=tickets.image_path(each.uuid, each.statut))
                    for each in page.items
                ]
                return Page(page.count, shown)

            return await respond_array(request, find)

        @operation(
            "GET",
            "/tickets/{key:str}/pdf",
            name="get_ticket_pdf",
            rule=SignedIn(),
            summary=Text(fr="Imprimer un billet", en="Print a ticket"),
            media_type="application/pdf",
            facts=Facts(errors=(400, 404, 503), key="uuid", text_key=True),
        )
        async def pdf(self, request: StrictRequest, key: FromPath[str]) -> Response[bytes]:
            """Give the holder of a ticket its PDF."""
            name, document = await tickets.pdf(request.caller, ticket_of(key))
            headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
            return Response(document, media_type="application/pdf", headers=headers)

        @operation(
            "POST",
            "/tickets/scan",
            name="scan_ticket",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Scanner un billet à l'entrée", en="Scan a ticket at the door"),
            facts=Facts(errors=(400, 403, 409, 415), request_example={"code": f"{PREFIX}AaIAHXQGcBmNUr…"}),
        )
        async def scan(self, request: StrictRequest, data: JSONBody[Scan]) -> Response[Scanned | ScannedBefore]:
            """Let the holder of a ticket in, once."""
            locale = request.caller.locale
            body: Any
            try:
                billet = await tickets.scan(request.caller, data.code, data.event_id)
            except AlreadyScanned as before:
                body = ScannedBefore(before.message.say(locale, before.params), before.code, before.utilise_le)
                return Response(body, status_code=409)
            body = Scanned(ADMITTED.say(locale), _scanned(billet))
            return Response(body)

        @operation(
            "GET",
            "/tickets/public-key",
            name="get_ticket_public_key",
            rule=SignedIn(),
            summary=Text(fr="Lire la clé qui vérifie les billets hors ligne", en="Read the key that verifies tickets"),
        )
        async def public_key(self, request: StrictRequest) -> PublicKey:  # noqa: ARG002
            """Tell how a scanner verifies codes without the server: `format` says which bytes are what, and the signed
            text is `contexte` followed by the bytes before the signature."""
            codes = tickets.codes
            return PublicKey("Ed25519", b64encode(codes.public_key).decode(), codes.public_pem, FORMAT)

    class TicketImageController(Controller):
        path = "/media/tickets"
        tags = ["events"]

        @operation(
            "GET",
            "/{key:str}",
            name="get_ticket_image",
            rule=Anyone(),
            summary=Text(
                fr="Voir le QR d'un billet par son adresse signée", en="See a ticket's QR by its signed address"
            ),
            media_type="image/png",
            facts=Facts(errors=(404,), key="name", text_key=True),
        )
        async def image(self, request: StrictRequest, key: FromPath[str]) -> Response[bytes]:
            """Show the QR of a ticket to who holds a signed address that has not expired."""
            asked = dict(reversed(request.pairs))
            expires = asked.get("expires", "")
            if not key.endswith(PNG) or not (expires.isascii() and expires.isdigit() and len(expires) < 12):
                raise missing(TICKET_NOT_FOUND)
            uuid = ticket_of(key.removesuffix(PNG))
            drawn = await tickets.image(uuid, int(expires), asked.get("signature", ""))
            return Response(drawn, media_type="image/png", headers={"cache-control": "private, max-age=300"})

    return [TicketController, TicketImageController]
