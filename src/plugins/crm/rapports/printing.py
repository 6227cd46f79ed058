"""How a report is laid out for paper: the data of the template `rapport.typ`."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from core.documents.charts import Charts, Series
from core.documents.renderer import Documents
from core.documents.tables import CellKind
from core.primitives.errors import message
from core.primitives.locale import Locale
from plugins.crm.rapports.domain import FIELDS, MAX_LINES, TITLES, Rapport
from plugins.crm.rapports.reading_service import Report

TEMPLATE: Final = Path(__file__).with_name("rapport.typ")
NO_BREAK: Final = "\u202f"
CHARTED: Final = 10
"""So many bars are readable."""
LONGEST_CELL: Final = 160
"""What is longer is cut on paper; the files have all of it."""
_LONG_WORD: Final = re.compile(r"\S{14,}")
"""A word that may be longer than its cell: on paper it may be broken anywhere."""
_MAY_BREAK: Final = "\u200b"


LABELS: Final = {
    "genere": message("crm_print_made_at", fr="Établi le", en="Made on"),
    "filtres": message("crm_print_filters", fr="Filtres", en="Filters"),
    "aucun_filtre": message("crm_print_no_filters", fr="aucun : toutes les données", en="none: all data"),
    "page": message("crm_print_page", fr="Page", en="Page"),
    "chiffres": message("crm_print_figures", fr="Chiffres clés", en="Key figures"),
    "lignes": message("crm_print_lines", fr="Lignes", en="Lines"),
    "aucune": message("crm_print_no_lines", fr="Aucune ligne.", en="No lines."),
}
CUT = message(
    "crm_print_cut",
    fr="Les {shown} premières lignes sur {total} ; les chiffres portent sur toutes, que CSV et XLSX donnent.",
    en="The first {shown} lines of {total}; the figures are over all of them, which CSV and XLSX hold.",
)
FIGURES: Final = {
    "total": message("crm_print_total", fr="Total", en="Total"),
    "nouveaux": message("crm_print_new_clients", fr="Nouveaux", en="New"),
    "en_retard": message("crm_print_late", fr="En retard", en="Late"),
    "budget_total": message("crm_print_budget", fr="Budget total", en="Total budget"),
    "montant_total": message("crm_print_amount", fr="Montant total", en="Total amount"),
    "montant_pondere": message("crm_print_weighted", fr="Montant pondéré", en="Weighted amount"),
    "montant": message("crm_print_open_amount", fr="Montant ouvert", en="Open amount"),
    "nombre": message("crm_print_open_number", fr="Opportunités ouvertes", en="Open opportunities"),
    "taux_conversion": message("crm_print_rate", fr="Taux de conversion", en="Conversion rate"),
    "montant_gagne": message("crm_print_won_amount", fr="Montant gagné", en="Amount won"),
    "gagnees": message("crm_print_won", fr="Gagnées", en="Won"),
    "perdues": message("crm_print_lost", fr="Perdues", en="Lost"),
    "valeur_moyenne": message("crm_print_mean", fr="Valeur moyenne", en="Average value"),
}
CHARTS: Final = {
    Rapport.CLIENTS: message("crm_print_chart_clients", fr="Clients par catégorie", en="Clients by category"),
    Rapport.PROJETS: message("crm_print_chart_projets", fr="Projets par statut", en="Projects by status"),
    Rapport.OPPORTUNITES: message(
        "crm_print_chart_opportunites", fr="Opportunités par étape", en="Opportunities by stage"
    ),
    Rapport.PIPELINE: message("crm_print_chart_pipeline", fr="Montants par étape", en="Amounts by stage"),
    Rapport.PERFORMANCES: message(
        "crm_print_chart_performances", fr="Montant gagné par personne", en="Amount won by person"
    ),
}
AMOUNT = message("crm_print_series_amount", fr="Montant", en="Amount")
WEIGHTED = message("crm_print_series_weighted", fr="Montant pondéré", en="Weighted amount")
NUMBER = message("crm_print_series_number", fr="Nombre", en="Number")
NONE = message("crm_print_no_category", fr="(sans catégorie)", en="(no category)")
NOBODY = message("crm_print_nobody", fr="(inconnu)", en="(unknown)")
_ANSWERS: Final = {Locale.FR: ("non", "oui"), Locale.EN: ("no", "yes")}


class PrintedReport:
    """Prints reports, with a chart."""

    def __init__(self, documents: Documents, charts: Charts, *, time_zone: ZoneInfo) -> None:
        self._documents = documents
        self._charts = charts
        self._zone = time_zone

    async def print(self, report: Report, organisation: str, filtres: Mapping[str, Any], locale: Locale) -> bytes:
        """Return a report as a PDF: its figures, a chart, and at most 1,000 lines."""
        chart = await self._chart(report, locale)
        return await self._documents.pdf(TEMPLATE, self.data(report, organisation, filtres, locale, chart))

    def data(
        self, report: Report, organisation: str, filtres: Mapping[str, Any], locale: Locale, chart: str
    ) -> dict[str, Any]:
        """Return what the template prints."""
        fields = FIELDS[report.rapport]
        total, shown = report.figures.total, report.lines[:MAX_LINES]
        return {
            "langue": locale.value,
            "libelles": {name: label.say(locale) for name, label in LABELS.items()},
            "titre": TITLES[report.rapport].in_(locale),
            "organisation": organisation,
            "genere": self._cell(report.genere_le, CellKind.MOMENT, locale),
            "filtres": [
                [name, str(value)[:LONGEST_CELL]] for name, value in filtres.items() if value not in (None, "")
            ],
            "chiffres": [[label, text] for label, text in self._figures(report, locale)],
            "graphique": chart,
            "colonnes": [
                {
                    "titre": field.title.in_(locale),
                    "largeur": field.width,
                    "droite": field.kind in (CellKind.NUMBER, CellKind.AMOUNT, CellKind.PERCENT),
                }
                for field in fields
            ],
            "lignes": [
                [
                    self._cell(value, field.kind, locale)
                    for value, field in zip(msgspec.structs.astuple(line), fields, strict=True)
                ]
                for line in shown
            ],
            "coupe": CUT.say(locale, {"shown": _whole(len(shown), locale), "total": _whole(total, locale)})
            if total > len(shown)
            else "",
        }

    def _figures(self, report: Report, locale: Locale) -> list[tuple[str, str]]:
        resume = report.figures.resume
        if report.rapport is Rapport.PIPELINE:
            resume = resume.ouvertes
        found = []
        for name, label in FIGURES.items():
            value = getattr(resume, name, None)
            if value is None:
                continue
            if name == "taux_conversion":
                text = self._cell(value, CellKind.PERCENT, locale) + NO_BREAK + "%"
            else:
                amount = isinstance(value, Decimal)
                text = self._cell(value, CellKind.AMOUNT, locale) if amount else _whole(value, locale)
            found.append((label.say(locale), text))
        return found

    async def _chart(self, report: Report, locale: Locale) -> str:
        title, resume = CHARTS[report.rapport].say(locale), report.figures.resume
        if report.rapport is Rapport.PIPELINE:
            labels = [each.etape for each in resume.etapes]
            series = [
                Series(AMOUNT.say(locale), tuple(each.montant for each in resume.etapes)),
                Series(WEIGHTED.say(locale), tuple(each.montant_pondere for each in resume.etapes)),
            ]
            return await self._charts.bars(title, labels, series, locale=locale)
        if report.rapport is Rapport.PERFORMANCES:
            best = (report.figures.lines or [])[:CHARTED]
            labels = [line.nom or NOBODY.say(locale) for line in best]
            won = [Series(AMOUNT.say(locale), tuple(line.montant_gagne for line in best))]
            return await self._charts.rows(title, labels, won, locale=locale)
        if report.rapport is Rapport.CLIENTS:
            counted = dict(list(resume.par_categorie.items())[:CHARTED])
            labels = [name or NONE.say(locale) for name in counted]
            numbers = [Series(NUMBER.say(locale), tuple(counted.values()))]
            return await self._charts.rows(title, labels, numbers, locale=locale)
        counted = resume.par_statut if report.rapport is Rapport.PROJETS else resume.par_etape
        return await self._charts.bars(
            title, list(counted), [Series(NUMBER.say(locale), tuple(counted.values()))], locale=locale
        )

    def _cell(self, value: Any, kind: CellKind, locale: Locale) -> str:
        if value is None:
            return ""
        if kind is CellKind.TEXT:
            text = str(value)
            shown = text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
            return _LONG_WORD.sub(lambda word: _MAY_BREAK.join(word[0]), shown)
        if kind is CellKind.BOOLEAN:
            return _ANSWERS[locale][bool(value)]
        if kind is CellKind.NUMBER:
            # among them are the numbers of things, which are names
            return str(value)
        if kind is CellKind.AMOUNT:
            return _in_language(f"{value:,.2f}", locale)
        if kind is CellKind.PERCENT:
            return _in_language(f"{value:.1f}", locale)
        return _moment(value, self._zone, locale)


def _whole(number: int, locale: Locale) -> str:
    return _in_language(f"{number:,}", locale)


def _in_language(figure: str, locale: Locale) -> str:
    """A figure as the language writes it: "1 234 567,80", "1,234,567.80"."""
    return figure.replace(",", NO_BREAK).replace(".", ",") if locale is Locale.FR else figure


def _moment(value: date, zone: ZoneInfo, locale: Locale) -> str:
    day = "%d/%m/%Y" if locale is Locale.FR else "%Y-%m-%d"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime(f"{day} %H:%M")
    return value.strftime(day)
