"""Reports and their exports over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, BinaryIO
from urllib.parse import quote

import msgspec
from litestar import Controller, Response
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import base_of, key_of, named
from adapters.http.samples import sample_of
from core.primitives.ids import MAX_INTEGER_ID
from core.primitives.locale import Text
from plugins.crm.rapports.asked_http import WHOLE, asked_of, echoed
from plugins.crm.rapports.domain import LINES, Format, Rapport
from plugins.crm.rapports.export_service import EXPORT_FAILED, FAILED, Export, Exports, Made
from plugins.crm.rapports.reading_service import LISTINGS, Reading
from plugins.crm.rapports.resumes import (
    ResumeClients,
    ResumeOpportunites,
    ResumePerformances,
    ResumePipeline,
    ResumeProjets,
)
from plugins.crm.rapports.wire import ExportBody, ExportVu, RapportLu
from plugins.crm.rules import READS
from plugins.crm.wire import DIALECT

PIECE = 256 * 1024
"""A file leaves in pieces of so many bytes."""

RESUMES: dict[Rapport, type[Any]] = {
    Rapport.CLIENTS: ResumeClients,
    Rapport.PROJETS: ResumeProjets,
    Rapport.OPPORTUNITES: ResumeOpportunites,
    Rapport.PIPELINE: ResumePipeline,
    Rapport.PERFORMANCES: ResumePerformances,
}
_SUMMARIES = {
    Rapport.CLIENTS: Text(
        fr="Lire le rapport des clients",
        en="Read the clients report. total: clients that match; nouveaux: those created in the period, or, without "
        "date_debut, since the first of the month of date_fin (or today); par_categorie: their number by category. "
        "The period is that of creation.",
    ),
    Rapport.PROJETS: Text(
        fr="Lire le rapport des projets",
        en="Read the projects report. en_retard: projects that are not Terminé and whose date_fin is past; "
        "budget_total: sum of budgets. The period (date_debut, date_fin) is that of creation; the project's own dates "
        "are filtered by date_debut_apres, date_debut_avant, date_fin_apres and date_fin_avant.",
    ),
    Rapport.OPPORTUNITES: Text(
        fr="Lire le rapport des opportunités",
        en="Read the opportunities report. montant_total: sum of amounts; montant_pondere: sum of montant x "
        "probabilite / 100, each rounded half up to two decimals. The period is that of creation.",
    ),
    Rapport.PIPELINE: Text(
        fr="Lire le rapport du pipeline",
        en="Read the pipeline report. Every stage with the number, amount and weighted amount (sum of montant x "
        "probabilite / 100) of the opportunities that stand there, whatever their outcome; ouvertes adds up the stages "
        "before conclusion. A line's part is its share of the amount in per cent. The period is that of creation.",
    ),
    Rapport.PERFORMANCES: Text(
        fr="Lire le rapport des performances",
        en="Read the performance report: opportunities won or lost in the period (date_cloture), one line for each "
        "person who created some. taux_conversion: 100 x won / (won + lost), one decimal, 0.0 of nothing; "
        "montant_gagne: sum of the amounts won; valeur_moyenne: montant_gagne / won, rounded half up.",
    ),
}
_HEADERS = [
    ResponseHeader(name="Content-Disposition", documentation_only=True, description="Nom du fichier · File name")
]


def rapports_controllers(reading: Reading, exports: Exports, *, kept: timedelta) -> list[type[Controller]]:
    """The controllers of `/api/rapports`; `kept` is how long the file of a job is there."""

    def shown(request: StrictRequest, export: Export, *, progress: bool) -> ExportVu:
        base = base_of(request)
        path = f"/api/rapports/exports/{export.id}/" if progress else exports.path_of(export)
        return ExportVu(
            id=export.id,
            rapport=export.rapport,  # type: ignore[arg-type]
            format=export.format,  # type: ignore[arg-type]
            statut=export.statut,  # type: ignore[arg-type]
            progression=export.progress,
            lignes=export.lignes,
            url=None if path is None else base + path,
            erreur=EXPORT_FAILED.say(request.caller.locale) if export.statut == FAILED else None,
            date_creation=export.date_creation,
            expire_le=export.date_creation + kept,
        )

    def accepted(request: StrictRequest, export: Export) -> tuple[bytes, dict[str, str]]:
        body = shown(request, export, progress=True)
        return msgspec.json.encode(body), {"location": str(body.url)}

    class ExportsController(Controller):
        path = "/api/rapports"
        tags = ["rapports"]

        @operation(
            "POST",
            "/export",
            name="export_rapport",
            rule=READS,
            status=200,
            summary=Text(
                fr="Exporter un rapport",
                en="Export a report as CSV (UTF-8 with BOM, semicolons, decimal commas), XLSX or PDF (figures, a chart "
                "and the first 1,000 lines). The answer is the file; past 20,000 rows (a setting) it is 202 with the "
                "address that tells the progress of a job and then gives the file; so it is for fewer rows too under "
                "Prefer: respond-async (RFC 7240).",
            ),
            creates=accepted,
            responses={
                200: ResponseSpec(bytes, description="Le fichier · The file", media_type="application/octet-stream"),
                202: ResponseSpec(ExportVu, description="Un travail produit le fichier · A job makes the file"),
            },
            response_headers=_HEADERS,
            facts=Facts(
                errors=(400, 409, 415, 503),
                request_example={"rapport": "clients", "format": "csv", "filtres": {"categorie": "PME"}},
            ),
        )
        async def export(self, request: StrictRequest, data: JSONBody[ExportBody]) -> Response[Any]:
            """Answer with the file, or with where a job tells its progress."""
            rapport, kind, filtres = Rapport(data.rapport), Format(data.format), data.filtres or {}
            later = any(
                each.strip().lower() == "respond-async" for each in request.headers.get("prefer", "").split(",")
            )
            made = await exports.export(request.caller, rapport, kind, filtres, later=later)
            if isinstance(made, Made):
                return _file(made)
            replay = request.caller.request.replay
            if replay is not None:
                replay.status = 202
            ordered = await exports.order(request.caller, rapport, kind, filtres, made)
            body = shown(request, ordered, progress=True)
            return Response(body, status_code=202, headers={"location": str(body.url)})

        @operation(
            "GET",
            "/exports/{key:str}",
            name="get_export_rapport",
            rule=READS,
            summary=Text(
                fr="Suivre un export",
                en="Follow an export: its state, its progress in per cent, and, once it is there, the signed address "
                "of its file.",
            ),
            facts=Facts(
                errors=(404,),
                response_example=sample_of(ExportVu, {"rapport": "clients", "format": "xlsx", "erreur": None}),
            ),
        )
        async def get_export(self, request: StrictRequest, key: FromPath[str]) -> Response[ExportVu]:
            """Show an export as it stands."""
            number = key_of(DIALECT, key)
            found = await exports.get(request.caller, number if isinstance(number, int) else MAX_INTEGER_ID)
            return Response(shown(request, found, progress=False), headers={"cache-control": "private, no-store"})

    handlers: dict[str, Any] = {}
    for rapport in Rapport:
        handlers[f"get_rapport_{rapport}"] = _report(reading, rapport)
    made: dict[str, Any] = {"path": "/api/rapports", "tags": ["rapports"], "__module__": __name__, **handlers}
    return [type("RapportsController", (Controller,), made), ExportsController]


def _report(reading: Reading, rapport: Rapport) -> HTTPRouteHandler:
    async def handler(self: Any, request: StrictRequest) -> Any:  # noqa: ARG001
        report = await reading.report(request.caller, rapport, asked_of(rapport, request.pairs))
        return RapportLu(
            rapport=rapport.value,
            genere_le=report.genere_le,
            filtres=echoed(report.asked),
            resume=report.figures.resume,
            lignes=report.lines,
        )

    name = f"get_rapport_{rapport}"
    generic: Any = RapportLu
    kind = generic[RESUMES[rapport], LINES[rapport]]
    return operation(
        "GET",
        f"/{rapport}",
        name=name,
        rule=READS,
        summary=_SUMMARIES[rapport],
        facts=Facts(
            listing=LISTINGS[rapport],
            pagination=WHOLE,
            errors=(400,),
            response_example={
                "rapport": rapport.value,
                "genere_le": "2026-01-07T15:30:00Z",
                "filtres": {"date_debut": "2026-01-01"},
                "resume": sample_of(RESUMES[rapport]),
                "lignes": [sample_of(LINES[rapport])],
            },
        ),
    )(named(handler, name, **{"return": kind}))


def _file(made: Made) -> Stream:
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(made.name)}",
        "content-length": str(made.size),
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
    }
    return Stream(_pieces(made.file), media_type=made.media_type, headers=headers, status_code=200)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()
