"""Operations on quotes."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest, asked_path
from adapters.http.resource import (
    ResourceSpec,
    key_of,
    named,
    resource_controller,
    sample_answer,
    shown_type,
)
from adapters.http.resource_paths import Parent, action_operation, controller_below
from core.primitives.locale import Text
from core.primitives.page import Versioned
from core.resources import ResourceId
from plugins.crm.devis.answer_service import Answers
from plugins.crm.devis.devis_service import LISTING, Quotes
from plugins.crm.devis.sending_service import Sending
from plugins.crm.devis.wire import Devis, DevisBody, RefusBody, VersionBody
from plugins.crm.rules import READS, RULES, WRITES
from plugins.crm.sublists import listed_below
from plugins.crm.wire import DIALECT

PATH = "/api/devis"

Act = Callable[[StrictRequest, ResourceId], Awaitable[None]]


def pdf_answer(name: str, document: bytes) -> Response[bytes]:
    """A PDF that is shown, and kept by nobody in between."""
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
    return Response(document, media_type="application/pdf", headers=headers)


def mount_of(request: StrictRequest) -> str:
    """The path prefix that crm is mounted under: what stands before its own path in the one that was asked."""
    return asked_path(request.scope).partition(f"{PATH}/")[0]


def devis_controllers(
    service: Quotes[Devis], sending: Sending, answers: Answers, opportunites: Parent
) -> list[type[Controller]]:
    """The controllers of `/api/devis/` and of what stands below `/api/opportunites/{id}/`; `opportunites` answers for
    the parents of the latter."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path=PATH,
        singular="devis",
        plural="devis",
        one=Text(fr="un devis", en="a quote"),
        many=Text(fr="les devis", en="quotes"),
        service=service,
        out=Devis,
        body=DevisBody,
        listing=LISTING,
        rules=RULES,
        example={
            "opportunite": 1,
            "montant": "1500000.00",
            "contenu": "Maquettes de 12 pages\nIntégration et mise en ligne\nFormation de deux personnes",
        },
    )

    def action(path: str, name: str, summary: Text, act: Act, **options: Any) -> HTTPRouteHandler:
        async def acted(request: StrictRequest, key: ResourceId) -> Versioned[Devis]:
            await act(request, key)
            return await service.get(request.caller, key)

        errors = (400, 404, 409, 503)
        return action_operation(
            spec, f"/{{key:str}}/{path}", acted, name=name, summary=summary, errors=errors, **options
        )

    async def send(request: StrictRequest, key: ResourceId) -> None:
        await sending.send(request.caller, key, mount_of(request))

    async def relink(request: StrictRequest, key: ResourceId) -> None:
        await sending.relink(request.caller, key, mount_of(request))

    async def revoke(request: StrictRequest, key: ResourceId) -> None:
        await sending.revoke(request.caller, key)

    async def accept(request: StrictRequest, key: ResourceId) -> None:
        await answers.accept(request.caller, key)

    def shown_made(request: StrictRequest, made: Versioned[Devis]) -> tuple[bytes, dict[str, str]]:
        value, headers = spec.shown(request, "create", made)
        return msgspec.json.encode(value), headers

    async def renew(self: Any, request: StrictRequest, key: str, data: VersionBody) -> Response[Any]:  # noqa: ARG001
        return spec.answer(request, "create", await service.renew(request.caller, key_of(DIALECT, key)))

    async def refuse(self: Any, request: StrictRequest, key: str, data: RefusBody) -> Response[Any]:  # noqa: ARG001
        found = key_of(DIALECT, key)
        await answers.refuse(request.caller, found, data.motif)
        return spec.answer(request, "update", await service.get(request.caller, found))

    async def pdf(self: Any, request: StrictRequest, key: str) -> Response[bytes]:  # noqa: ARG001
        return pdf_answer(*await sending.pdf(request.caller, key_of(DIALECT, key)))

    async def find_active(self: Any, request: StrictRequest, key: str) -> Response[Any]:  # noqa: ARG001
        return spec.answer(request, "get", await service.active(request.caller, key_of(DIALECT, key)))

    renewing = operation(
        "POST",
        "/{key:str}/nouvelle-version",
        name="renew_devis",
        rule=WRITES,
        summary=Text(fr="Créer une nouvelle version d'un devis", en="Make a new version of a quote"),
        creates=shown_made,
        facts=Facts(errors=(400, 404, 409, 415), versioned=True, response_example=sample_answer(spec, "create")),
    )(named(renew, "renew_devis", key=FromPath[str], data=JSONBody[VersionBody], **{"return": shown_type(spec)}))
    refusing = operation(
        "POST",
        "/{key:str}/refuser",
        name="refuse_devis",
        rule=WRITES,
        status=200,
        summary=Text(fr="Noter qu'un devis est refusé", en="Record that a quote is declined"),
        facts=Facts(
            errors=(400, 404, 415),
            versioned=True,
            request_example={"motif": "Budget dépassé"},
            response_example=sample_answer(spec, "update"),
        ),
    )(named(refuse, "refuse_devis", key=FromPath[str], data=JSONBody[RefusBody], **{"return": shown_type(spec)}))
    printing = operation(
        "GET",
        "/{key:str}/pdf",
        name="get_devis_pdf",
        rule=READS,
        summary=Text(fr="Imprimer un devis", en="Print a quote"),
        media_type="application/pdf",
        facts=Facts(errors=(404, 503)),
    )(named(pdf, "get_devis_pdf", key=FromPath[str], **{"return": Response[bytes]}))
    finding = operation(
        "GET",
        "/{key:str}/devis/actif",
        name="get_active_devis",
        rule=READS,
        summary=Text(fr="Lire le devis actif d'une opportunité", en="Read the active quote of an opportunity"),
        facts=Facts(errors=(404,), versioned=True, response_example=sample_answer(spec, "get")),
    )(named(find_active, "get_active_devis", key=FromPath[str], **{"return": shown_type(spec)}))

    own = resource_controller(
        spec,
        action("envoyer", "send_devis", Text(fr="Envoyer un devis au client", en="Send a quote to its client"), send),
        renewing,
        action(
            "accepter",
            "accept_devis",
            Text(fr="Noter qu'un devis est accepté", en="Record that a quote is accepted"),
            accept,
        ),
        refusing,
        printing,
        action(
            "lien",
            "renew_devis_link",
            Text(fr="Envoyer au client un nouveau lien", en="Mail a new link to the client"),
            relink,
        ),
        action(
            "lien",
            "revoke_devis_link",
            Text(fr="Révoquer le lien d'un devis", en="Revoke the link of a quote"),
            revoke,
            method="DELETE",
        ),
    )
    below = listed_below(
        spec,
        "/api/opportunites",
        name="list_opportunite_devis",
        field="opportunite",
        parent=opportunites,
        summary=Text(fr="Lister les devis d'une opportunité", en="List the quotes of an opportunity"),
    )
    return [own, below, controller_below(spec, "/api/opportunites", finding)]
